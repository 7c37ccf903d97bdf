// bzip2 by libbz2.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/compression/decompressor.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <bzlib.h>
#include <limits>
#include <new>

namespace pop3dump {
namespace {

class Bzip2Bytes final : public Decompressor {
public:
    explicit Bzip2Bytes(std::unique_ptr<ByteSource> compressed)
        : Decompressor("bzip2", std::move(compressed)) {}
    Bzip2Bytes(const Bzip2Bytes &) = delete;
    Bzip2Bytes &operator=(const Bzip2Bytes &) = delete;
    ~Bzip2Bytes() override { BZ2_bzDecompressEnd(&stream_); }

private:
    void begin_part() override {
        BZ2_bzDecompressEnd(&stream_); // fails before the first one, which does no harm
        stream_ = {};
        if (BZ2_bzDecompressInit(&stream_, /*verbosity=*/0, /*small=*/0) != BZ_OK)
            throw std::bad_alloc();
    }

    std::size_t decode(std::span<const std::uint8_t> &input,
                       std::span<std::uint8_t> room) override {
        const auto room_bytes = static_cast<unsigned>(
            std::min<std::size_t>(room.size(), std::numeric_limits<unsigned>::max()));
        stream_.next_in = const_cast<char *>(pop3ana::as_text(input).data()); // only read
        stream_.avail_in = static_cast<unsigned>(input.size());
        stream_.next_out = reinterpret_cast<char *>(room.data());
        stream_.avail_out = room_bytes;
        const int result = BZ2_bzDecompress(&stream_);
        input = input.last(stream_.avail_in);
        if (result == BZ_STREAM_END) {
            end_part();
        } else if (result == BZ_MEM_ERROR) {
            throw std::bad_alloc();
        } else if (result != BZ_OK) {
            damaged(result == BZ_DATA_ERROR_MAGIC ? "no stream begins where one should"
                                                  : "wrong data or checksum");
        }
        return room_bytes - stream_.avail_out;
    }

    bz_stream stream_{};
};

/// Behind the letters and a digit is the mark of a block, or that of the end of an empty stream.
bool is_bzip2(std::span<const std::uint8_t> start) {
    if (start.size() < 6 || start[0] != 'B' || start[1] != 'Z' || start[2] != 'h') return false;
    if (start[3] < '1' || start[3] > '9') return false;
    return (start[4] == 0x31 && start[5] == 0x41) || (start[4] == 0x17 && start[5] == 0x72);
}

} // namespace

Compression bzip2_compression() {
    return {is_bzip2, make_decompressor<Bzip2Bytes>};
}

} // namespace pop3dump
