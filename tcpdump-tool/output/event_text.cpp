// Times, addresses and escaped bytes of events.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/event_text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <fmt/core.h>
#include <sys/socket.h>

namespace pop3dump {
namespace {

struct DottedByte {
    std::array<char, 4> text{};
    std::size_t size = 0;
};

/// A part of an IPv4 address and the dot behind it.
constexpr std::array<DottedByte, 256> kDottedBytes = [] {
    std::array<DottedByte, 256> all;
    for (unsigned value = 0; value < all.size(); ++value) {
        DottedByte &dotted = all[value];
        for (const unsigned unit : {100U, 10U, 1U}) {
            if (value < unit && unit > 1) continue;
            dotted.text[dotted.size++] = static_cast<char>('0' + value / unit % 10);
        }
        dotted.text[dotted.size++] = '.';
    }
    return all;
}();

} // namespace

std::string time_text(std::int64_t ts_ns) {
    const std::int64_t microseconds = ts_ns / 1000;
    return fmt::format("{}.{:06}", microseconds / 1'000'000, microseconds % 1'000'000);
}

std::string_view address_text(AddressBuffer &buffer, std::uint8_t family,
                              const std::uint8_t *address) {
    if (family != 4) {
        inet_ntop(AF_INET6, address, buffer.data(), INET6_ADDRSTRLEN);
        return buffer.data();
    }
    char *end = buffer.data(); // inet_ntop would take far longer
    for (int i = 0; i < 4; ++i) {
        const DottedByte &dotted = kDottedBytes[address[i]];
        std::copy(dotted.text.begin(), dotted.text.end(), end);
        end += dotted.size;
    }
    return {buffer.data(), static_cast<std::size_t>(end - 1 - buffer.data())};
}

std::string originator_text(const pop3ana_event &event) {
    AddressBuffer buffer;
    return std::string(address_text(buffer, event.address_family, event.originator_address));
}

std::string responder_text(const pop3ana_event &event) {
    AddressBuffer buffer;
    return std::string(address_text(buffer, event.address_family, event.responder_address));
}

std::string escaped_text(pop3ana_slice text) {
    std::string escaped(pop3ana_escape(text, nullptr, 0), '\0');
    pop3ana_escape(text, escaped.data(), escaped.size() + 1); // the final NUL is the string's own
    return escaped;
}

std::string_view log_line_text(std::string &buffer, const pop3ana_event &event) {
    constexpr std::size_t kMostLinesBytes = 512;
    if (buffer.size() < kMostLinesBytes) buffer.resize(kMostLinesBytes);
    std::size_t bytes = pop3ana_format_log_line(&event, buffer.data(), buffer.size() + 1);
    if (bytes > buffer.size()) {
        buffer.resize(bytes);
        bytes = pop3ana_format_log_line(&event, buffer.data(), buffer.size() + 1);
    }
    return {buffer.data(), bytes};
}

void assign_log_line(std::string &line, const pop3ana_event &event) {
    line.resize(log_line_text(line, event).size());
}

} // namespace pop3dump
