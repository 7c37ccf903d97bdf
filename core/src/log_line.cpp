// The lines of the original's log (SEMANTICS.md section 1).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "log_line.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pop3ana {
namespace {

std::string_view view(pop3ana_slice slice) {
    return {slice.ptr, slice.len};
}

constexpr bool is_plain(char c) {
    return c >= 32 && c < 127;
}

/// Writes into a buffer that is known to be large enough.
class Writer {
public:
    explicit Writer(char *buffer) : begin_(buffer), end_(buffer) {}

    Writer &put(std::string_view text) {
        end_ = std::copy(text.begin(), text.end(), end_);
        return *this;
    }

    Writer &put(char c) {
        *end_++ = c;
        return *this;
    }

    Writer &number(std::uint64_t value) {
        end_ = std::to_chars(end_, end_ + kMaxDigits, value).ptr;
        return *this;
    }

    Writer &escaped(std::string_view text) {
        for (const char c : text)
            if (is_plain(c))
                put(c);
            else
                escape(static_cast<std::uint8_t>(c));
        return *this;
    }

    /// Seconds with six decimals; the digits below are cut.
    Writer &time(std::int64_t ts_ns) {
        const auto ts_us = static_cast<std::uint64_t>(ts_ns) / 1000;
        number(ts_us / 1'000'000).put('.');
        auto rest = static_cast<std::uint32_t>(ts_us % 1'000'000);
        for (int i = 5; i >= 0; --i, rest /= 10)
            end_[i] = static_cast<char>('0' + rest % 10);
        end_ += 6;
        return *this;
    }

    Writer &endpoint(const std::uint8_t *address, std::uint8_t family, std::uint16_t port) {
        if (family == 4) { // inet_ntop takes ten times as long here.
            for (int i = 0; i < 4; ++i)
                octet(address[i]).put(i < 3 ? '.' : '/');
        } else {
            inet_ntop(AF_INET6, address, end_, INET6_ADDRSTRLEN);
            end_ += std::strlen(end_);
            put('/');
        }
        return number(port);
    }

    Writer &endpoints(const pop3ana_event &event) {
        return endpoint(event.originator_address, event.address_family, event.originator_port)
            .put(" > ")
            .endpoint(event.responder_address, event.address_family, event.responder_port);
    }

    [[nodiscard]] std::string_view text() const {
        return {begin_, static_cast<std::size_t>(end_ - begin_)};
    }

    static constexpr std::size_t kMaxDigits = 20;
    static constexpr std::size_t kMaxEscape = 4;

private:
    Writer &octet(std::uint8_t value) {
        if (value >= 100) put(static_cast<char>('0' + value / 100));
        if (value >= 10) put(static_cast<char>('0' + value / 10 % 10));
        return put(static_cast<char>('0' + value % 10));
    }

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

    char *begin_;
    char *end_;
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

// No line is longer: what is escaped, and the fixed parts.
std::size_t longest_line(const pop3ana_event &event) {
    constexpr std::size_t kFixedParts = 256;
    return kFixedParts + event.peer_description.len +
           Writer::kMaxEscape *
               (event.command.len + event.text.len + event.user.len + event.password.len);
}

// Calls write(Writer &) on `buffer` itself, or aside where `longest` bytes might not fit, and then
// cuts. Returns the length of the whole text.
template <class Write>
std::size_t write_cut(char *buffer, std::size_t size, std::size_t longest, Write write) {
    if (size > longest) {
        Writer writer{buffer};
        write(writer);
        buffer[writer.text().size()] = '\0';
        return writer.text().size();
    }
    std::string aside(longest, '\0');
    Writer writer{aside.data()};
    write(writer);
    if (size != 0) {
        const std::size_t kept = std::min(writer.text().size(), size - 1);
        std::memcpy(buffer, aside.data(), kept);
        buffer[kept] = '\0';
    }
    return writer.text().size();
}

} // namespace

std::size_t format_log_line(const pop3ana_event &event, char *buffer, std::size_t size) {
    return write_cut(buffer, size, longest_line(event),
                     [&](Writer &line) { put_line(line, event); });
}

std::size_t escape_text(std::string_view text, char *buffer, std::size_t size) {
    return write_cut(buffer, size, Writer::kMaxEscape * text.size(),
                     [&](Writer &writer) { writer.escaped(text); });
}

} // namespace pop3ana
