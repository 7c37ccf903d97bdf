// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/compression/compression.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <iterator>

namespace pop3dump {
namespace {

constexpr const Compression *kCompressions[] = {&kGzip, &kZstd, &kLz4, &kXz, &kBzip2};

} // namespace

const Compression *find_compression(std::span<const std::uint8_t> start) {
    const auto *const found = std::find_if(
        std::begin(kCompressions), std::end(kCompressions),
        [start](const Compression *compression) { return compression->is_begun_by(start); });
    return found == std::end(kCompressions) ? nullptr : *found;
}

std::optional<std::uint32_t> skippable_bytes(std::span<const std::uint8_t> start) {
    constexpr std::uint32_t kMagic = 0x184d2a50; // the low four bits are free
    if (start.size() < 8 || (pop3ana::le32(start.data()) & 0xfffffff0) != kMagic)
        return std::nullopt;
    return pop3ana::le32(start.data() + 4);
}

} // namespace pop3dump
