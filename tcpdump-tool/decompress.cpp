// gzip by zlib, zstd by libzstd.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "decompress.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <new>
#include <vector>
#include <zlib.h>
#include <zstd.h>

namespace pop3dump {
namespace {

constexpr std::size_t kCompressedChunkBytes = std::size_t{32} * 1024;

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
            error_ = fmt::format("the {} data ends too early", format);
        }
    }

    void damaged(const char *format, const char *why) {
        ended_ = true;
        error_ = fmt::format("the {} data is damaged: {}", format, why);
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

class ZstdBytes final : public Decompressor {
public:
    explicit ZstdBytes(std::unique_ptr<ByteSource> compressed)
        : Decompressor(std::move(compressed)), context_(ZSTD_createDCtx()) {
        if (!context_) throw std::bad_alloc();
    }

    std::size_t read(std::span<std::uint8_t> room) override {
        ZSTD_outBuffer output{room.data(), room.size(), 0};
        while (!ended() && output.pos == 0) {
            if (between_frames_ && input_.pos == input_.size && !refill()) break;
            const std::size_t result = ZSTD_decompressStream(context_.get(), &output, &input_);
            if (ZSTD_isError(result) != 0) {
                damaged("zstd", ZSTD_getErrorName(result));
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

    std::unique_ptr<ZSTD_DCtx, ZstdContextDeleter> context_;
    ZSTD_inBuffer input_{nullptr, 0, 0};
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
