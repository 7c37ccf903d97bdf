// pcapng blocks as sequences of 32-bit words.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pcapng_writer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace pop3dump {
namespace {

void put_words(OutputFile &file, std::initializer_list<std::uint32_t> words) {
    file.append({reinterpret_cast<const char *>(words.begin()), words.size() * 4});
}

/// Two 16-bit numbers in the order in which they stand in the file.
std::uint32_t pair(std::uint16_t first, std::uint16_t second) {
    const std::array<std::uint16_t, 2> numbers{first, second};
    std::uint32_t word = 0;
    std::memcpy(&word, numbers.data(), sizeof(word));
    return word;
}

std::uint32_t word_of_bytes(std::array<std::uint8_t, 4> bytes) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    return word;
}

} // namespace

PcapngWriter::PcapngWriter(OutputFile &file) : file_(file) {
    constexpr std::uint32_t kType = 0x0a0d0d0a;
    constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
    constexpr std::uint32_t kUnknownLength = 0xffffffff;
    constexpr std::uint32_t kBlockBytes = 28;
    put_words(file_, {kType, kBlockBytes, kByteOrderMagic, pair(1, 0), kUnknownLength,
                      kUnknownLength, kBlockBytes});
    file_.end_record();
}

std::uint32_t PcapngWriter::interface_of(std::uint32_t link_type) {
    const auto known = std::find(link_types_.begin(), link_types_.end(), link_type);
    const auto index = static_cast<std::uint32_t>(known - link_types_.begin());
    if (known != link_types_.end()) return index;
    constexpr std::uint32_t kType = 1;
    constexpr std::uint32_t kBlockBytes = 32;
    constexpr std::uint32_t kNoSnapLength = 0;
    constexpr std::uint16_t kResolutionOption = 9;
    constexpr std::uint32_t kEndOfOptions = 0;
    put_words(file_, {kType, kBlockBytes, pair(static_cast<std::uint16_t>(link_type), 0),
                      kNoSnapLength, pair(kResolutionOption, 1), word_of_bytes({9, 0, 0, 0}),
                      kEndOfOptions, kBlockBytes});
    link_types_.push_back(link_type);
    return index;
}

bool PcapngWriter::write(const Packet &packet) {
    constexpr std::uint32_t kType = 6;
    constexpr std::uint32_t kBytesAround = 32;
    const std::size_t known_interfaces = link_types_.size();
    const std::uint32_t interface = interface_of(packet.link_type);
    const auto data_bytes = static_cast<std::uint32_t>(packet.data.size());
    const std::uint32_t padding_bytes = (4 - data_bytes % 4) % 4;
    const std::uint32_t block_bytes = kBytesAround + data_bytes + padding_bytes;
    const auto ticks = static_cast<std::uint64_t>(std::max<std::int64_t>(packet.ts_ns, 0));
    put_words(file_, {kType, block_bytes, interface, static_cast<std::uint32_t>(ticks >> 32),
                      static_cast<std::uint32_t>(ticks), data_bytes, packet.wire_bytes});
    file_.append({reinterpret_cast<const char *>(packet.data.data()), packet.data.size()});
    file_.append(std::string_view("\0\0\0", 3).substr(0, padding_bytes));
    put_words(file_, {block_bytes});
    const bool kept = file_.end_record();
    if (!kept) link_types_.resize(known_interfaces);
    return kept;
}

void PcapngWriter::finish(std::uint32_t link_type) {
    if (!link_types_.empty()) return;
    interface_of(link_type);
    file_.end_record();
}

} // namespace pop3dump
