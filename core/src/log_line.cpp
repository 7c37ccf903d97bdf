// The lines of the original's log (SEMANTICS.md section 1).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3ana/pop3ana.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

namespace {

std::string_view view(pop3ana_slice slice) {
    return {slice.ptr, slice.len};
}

constexpr bool is_plain(char c) {
    return c >= 32 && c < 127;
}

/// Writes into a buffer of fixed size and counts what would have been written.
class Writer {
public:
    Writer(char *buffer, std::size_t size)
        : buffer_(size == 0 ? nullptr : buffer), room_(buffer_ == nullptr ? 0 : size - 1) {}

    Writer &put(std::string_view text) {
        if (!text.empty() && length_ < room_)
            std::memcpy(buffer_ + length_, text.data(), std::min(text.size(), room_ - length_));
        length_ += text.size();
        return *this;
    }

    Writer &put(char c) { return put(std::string_view{&c, 1}); }

    Writer &number(std::uint64_t value) {
        std::array<char, 20> digits;
        const auto [end, error] =
            std::to_chars(digits.data(), digits.data() + digits.size(), value);
        return put({digits.data(), static_cast<std::size_t>(end - digits.data())});
    }

    Writer &escaped(std::string_view text) {
        while (!text.empty()) {
            const auto special = std::find_if_not(text.begin(), text.end(), is_plain);
            put({text.data(), static_cast<std::size_t>(special - text.begin())});
            text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
            if (!text.empty()) escape(static_cast<std::uint8_t>(text.front()));
            text.remove_prefix(text.empty() ? 0 : 1);
        }
        return *this;
    }

    /// Seconds with six decimals; the digits below are cut.
    Writer &time(std::int64_t ts_ns) {
        const auto ts_us = static_cast<std::uint64_t>(ts_ns) / 1000;
        std::array<char, 7> fraction{'.'};
        for (std::uint64_t i = 6, rest = ts_us % 1'000'000; i > 0; --i, rest /= 10)
            fraction[i] = static_cast<char>('0' + rest % 10);
        return number(ts_us / 1'000'000).put({fraction.data(), fraction.size()});
    }

    Writer &endpoint(const std::uint8_t *address, std::uint8_t family, std::uint16_t port) {
        if (family == 4) { // inet_ntop takes ten times as long here.
            for (int i = 0; i < 4; ++i)
                number(address[i]).put(i < 3 ? '.' : '/');
        } else {
            std::array<char, INET6_ADDRSTRLEN> text{};
            inet_ntop(AF_INET6, address, text.data(), text.size());
            put(text.data()).put('/');
        }
        return number(port);
    }

    Writer &endpoints(const pop3ana_event &event) {
        return endpoint(event.originator_address, event.address_family, event.originator_port)
            .put(" > ")
            .endpoint(event.responder_address, event.address_family, event.responder_port);
    }

    /// Ends the text; returns the length that it would have had.
    std::size_t finish() {
        if (buffer_ != nullptr) buffer_[std::min(length_, room_)] = '\0';
        return length_;
    }

private:
    void escape(std::uint8_t byte) {
        constexpr std::string_view kHex = "0123456789abcdef";
        if (byte == 0)
            put("\\0");
        else if (byte <= 26)
            put('^').put(static_cast<char>('@' + byte));
        else if (byte == 127)
            put("^?");
        else
            put("\\x").put(kHex[byte >> 4]).put(kHex[byte & 15]);
    }

    char *buffer_;
    std::size_t room_;
    std::size_t length_ = 0;
};

void put_login(Writer &line, const pop3ana_event &event) {
    const bool success = event.type == POP3ANA_EVENT_LOGIN_SUCCESS;
    line.put(success ? "> login successful: user " : "> login failed: user ")
        .escaped(view(event.user))
        .put(" password: ");
    if (success && event.password.len == 0)
        line.put("<not seen>");
    else
        line.escaped(view(event.password));
}

void put_line(Writer &line, const pop3ana_event &event) {
    line.time(event.ts_ns).put(" #");
    if (event.peer_description.len != 0) line.put(view(event.peer_description)).put('-');
    line.number(event.session).put(' ');
    switch (event.type) {
    case POP3ANA_EVENT_NEW_CONNECTION: line.endpoints(event).put(": new connection"); break;
    case POP3ANA_EVENT_REQUEST:
        line.put("> ").put(view(event.command)).put(' ').escaped(view(event.text));
        break;
    case POP3ANA_EVENT_REPLY:
        line.put(event.status == POP3ANA_STATUS_OK ? "< OK " : "< ERR ").escaped(view(event.text));
        break;
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE: put_login(line, event); break;
    case POP3ANA_EVENT_UNEXPECTED:
        line.put("unexpected cmd: ")
            .escaped(view(event.command))
            .put(" detail: ")
            .escaped(view(event.text));
        break;
    case POP3ANA_EVENT_THRESHOLD_WARNING:
        line.endpoints(event).put(" WARNING: error count exceeds threshold");
        break;
    default: break;
    }
}

} // namespace

size_t pop3ana_format_log_line(const pop3ana_event *event, char *buffer, size_t size) {
    Writer line{buffer, size};
    if (event != nullptr && event->in_log != 0) put_line(line, *event);
    return line.finish();
}

size_t pop3ana_escape(pop3ana_slice text, char *buffer, size_t size) {
    Writer writer{buffer, size};
    writer.escaped(view(text));
    return writer.finish();
}
