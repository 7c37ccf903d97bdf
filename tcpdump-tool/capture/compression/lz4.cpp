// lz4 by liblz4.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/compression/decompressor.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <lz4frame.h>
#include <new>

namespace pop3dump {
namespace {

constexpr std::uint32_t kMagic = 0x184d2204;
constexpr std::uint32_t kLegacyMagic = 0x184c2102;

struct Lz4ContextDeleter {
    void operator()(LZ4F_dctx *context) const { LZ4F_freeDecompressionContext(context); }
};

class Lz4Bytes final : public Decompressor {
public:
    explicit Lz4Bytes(std::unique_ptr<ByteSource> compressed)
        : Decompressor("lz4", std::move(compressed)) {
        LZ4F_dctx *context = nullptr;
        if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) != 0)
            throw std::bad_alloc();
        context_.reset(context);
    }

private:
    void begin_part() override {
        magic_bytes_ = 0;
        wanted_bytes_ = LZ4F_HEADER_SIZE_MIN;
    }

    std::size_t decode(std::span<const std::uint8_t> &input,
                       std::span<std::uint8_t> room) override {
        keep_magic(input);
        // A call that fails does not tell what it wrote before: it must not have written a block.
        std::size_t used = std::min(input.size(), wanted_bytes_);
        std::size_t written = room.size();
        const std::size_t result =
            LZ4F_decompress(context_.get(), room.data(), &written, input.data(), &used, nullptr);
        if (LZ4F_isError(result) != 0) {
            fail(result);
            return 0;
        }
        input = input.subspan(used);
        wanted_bytes_ = result;
        if (result == 0) end_part();
        return written;
    }

    /// The decoder says that a frame is of no known type, and not of which.
    void keep_magic(std::span<const std::uint8_t> input) {
        const std::size_t bytes = std::min(magic_.size() - magic_bytes_, input.size());
        std::copy_n(input.begin(), bytes, magic_.begin() + magic_bytes_);
        magic_bytes_ += bytes;
    }

    void fail(std::size_t result) {
        if (magic_bytes_ == magic_.size() && pop3ana::le32(magic_.data()) == kLegacyMagic) {
            refused("the lz4 data is of the legacy format (lz4 -l), which is not read; decompress "
                    "it first: lz4 -d");
            return;
        }
        constexpr std::size_t kPrefixBytes = sizeof("ERROR_") - 1;
        damaged(LZ4F_getErrorName(result) + kPrefixBytes);
    }

    std::unique_ptr<LZ4F_dctx, Lz4ContextDeleter> context_;
    std::size_t wanted_bytes_ = 0;        ///< of input, to the end of the next block
    std::array<std::uint8_t, 4> magic_{}; ///< of the frame at work
    std::size_t magic_bytes_ = 0;
};

bool is_lz4(std::span<const std::uint8_t> start) {
    if (start.size() < 4) return false;
    const std::uint32_t magic = pop3ana::le32(start.data());
    return magic == kMagic || magic == kLegacyMagic;
}

} // namespace

Compression lz4_compression() {
    return {is_lz4, make_decompressor<Lz4Bytes>};
}

} // namespace pop3dump
