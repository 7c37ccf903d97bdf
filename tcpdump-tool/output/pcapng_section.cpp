// pcapng blocks as sequences of 32-bit words.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/pcapng_section.hpp"

#include "base/bytes.hpp"
#include "output/output_limits.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <string_view>

namespace pop3dump {
namespace {

constexpr std::uint32_t kEndOfOptions = 0;

void put_words(std::string &bytes, std::initializer_list<std::uint32_t> words) {
    bytes.append(reinterpret_cast<const char *>(words.begin()), words.size() * 4);
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

std::size_t padded(std::size_t bytes) {
    return (bytes + 3) / 4 * 4;
}

void put_padded(std::string &bytes, std::string_view text) {
    bytes += text;
    bytes.append(padded(text.size()) - text.size(), '\0');
}

std::string_view option_text(const std::string &comment) {
    return std::string_view(comment).substr(0, kCommentBytes);
}

std::size_t option_bytes(std::span<const std::string> comments) {
    if (comments.empty()) return 0;
    std::size_t bytes = 4;
    for (const std::string &comment : comments)
        bytes += 4 + padded(option_text(comment).size());
    return bytes;
}

void put_options(std::string &bytes, std::span<const std::string> comments) {
    constexpr std::uint16_t kComment = 1;
    if (comments.empty()) return;
    for (const std::string &comment : comments) {
        const std::string_view text = option_text(comment);
        put_words(bytes, {pair(kComment, static_cast<std::uint16_t>(text.size()))});
        put_padded(bytes, text);
    }
    put_words(bytes, {kEndOfOptions});
}

} // namespace

void PcapngSection::put_header(std::string &bytes) {
    constexpr std::uint32_t kType = 0x0a0d0d0a;
    constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
    constexpr std::uint32_t kUnknownLength = 0xffffffff;
    constexpr std::uint32_t kBlockBytes = 28;
    put_words(bytes, {kType, kBlockBytes, kByteOrderMagic, pair(1, 0), kUnknownLength,
                      kUnknownLength, kBlockBytes});
}

void PcapngSection::put_key_log(std::string &bytes, std::string_view lines) {
    constexpr std::uint32_t kType = 10;
    constexpr std::uint32_t kTlsKeyLog = 0x544c534b;
    constexpr std::size_t kBytesAround = 20;
    const auto block_bytes = static_cast<std::uint32_t>(kBytesAround + padded(lines.size()));
    put_words(bytes, {kType, block_bytes, kTlsKeyLog, static_cast<std::uint32_t>(lines.size())});
    put_padded(bytes, lines);
    put_words(bytes, {block_bytes});
}

void PcapngSection::put_interface(std::string &bytes, std::uint32_t link_type) {
    constexpr std::uint32_t kType = 1;
    constexpr std::uint32_t kBlockBytes = 32;
    constexpr std::uint32_t kNoSnapLength = 0;
    constexpr std::uint16_t kResolutionOption = 9;
    put_words(bytes, {kType, kBlockBytes, pair(static_cast<std::uint16_t>(link_type), 0),
                      kNoSnapLength, pair(kResolutionOption, 1), word_of_bytes({9, 0, 0, 0}),
                      kEndOfOptions, kBlockBytes});
    link_types_.push_back(link_type);
}

std::uint32_t PcapngSection::interface_of(std::string &bytes, std::uint32_t link_type) {
    const auto known = std::find(link_types_.begin(), link_types_.end(), link_type);
    const auto index = static_cast<std::uint32_t>(known - link_types_.begin());
    if (known == link_types_.end()) put_interface(bytes, link_type);
    return index;
}

void PcapngSection::put_packet(std::string &bytes, const Packet &packet,
                               std::span<const std::string> comments) {
    constexpr std::uint32_t kType = 6;
    constexpr std::size_t kBytesAround = 32;
    const std::uint32_t interface = interface_of(bytes, packet.link_type);
    const std::string_view data = pop3ana::as_text(packet.data);
    const auto block_bytes =
        static_cast<std::uint32_t>(kBytesAround + padded(data.size()) + option_bytes(comments));
    const auto ticks = static_cast<std::uint64_t>(std::max<std::int64_t>(packet.ts_ns, 0));
    put_words(bytes, {kType, block_bytes, interface, static_cast<std::uint32_t>(ticks >> 32),
                      static_cast<std::uint32_t>(ticks), static_cast<std::uint32_t>(data.size()),
                      packet.wire_bytes});
    put_padded(bytes, data);
    put_options(bytes, comments);
    put_words(bytes, {block_bytes});
}

} // namespace pop3dump
