// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/compression/compression.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <array>

namespace pop3dump {

const Compression *find_compression(std::span<const std::uint8_t> start) {
    static const std::array compressions{gzip_compression(), zstd_compression(), lz4_compression(),
                                         xz_compression(), bzip2_compression()};
    const auto *const found = std::find_if(
        compressions.begin(), compressions.end(),
        [start](const Compression &compression) { return compression.is_begun_by(start); });
    return found == compressions.end() ? nullptr : found;
}

std::optional<std::uint32_t> skippable_bytes(std::span<const std::uint8_t> start) {
    constexpr std::uint32_t kMagic = 0x184d2a50; // the low four bits are free
    if (start.size() < 8 || (pop3ana::le32(start.data()) & 0xfffffff0) != kMagic)
        return std::nullopt;
    return pop3ana::le32(start.data() + 4);
}

} // namespace pop3dump
