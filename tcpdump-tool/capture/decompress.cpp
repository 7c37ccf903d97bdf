// gzip by zlib, zstd by libzstd.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/decompress.hpp"

#include "capture/capture_limits.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fmt/core.h>
#include <limits>
#include <new>
#include <vector>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace pop3dump {
namespace {

constexpr std::size_t kCompressedChunkBytes = std::size_t{32} * 1024;

/// Magic number, descriptor, number of the dictionary, size of the content; at most.
constexpr std::size_t kZstdHeaderBytes = 4 + 1 + 4 + 8;

std::uint32_t little_endian(std::span<const std::uint8_t> start) {
    if (start.size() < 4) return 0;
    return static_cast<std::uint32_t>(start[0]) | static_cast<std::uint32_t>(start[1]) << 8 |
           static_cast<std::uint32_t>(start[2]) << 16 | static_cast<std::uint32_t>(start[3]) << 24;
}

/// What both decompressors share: the compressed bytes, and how the stream ended.
class Decompressor : public ByteSource {
public:
    explicit Decompressor(std::unique_ptr<ByteSource> compressed)
        : compressed_(std::move(compressed)), chunk_(kCompressedChunkBytes) {}

    [[nodiscard]] const std::string &error() const override { return error_; }
    [[nodiscard]] ReadProgress progress() const override { return compressed_->progress(); }

protected:
    /// The next compressed bytes; empty at their end.
    std::span<std::uint8_t> next_chunk() {
        const std::size_t bytes = compressed_->read(chunk_);
        return std::span(chunk_).first(bytes);
    }

    /// Called when the compressed bytes are all used up.
    void end_of_input(bool complete, const char *format) {
        ended_ = true;
        if (!compressed_->error().empty()) {
            error_ = compressed_->error();
        } else if (!complete) {
            error_ = fmt::format("the {} data is truncated", format);
        }
    }

    void damaged(const char *format, const char *why) {
        refused(fmt::format("the {} data is corrupt: {}", format, why));
    }

    void refused(std::string error) {
        ended_ = true;
        error_ = std::move(error);
    }

    [[nodiscard]] bool ended() const { return ended_; }

private:
    std::unique_ptr<ByteSource> compressed_;
    std::vector<std::uint8_t> chunk_;
    std::string error_;
    bool ended_ = false;
};

class GzipBytes final : public Decompressor {
public:
    explicit GzipBytes(std::unique_ptr<ByteSource> compressed)
        : Decompressor(std::move(compressed)) {
        constexpr int kGzipOnly = 16 + MAX_WBITS;
        if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
    }
    GzipBytes(const GzipBytes &) = delete;
    GzipBytes &operator=(const GzipBytes &) = delete;
    ~GzipBytes() override { inflateEnd(&stream_); }

    std::size_t read(std::span<std::uint8_t> room) override {
        const auto room_bytes =
            static_cast<uInt>(std::min<std::size_t>(room.size(), std::numeric_limits<uInt>::max()));
        stream_.next_out = room.data();
        stream_.avail_out = room_bytes;
        while (!ended() && stream_.avail_out == room_bytes) {
            if (stream_.avail_in == 0 && between_members_ && !refill()) break;
            if (between_members_ && !begin_member()) break;
            const int result = inflate(&stream_, Z_NO_FLUSH);
            if (result == Z_STREAM_END) {
                between_members_ = true;
            } else if (result != Z_OK && result != Z_BUF_ERROR) {
                damaged("gzip", stream_.msg != nullptr ? stream_.msg : zError(result));
            } else if (stream_.avail_in == 0 && stream_.avail_out == room_bytes) {
                refill();
            }
        }
        return room_bytes - stream_.avail_out;
    }

private:
    bool refill() {
        const auto chunk = next_chunk();
        stream_.next_in = chunk.data();
        stream_.avail_in = static_cast<uInt>(chunk.size());
        if (chunk.empty()) end_of_input(between_members_, "gzip");
        return !chunk.empty();
    }

    /// False where zeros follow the last member: tapes and block devices pad with them.
    bool begin_member() {
        if (*stream_.next_in == 0) {
            end_of_input(true, "gzip");
            return false;
        }
        between_members_ = false;
        return inflateReset(&stream_) == Z_OK;
    }

    z_stream stream_{};
    bool between_members_ = true;
};

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
        : Decompressor(std::move(compressed)), context_(ZSTD_createDCtx()) {
        if (!context_) throw std::bad_alloc();
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                               std::bit_width(kZstdWindowBytes) - 1);
    }

    std::size_t read(std::span<std::uint8_t> room) override {
        ZSTD_outBuffer output{room.data(), room.size(), 0};
        while (!ended() && output.pos == 0) {
            if (between_frames_ && input_.pos == input_.size && !refill()) break;
            if (between_frames_) header_bytes_ = 0;
            keep_header();
            const std::size_t result = ZSTD_decompressStream(context_.get(), &output, &input_);
            if (ZSTD_isError(result) != 0) {
                fail(result);
                break;
            }
            between_frames_ = result == 0;
            if (!between_frames_ && input_.pos == input_.size && output.pos == 0) refill();
        }
        return output.pos;
    }

private:
    bool refill() {
        const auto chunk = next_chunk();
        input_ = {chunk.data(), chunk.size(), 0};
        if (chunk.empty()) end_of_input(between_frames_, "zstd");
        return !chunk.empty();
    }

    /// The decoder says that a window is too large, and not how large.
    void keep_header() {
        const auto *next = static_cast<const std::uint8_t *>(input_.src) + input_.pos;
        const std::size_t bytes =
            std::min(header_.size() - header_bytes_, input_.size - input_.pos);
        std::copy_n(next, bytes, header_.begin() + header_bytes_);
        header_bytes_ += bytes;
    }

    void fail(std::size_t result) {
        if (ZSTD_getErrorCode(result) != ZSTD_error_frameParameter_windowTooLarge) {
            damaged("zstd", ZSTD_getErrorName(result));
            return;
        }
        constexpr std::uint64_t kMiB = 1024 * 1024;
        const std::uint64_t window = zstd_window(header_);
        refused(fmt::format("the zstd data needs a window of {} MiB, the limit is {} MiB; "
                            "decompress it first: zstd -d --long={}",
                            (window + kMiB - 1) / kMiB, kZstdWindowBytes / kMiB,
                            std::bit_width(window - 1)));
    }

    std::unique_ptr<ZSTD_DCtx, ZstdContextDeleter> context_;
    ZSTD_inBuffer input_{nullptr, 0, 0};
    std::array<std::uint8_t, kZstdHeaderBytes> header_{}; ///< of the frame at work
    std::size_t header_bytes_ = 0;
    bool between_frames_ = true;
};

} // namespace

bool is_gzip(std::span<const std::uint8_t> start) {
    return start.size() >= 2 && start[0] == 0x1f && start[1] == 0x8b;
}

bool is_zstd(std::span<const std::uint8_t> start) {
    constexpr std::uint32_t kMagic = 0xfd2fb528;
    constexpr std::uint32_t kSkippableMagic = 0x184d2a50; // the low four bits are free
    const std::uint32_t magic = little_endian(start);
    return magic == kMagic || (magic & 0xfffffff0) == kSkippableMagic;
}

std::unique_ptr<ByteSource> make_gzip_source(std::unique_ptr<ByteSource> compressed) {
    return std::make_unique<GzipBytes>(std::move(compressed));
}

std::unique_ptr<ByteSource> make_zstd_source(std::unique_ptr<ByteSource> compressed) {
    return std::make_unique<ZstdBytes>(std::move(compressed));
}

} // namespace pop3dump
