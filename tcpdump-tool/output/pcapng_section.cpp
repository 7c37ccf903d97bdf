// pcapng blocks as sequences of 32-bit words.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/pcapng_section.hpp"

#include "base/bytes.hpp"
#include "capture/frame_origin.hpp"
#include "output/output_limits.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <optional>
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

void put_option(std::string &bytes, std::uint16_t code, std::string_view value) {
    put_words(bytes, {pair(code, static_cast<std::uint16_t>(value.size()))});
    put_padded(bytes, value);
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
        put_option(bytes, kComment, option_text(comment));
    }
    put_words(bytes, {kEndOfOptions});
}

} // namespace

void PcapngSection::put_header(std::string &bytes, std::string_view application) {
    constexpr std::uint32_t kType = 0x0a0d0d0a;
    constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
    constexpr std::uint32_t kUnknownLength = 0xffffffff;
    constexpr std::uint16_t kApplicationOption = 4;
    constexpr std::size_t kBytesAround = 28;
    const std::size_t option_bytes = application.empty() ? 0 : 8 + padded(application.size());
    const auto block_bytes = static_cast<std::uint32_t>(kBytesAround + option_bytes);
    put_words(bytes,
              {kType, block_bytes, kByteOrderMagic, pair(1, 0), kUnknownLength, kUnknownLength});
    if (!application.empty()) {
        put_option(bytes, kApplicationOption, application);
        put_words(bytes, {kEndOfOptions});
    }
    put_words(bytes, {block_bytes});
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

void PcapngSection::put_interface(std::string &bytes, const Interface &interface,
                                  std::string_view name) {
    constexpr std::uint32_t kType = 1;
    constexpr std::size_t kBytesAround = 32;
    constexpr std::uint32_t kNoSnapLength = 0;
    constexpr std::uint16_t kNameOption = 2;
    constexpr std::uint16_t kResolutionOption = 9;
    const std::size_t name_bytes = name.empty() ? 0 : 4 + padded(name.size());
    const auto block_bytes = static_cast<std::uint32_t>(kBytesAround + name_bytes);
    put_words(bytes, {kType, block_bytes, pair(static_cast<std::uint16_t>(interface.link_type), 0),
                      kNoSnapLength});
    if (!name.empty()) put_option(bytes, kNameOption, name);
    put_words(bytes, {pair(kResolutionOption, 1), word_of_bytes({9, 0, 0, 0}), kEndOfOptions,
                      block_bytes});
    interfaces_.push_back(interface);
}

std::uint32_t PcapngSection::interface_of(std::string &bytes, const Interface &interface,
                                          std::string_view name) {
    if (latest_ < interfaces_.size() && interfaces_[latest_] == interface) return latest_;
    const auto known = std::find(interfaces_.begin(), interfaces_.end(), interface);
    latest_ = static_cast<std::uint32_t>(known - interfaces_.begin());
    if (known == interfaces_.end()) put_interface(bytes, interface, name);
    return latest_;
}

void PcapngSection::put_packet(std::string &bytes, const Packet &packet,
                               std::span<const std::string> comments) {
    put_packet(bytes, packet, interface_of(bytes, {packet.link_type, 0}, {}), comments);
}

void PcapngSection::put_extracted(std::string &bytes, const Packet &packet, std::string_view name) {
    FrameOrigin origin{packet.frame, std::nullopt};
    if (packet.merge_time_ns() != std::max<std::int64_t>(packet.ts_ns, 0))
        origin.after_ns = packet.merge_time_ns();
    const std::string comment = comment_of(origin);
    put_packet(bytes, packet, interface_of(bytes, {packet.link_type, packet.origin}, name),
               std::span(&comment, 1));
}

void PcapngSection::put_packet(std::string &bytes, const Packet &packet, std::uint32_t interface,
                               std::span<const std::string> comments) {
    constexpr std::uint32_t kType = 6;
    constexpr std::size_t kBytesAround = 32;
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
