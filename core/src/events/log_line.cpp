// The lines of the original's log (docs/semantics.md section 1).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/log_line.hpp"

#include "base/address_text.hpp"
#include "base/byte_word.hpp"
#include "base/decimal.hpp"
#include "events/event.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pop3ana {
namespace {

/// The end of what was written into a buffer that is known to be large enough: up to kSlack bytes
/// behind the end may be changed. It is a value, so that it stays in a register.
class Writer {
public:
    explicit Writer(char *end) : end_(end) {}

    [[nodiscard]] char *end() const { return end_; }

    [[nodiscard]] Writer put(std::string_view text) const {
        return Writer{std::copy(text.begin(), text.end(), end_)};
    }

    [[nodiscard]] Writer put(char c) const {
        *end_ = c;
        return Writer{end_ + 1};
    }

    [[nodiscard]] Writer number(std::uint64_t value) const {
        return Writer{write_decimal(end_, value)};
    }

    [[nodiscard]] Writer escaped(std::string_view text) const {
        return Writer{write_escaped(end_, text)};
    }

    /// Seconds with six decimals; the digits below are cut.
    [[nodiscard]] Writer time(std::int64_t ts_ns) const {
        return Writer{write_seconds(end_, static_cast<std::uint64_t>(ts_ns) / 1000)};
    }

    [[nodiscard]] Writer endpoint(const std::uint8_t *address, std::uint8_t family,
                                  std::uint16_t port) const {
        return Writer{write_address(end_, family, address)}.put('/').number(port);
    }

    [[nodiscard]] Writer endpoints(const pop3ana_event &event) const {
        return endpoint(event.originator_address, event.originator_family, event.originator_port)
            .put(" > ")
            .endpoint(event.responder_address, event.address_family, event.responder_port);
    }

    static constexpr std::size_t kMaxEscape = 4;
    static constexpr std::size_t kSlack = kDecimalSlack;

private:
    // Leaves a text with an odd byte to another function, so that this one saves no registers.
    static char *write_escaped(char *to, std::string_view text) {
        if (text.size() < sizeof(ByteWord)) {
            // Bytes that are not there count as blanks.
            const ByteWord word = load_short(text) | every_byte(' ') << 8 * text.size();
            if (!all_printing(word)) return write_bytes(to, text);
            store_word(to, word);
            return to + text.size();
        }
        // The last word overlaps the one before.
        while (true) {
            const std::size_t step = std::min(sizeof(ByteWord), text.size() - sizeof(ByteWord));
            const ByteWord word = load_word(text.data());
            if (!all_printing(word)) return write_bytes(to, text);
            store_word(to, word);
            if (step == 0) return to + sizeof(ByteWord);
            to += step;
            text.remove_prefix(step);
        }
    }

    [[gnu::noinline]] static char *write_bytes(char *to, std::string_view text) {
        for (const char c : text)
            to = write_byte(to, static_cast<std::uint8_t>(c));
        return to;
    }

    static char *write_byte(char *to, std::uint8_t byte) {
        constexpr std::string_view kHex = "0123456789abcdef";
        const Writer end{to};
        if (byte >= 32 && byte < 127) return end.put(static_cast<char>(byte)).end_;
        if (byte == 0) return end.put("\\0").end_;
        if (byte <= 26) return end.put('^').put(static_cast<char>('@' + byte)).end_;
        if (byte == 127) return end.put("^?").end_;
        return end.put("\\x").put(kHex[byte >> 4]).put(kHex[byte & 15]).end_;
    }

    char *end_;
};

constexpr std::string_view kNotSeen = "<not seen>";

Writer put_login(Writer line, const pop3ana_event &event) {
    const bool success = event.type == POP3ANA_EVENT_LOGIN_SUCCESS;
    if (event.inferred != 0)
        return line.put(success ? "login successful (inferred)" : "login failed (inferred)");
    line = line.put(success ? "login successful: user " : "login failed: user ")
               .escaped(event.user.len == 0 ? kNotSeen : view(event.user))
               .put(" password: ");
    return success && event.password.len == 0 ? line.put(kNotSeen)
                                              : line.escaped(view(event.password));
}

Writer put_alert(Writer line, const pop3ana_event &event) {
    const std::string_view user = view(event.user);
    switch (static_cast<pop3ana_alert_kind>(event.alert)) {
    case POP3ANA_ALERT_GUESSING:
        return line.put("password guessing: ").number(event.count).put(" different logins failed");
    case POP3ANA_ALERT_SPRAYING:
        return line.put("password spraying: ").number(event.count).put(" users tried");
    case POP3ANA_ALERT_DISTRIBUTED:
        return line.put("distributed guessing: user ")
            .escaped(user)
            .put(" failed from ")
            .number(event.count)
            .put(" clients");
    case POP3ANA_ALERT_BREACH:
        return line.put("login after ").number(event.count).put(" failures: user ").escaped(user);
    case POP3ANA_ALERT_STLS: return line.put(view(event.text));
    case POP3ANA_ALERT_NONE:
    case POP3ANA_ALERT_ERRORS: break;
    }
    return line.put("error count exceeds threshold");
}

/// Time and number of a session as the last line of this thread began, which most often are those
/// of the next line too: a packet completes several.
struct Prefix {
    static constexpr std::size_t kMostBytes = 64;
    std::int64_t ts_ns = 0;
    std::uint64_t session = 0;
    std::size_t bytes = 0; ///< 0: there was no line yet
    std::array<char, kMostBytes> text{};
};
// One instruction finds it. Libraries that are loaded later may have little of this memory.
[[gnu::tls_model("initial-exec")]] thread_local Prefix last_prefix;

// What a line is put together from is inlined into both of its forms: calls would cost the log 2 %.

[[gnu::always_inline]] inline Writer put_prefix(Writer line, const pop3ana_event &event) {
    Prefix &last = last_prefix;
    if (last.bytes != 0 && last.ts_ns == event.ts_ns && last.session == event.session) {
        std::memcpy(line.end(), last.text.data(), Prefix::kMostBytes);
        return Writer{line.end() + last.bytes};
    }
    const Writer end = line.time(event.ts_ns).put(" #").number(event.session).put(' ');
    last.ts_ns = event.ts_ns;
    last.session = event.session;
    last.bytes = static_cast<std::size_t>(end.end() - line.end());
    std::memcpy(last.text.data(), line.end(), Prefix::kMostBytes);
    return end;
}

Writer put_session(Writer line, const pop3ana_event &event) {
    line = line.put('#');
    if (event.peer_description.len != 0) line = line.put(view(event.peer_description)).put('-');
    return line.number(event.session).put(' ');
}

[[gnu::always_inline]] inline Writer put_time_and_session(Writer line, const pop3ana_event &event) {
    if (event.peer_description.len == 0) return put_prefix(line, event);
    return put_session(line.time(event.ts_ns).put(' '), event);
}

// What is not known.
std::string_view or_dash(const pop3ana_slice &text) {
    return text.len != 0 ? view(text) : std::string_view{"-"};
}

// What stands behind the number of the session.
[[gnu::always_inline]] inline Writer put_rest(Writer line, const pop3ana_event &event) {
    switch (static_cast<pop3ana_event_type>(event.type)) {
    case POP3ANA_EVENT_NEW_CONNECTION: return line.endpoints(event).put(": new connection");
    case POP3ANA_EVENT_REQUEST:
        return line.put("> ").escaped(view(event.command)).put(' ').escaped(view(event.text));
    case POP3ANA_EVENT_REPLY:
        line = event.status == POP3ANA_STATUS_OK ? line.put("< OK ") : line.put("< ERR ");
        return line.escaped(view(event.text));
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE: return put_login(line.put("> "), event);
    case POP3ANA_EVENT_UNEXPECTED:
        return line.put("unexpected cmd: ")
            .escaped(view(event.command))
            .put(" detail: ")
            .escaped(view(event.text));
    case POP3ANA_EVENT_THRESHOLD_WARNING:
    case POP3ANA_EVENT_ALERT: return put_alert(line.endpoints(event).put(" WARNING: "), event);
    case POP3ANA_EVENT_TLS:
        return line.put("TLS ")
            .escaped(or_dash(event.tls_version))
            .put(' ')
            .escaped(or_dash(event.tls_cipher))
            .put(" server ")
            .escaped(or_dash(event.server_name));
    case POP3ANA_EVENT_TLS_STARTED:
    case POP3ANA_EVENT_ANOMALY:
    case POP3ANA_EVENT_PROXIED:
    case POP3ANA_EVENT_SESSION_END:
    case POP3ANA_EVENT_STLS_OFFER: break;
    }
    return line;
}

Writer put_line(Writer line, const pop3ana_event &event) {
    return put_rest(put_time_and_session(line, event), event);
}

Writer put_line(Writer line, const pop3ana_event &event, std::uint32_t form) {
    const bool has_time = (form & POP3ANA_LINE_NO_TIME) == 0;
    line = has_time ? put_time_and_session(line, event) : put_session(line, event);
    if ((form & POP3ANA_LINE_LOGIN_ADDRESSES) == 0 || !is_login(event))
        return put_rest(line, event);
    return put_login(line.endpoints(event).put(' '), event);
}

// No line is longer: what is escaped, and the fixed parts.
std::size_t longest_line(const pop3ana_event &event) {
    constexpr std::size_t kFixedParts = 256;
    return kFixedParts + event.peer_description.len +
           Writer::kMaxEscape * (event.command.len + event.text.len + event.user.len +
                                 event.password.len + event.server_name.len);
}

template <class Write>
std::size_t write_cut(char *buffer, std::size_t size, std::size_t longest, Write write);

// write_cut() by way of memory aside. Not inlined, and calls write_cut() again, so that write() can
// be inlined there.
template <class Write>
[[gnu::noinline]] std::size_t write_aside(char *buffer, std::size_t size, std::size_t longest,
                                          Write write) {
    std::string aside(longest + Writer::kSlack, '\0');
    const std::size_t length = write_cut(aside.data(), aside.size(), longest, write);
    if (size != 0) {
        const std::size_t kept = std::min(length, size - 1);
        std::memcpy(buffer, aside.data(), kept);
        buffer[kept] = '\0';
    }
    return length;
}

// Calls write(Writer) on `buffer` itself, or aside where `longest` bytes and the slack might not
// fit, and then cuts. Returns the length of the whole text.
template <class Write>
std::size_t write_cut(char *buffer, std::size_t size, std::size_t longest, Write write) {
    if (size < longest + Writer::kSlack) return write_aside(buffer, size, longest, write);
    char *const end = write(Writer{buffer}).end();
    *end = '\0';
    return static_cast<std::size_t>(end - buffer);
}

} // namespace

std::size_t format_log_line(const pop3ana_event &event, char *buffer, std::size_t size) {
    return write_cut(buffer, size, longest_line(event),
                     [&](Writer line) { return put_line(line, event); });
}

std::size_t format_alert(const pop3ana_event &event, char *buffer, std::size_t size) {
    return write_cut(buffer, size, longest_line(event),
                     [&](Writer line) { return put_alert(line, event); });
}

std::size_t format_log_line(const pop3ana_event &event, std::uint32_t form, char *buffer,
                            std::size_t size) {
    return write_cut(buffer, size, longest_line(event),
                     [&](Writer line) { return put_line(line, event, form); });
}

std::size_t escape_text(std::string_view text, char *buffer, std::size_t size) {
    return write_cut(buffer, size, Writer::kMaxEscape * text.size(),
                     [&](Writer writer) { return writer.escaped(text); });
}

} // namespace pop3ana
