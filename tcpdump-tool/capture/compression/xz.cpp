// xz by liblzma.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/compression/decompressor.hpp"

#include "capture/capture_limits.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <lzma.h>
#include <new>

namespace pop3dump {
namespace {

class XzBytes final : public Decompressor {
public:
    explicit XzBytes(std::unique_ptr<ByteSource> compressed)
        : Decompressor("xz", std::move(compressed)) {
        may_continue_behind_zeros_ = true; // stream padding
    }
    XzBytes(const XzBytes &) = delete;
    XzBytes &operator=(const XzBytes &) = delete;
    ~XzBytes() override { lzma_end(&stream_); }

private:
    void begin_part() override {
        if (lzma_stream_decoder(&stream_, kXzMemoryBytes, 0) != LZMA_OK) throw std::bad_alloc();
    }

    std::size_t decode(std::span<const std::uint8_t> &input,
                       std::span<std::uint8_t> room) override {
        stream_.next_in = input.data();
        stream_.avail_in = input.size();
        stream_.next_out = room.data();
        stream_.avail_out = room.size();
        const lzma_ret result = lzma_code(&stream_, LZMA_RUN);
        input = input.last(stream_.avail_in);
        if (result == LZMA_STREAM_END) {
            end_part();
        } else if (result != LZMA_OK && result != LZMA_BUF_ERROR) {
            fail(result);
        }
        return room.size() - stream_.avail_out;
    }

    void fail(lzma_ret result) {
        constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
        switch (result) {
        case LZMA_MEM_ERROR: throw std::bad_alloc();
        case LZMA_MEMLIMIT_ERROR:
            return refused(fmt::format("the xz data needs {} MiB of memory, the limit is {} MiB; "
                                       "decompress it first: xz -d",
                                       (lzma_memusage(&stream_) + kMiB - 1) / kMiB,
                                       kXzMemoryBytes / kMiB));
        case LZMA_FORMAT_ERROR: return damaged("no stream begins where one should");
        case LZMA_OPTIONS_ERROR: return damaged("unknown options");
        default: return damaged("wrong data or checksum");
        }
    }

    lzma_stream stream_ = LZMA_STREAM_INIT;
};

bool is_xz(std::span<const std::uint8_t> start) {
    constexpr std::array<std::uint8_t, 6> kMagic{0xfd, '7', 'z', 'X', 'Z', 0};
    return start.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), start.begin());
}

} // namespace

Compression xz_compression() {
    return {is_xz, make_decompressor<XzBytes>};
}

} // namespace pop3dump
