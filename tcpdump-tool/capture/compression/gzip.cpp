// gzip by zlib. The window is 32 KiB, always.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/compression/decompressor.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <zlib.h>

namespace pop3dump {
namespace {

class GzipBytes final : public Decompressor {
public:
    explicit GzipBytes(std::unique_ptr<ByteSource> compressed)
        : Decompressor("gzip", std::move(compressed)) {
        constexpr int kGzipOnly = 16 + MAX_WBITS;
        if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
    }
    GzipBytes(const GzipBytes &) = delete;
    GzipBytes &operator=(const GzipBytes &) = delete;
    ~GzipBytes() override { inflateEnd(&stream_); }

private:
    void begin_part() override { inflateReset(&stream_); }

    std::size_t decode(std::span<const std::uint8_t> &input,
                       std::span<std::uint8_t> room) override {
        const auto room_bytes =
            static_cast<uInt>(std::min<std::size_t>(room.size(), std::numeric_limits<uInt>::max()));
        stream_.next_in = const_cast<Bytef *>(input.data()); // zlib writes nothing there
        stream_.avail_in = static_cast<uInt>(input.size());
        stream_.next_out = room.data();
        stream_.avail_out = room_bytes;
        const int result = inflate(&stream_, Z_NO_FLUSH);
        input = input.last(stream_.avail_in);
        if (result == Z_STREAM_END) {
            end_part();
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            damaged(stream_.msg != nullptr ? stream_.msg : zError(result));
        }
        return room_bytes - stream_.avail_out;
    }

    z_stream stream_{};
};

bool is_gzip(std::span<const std::uint8_t> start) {
    return start.size() >= 2 && start[0] == 0x1f && start[1] == 0x8b; // RFC 1952 s.2.3.1
}

} // namespace

Compression gzip_compression() {
    return {is_gzip, make_decompressor<GzipBytes>};
}

} // namespace pop3dump
