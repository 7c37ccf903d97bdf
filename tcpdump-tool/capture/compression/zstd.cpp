// zstd by libzstd.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/compression/decompressor.hpp"

#include "base/bytes.hpp"
#include "capture/capture_limits.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <fmt/core.h>
#include <new>
#include <zstd.h>
#include <zstd_errors.h>

namespace pop3dump {
namespace {

/// Magic number, descriptor, number of the dictionary, size of the content; at most.
constexpr std::size_t kZstdHeaderBytes = 4 + 1 + 4 + 8;

/// Up to the descriptor, which tells how long the header is.
constexpr std::size_t kZstdFrameStartBytes = 4 + 1;

struct ZstdContextDeleter {
    void operator()(ZSTD_DCtx *context) const { ZSTD_freeDCtx(context); }
};

/// The window that a frame of zstd asks for, in bytes (RFC 8878 s.3.1.1); `header` are its first
/// bytes, whole up to there.
std::uint64_t zstd_window(std::span<const std::uint8_t, kZstdHeaderBytes> header) {
    const unsigned descriptor = header[4];
    const bool single_segment = (descriptor & 0x20U) != 0;
    if (!single_segment) {
        const std::uint64_t base = std::uint64_t{1} << (10 + (header[5] >> 3));
        return base + base / 8 * (header[5] & 7U);
    }
    // Then it is the content's size, which follows the number of the dictionary.
    constexpr std::array<std::size_t, 4> kDictionaryBytes{0, 1, 2, 4};
    constexpr std::array<std::size_t, 4> kSizeBytes{1, 2, 4, 8};
    const std::size_t at = 5 + kDictionaryBytes[descriptor & 3U];
    std::uint64_t bytes = 0;
    for (std::size_t index = kSizeBytes[descriptor >> 6]; index-- > 0;)
        bytes = bytes << 8 | header[at + index];
    return bytes;
}

class ZstdBytes final : public Decompressor {
public:
    explicit ZstdBytes(std::unique_ptr<ByteSource> compressed)
        : Decompressor("zstd", std::move(compressed)), context_(ZSTD_createDCtx()) {
        if (!context_) throw std::bad_alloc();
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                               std::bit_width(kZstdWindowBytes) - 1);
    }

private:
    void begin_part() override {
        header_bytes_ = 0;
        wanted_bytes_ = kZstdFrameStartBytes;
    }

    std::size_t decode(std::span<const std::uint8_t> &input,
                       std::span<std::uint8_t> room) override {
        keep_header(input);
        // A call that fails does not tell what it wrote before: it must not have written a block.
        ZSTD_inBuffer in{input.data(), std::min(input.size(), wanted_bytes_), 0};
        ZSTD_outBuffer out{room.data(), room.size(), 0};
        const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
        input = input.subspan(in.pos);
        if (ZSTD_isError(result) != 0) {
            fail(result);
            return out.pos;
        }
        wanted_bytes_ = result;
        if (result == 0) end_part();
        return out.pos;
    }

    /// The decoder says that a window is too large, and not how large.
    void keep_header(std::span<const std::uint8_t> input) {
        const std::size_t bytes = std::min(header_.size() - header_bytes_, input.size());
        std::copy_n(input.begin(), bytes, header_.begin() + header_bytes_);
        header_bytes_ += bytes;
    }

    void fail(std::size_t result) {
        if (ZSTD_getErrorCode(result) != ZSTD_error_frameParameter_windowTooLarge) {
            damaged(ZSTD_getErrorName(result));
            return;
        }
        constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
        const std::uint64_t window = zstd_window(header_);
        refused(fmt::format("the zstd data needs a window of {} MiB, the limit is {} MiB; "
                            "decompress it first: zstd -d --long={}",
                            (window + kMiB - 1) / kMiB, kZstdWindowBytes / kMiB,
                            std::bit_width(window - 1)));
    }

    std::unique_ptr<ZSTD_DCtx, ZstdContextDeleter> context_;
    std::size_t wanted_bytes_ = 0; ///< of input, to the end of the next block
    std::array<std::uint8_t, kZstdHeaderBytes> header_{}; ///< of the frame at work
    std::size_t header_bytes_ = 0;
};

bool is_zstd(std::span<const std::uint8_t> start) {
    constexpr std::uint32_t kMagic = 0xfd2fb528; // RFC 8878 s.3.1.1
    return start.size() >= 4 && pop3ana::le32(start.data()) == kMagic;
}

} // namespace

Compression zstd_compression() {
    return {is_zstd, make_decompressor<ZstdBytes>};
}

} // namespace pop3dump
