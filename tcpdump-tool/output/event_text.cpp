// Times, addresses and escaped bytes of events.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/event_text.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <fmt/core.h>
#include <sys/socket.h>

namespace pop3dump {
namespace {

std::string address_text(std::uint8_t family, const std::uint8_t *address) {
    if (family == 4) { // five times as fast as inet_ntop
        return fmt::format("{}.{}.{}.{}", address[0], address[1], address[2], address[3]);
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(AF_INET6, address, text.data(), text.size());
    return text.data();
}

} // namespace

std::string time_text(std::int64_t ts_ns) {
    const std::int64_t microseconds = ts_ns / 1000;
    return fmt::format("{}.{:06}", microseconds / 1'000'000, microseconds % 1'000'000);
}

std::string originator_text(const pop3ana_event &event) {
    return address_text(event.address_family, event.originator_address);
}

std::string responder_text(const pop3ana_event &event) {
    return address_text(event.address_family, event.responder_address);
}

std::string escaped_text(pop3ana_slice text) {
    std::string escaped(pop3ana_escape(text, nullptr, 0), '\0');
    pop3ana_escape(text, escaped.data(), escaped.size() + 1); // the final NUL is the string's own
    return escaped;
}

void assign_log_line(std::string &line, const pop3ana_event &event) {
    constexpr std::size_t kMostLinesBytes = 512;
    line.resize(kMostLinesBytes);
    std::size_t bytes = pop3ana_format_log_line(&event, line.data(), line.size() + 1);
    if (bytes > line.size()) {
        line.resize(bytes);
        bytes = pop3ana_format_log_line(&event, line.data(), line.size() + 1);
    }
    line.resize(bytes);
}

} // namespace pop3dump
