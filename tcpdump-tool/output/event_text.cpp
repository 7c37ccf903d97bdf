// Times, addresses and escaped bytes of events.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/event_text.hpp"

#include <cstddef>
#include <fmt/core.h>

namespace pop3dump {

std::string time_text(std::int64_t ts_ns) {
    const std::int64_t microseconds = ts_ns / 1000;
    return fmt::format("{}.{:06}", microseconds / 1'000'000, microseconds % 1'000'000);
}

std::string_view address_text(AddressBuffer &buffer, std::uint8_t family,
                              const std::uint8_t *address) {
    const char *const end = pop3ana::write_address(buffer.data(), family, address);
    return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

std::string client_text(const pop3ana_event &event) {
    AddressBuffer buffer;
    return std::string(address_text(buffer, event.originator_family, event.originator_address));
}

std::string server_text(const pop3ana_event &event) {
    AddressBuffer buffer;
    return std::string(address_text(buffer, event.address_family, event.responder_address));
}

std::string escaped_text(pop3ana_slice text) {
    std::string escaped(pop3ana_escape(text, nullptr, 0), '\0');
    pop3ana_escape(text, escaped.data(), escaped.size() + 1); // the final NUL is the string's own
    return escaped;
}

std::string_view log_line_text(std::string &buffer, const pop3ana_event &event,
                               std::uint32_t form) {
    constexpr std::size_t kMostLinesBytes = 512;
    if (buffer.size() < kMostLinesBytes) buffer.resize(kMostLinesBytes);
    const auto format = [&] {
        return pop3ana_format_log_line_as(&event, form, buffer.data(), buffer.size() + 1);
    };
    std::size_t bytes = format();
    if (bytes > buffer.size()) {
        buffer.resize(bytes);
        bytes = format();
    }
    return {buffer.data(), bytes};
}

} // namespace pop3dump
