// The lines of the original's log (docs/semantics.md section 1).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/log_line.hpp"

#include "base/byte_word.hpp"
#include "events/event.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pop3ana {
namespace {

constexpr std::array<std::uint64_t, 20> kPowersOfTen = [] {
    std::array<std::uint64_t, 20> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i)
        powers[i] = powers[i - 1] * 10;
    return powers;
}();

constexpr std::size_t count_digits(std::uint64_t value) {
    value |= 1; // 0 has one digit too.
    const auto bits = static_cast<std::size_t>(std::bit_width(value));
    const std::size_t power = bits * 1233 / 4096; // 1233/4096: log10(2)
    return value < kPowersOfTen[power] ? power : power + 1;
}
static_assert(count_digits(0) == 1 && count_digits(9) == 1 && count_digits(10) == 2);
static_assert(count_digits(999'999'999) == 9 && count_digits(1'000'000'000) == 10);
static_assert(count_digits(~std::uint64_t{0}) == 20);

// Eight digits at once: 10000s, 100s, then 1s are split in all parts of a number side by side. The
// quotients by 100 and 10 are products that are exact for values this small.
constexpr ByteWord eight_digits(std::uint32_t value) {
    const std::uint64_t fours = value / 10'000 | std::uint64_t{value % 10'000} << 32;
    const std::uint64_t hundreds = fours * 10'486 >> 20 & 0x7f'0000'007f;
    const std::uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
    const std::uint64_t tens = twos * 103 >> 10 & 0x000f'000f'000f'000f;
    return (tens | (twos - tens * 10) << 8) + every_byte('0');
}
static_assert(eight_digits(12'345'678) == load_short("1234567") + (ByteWord{'8'} << 56));
static_assert(eight_digits(99'999'999) == every_byte('9') && eight_digits(0) == every_byte('0'));

constexpr std::array<char, 200> kTwoDigits = [] {
    std::array<char, 200> digits{};
    for (std::size_t i = 0; i < 100; ++i) {
        digits[2 * i] = static_cast<char>('0' + i / 10);
        digits[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return digits;
}();

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

    // Less than half the time of std::to_chars for numbers of these sizes.
    [[nodiscard]] Writer number(std::uint64_t value) const {
        if (value < 10'000) return small_number(static_cast<std::uint32_t>(value));
        constexpr std::uint32_t kEightDigits = 100'000'000;
        if (value >= kEightDigits) {
            const Writer high = number(value / kEightDigits);
            store_word(high.end_, eight_digits(static_cast<std::uint32_t>(value % kEightDigits)));
            return Writer{high.end_ + sizeof(ByteWord)};
        }
        const std::size_t digits = count_digits(value);
        store_word(end_, eight_digits(static_cast<std::uint32_t>(value)) >>
                             8 * (sizeof(ByteWord) - digits));
        return Writer{end_ + digits};
    }

    [[nodiscard]] Writer escaped(std::string_view text) const {
        return Writer{write_escaped(end_, text)};
    }

    /// Seconds with six decimals; the digits below are cut.
    [[nodiscard]] Writer time(std::int64_t ts_ns) const {
        constexpr std::uint64_t kTenDigitsUs = 1'000'000'000'000'000; // in 2001
        const auto ts_us = static_cast<std::uint64_t>(ts_ns) / 1000;
        const auto low = static_cast<std::uint32_t>(ts_us % 100'000'000);
        // Fewer digits, or more: the event is a caller's, with a time before 1970.
        if (ts_us - kTenDigitsUs >= 9 * kTenDigitsUs) {
            const std::uint32_t below_second = low % 1'000'000;
            Writer end = number(ts_us / 1'000'000).put('.');
            for (std::uint32_t unit = 100'000; unit != 0; unit /= 10)
                end = end.put(static_cast<char>('0' + below_second / unit % 10));
            return end;
        }
        const ByteWord low_digits = eight_digits(low);
        store_word(end_, eight_digits(static_cast<std::uint32_t>(ts_us / 100'000'000)));
        store_word(end_ + 8, low_digits);
        end_[10] = '.';
        store_word(end_ + 11, low_digits >> 16);
        return Writer{end_ + 17};
    }

    [[nodiscard]] Writer endpoint(const std::uint8_t *address, std::uint8_t family,
                                  std::uint16_t port) const {
        Writer end = *this;
        if (family == 4) { // inet_ntop takes ten times as long here.
            for (int i = 0; i < 4; ++i)
                end = end.number(address[i]).put(i < 3 ? '.' : '/');
        } else {
            inet_ntop(AF_INET6, address, end_, INET6_ADDRSTRLEN);
            end = Writer{end_ + std::strlen(end_)}.put('/');
        }
        return end.number(port);
    }

    [[nodiscard]] Writer endpoints(const pop3ana_event &event) const {
        return endpoint(event.originator_address, event.address_family, event.originator_port)
            .put(" > ")
            .endpoint(event.responder_address, event.address_family, event.responder_port);
    }

    static constexpr std::size_t kMaxEscape = 4;
    static constexpr std::size_t kSlack = sizeof(ByteWord);

private:
    // Less than 10,000: parts of addresses, and most session numbers.
    [[nodiscard]] Writer small_number(std::uint32_t value) const {
        if (value < 10) return put(static_cast<char>('0' + value));
        const Writer high = value < 100 ? *this : small_number(value / 100);
        std::memcpy(high.end_, &kTwoDigits[std::size_t{2} * (value % 100)], 2);
        return Writer{high.end_ + 2};
    }

    static char *write_escaped(char *to, std::string_view text) {
        for (; text.size() >= sizeof(ByteWord); text.remove_prefix(sizeof(ByteWord)))
            to = write_escaped(to, load_word(text.data()), sizeof(ByteWord));
        // Bytes that are not there count as blanks.
        const ByteWord blanks = every_byte(' ') << 8 * text.size();
        return write_escaped(to, load_short(text) | blanks, text.size());
    }

    // The first `count` bytes of a word.
    static char *write_escaped(char *to, ByteWord word, std::size_t count) {
        if (all_printing(word)) {
            store_word(to, word);
            return to + count;
        }
        for (std::size_t i = 0; i < count; ++i, word >>= 8)
            to = write_byte(to, static_cast<std::uint8_t>(word));
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
    line = line.put(success ? "> login successful: user " : "> login failed: user ")
               .escaped(event.user.len == 0 ? kNotSeen : view(event.user))
               .put(" password: ");
    return success && event.password.len == 0 ? line.put(kNotSeen)
                                              : line.escaped(view(event.password));
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
#if defined(__GNUC__)
__attribute__((tls_model("initial-exec"))) // a lookup would take longer than what it saves
#endif
thread_local Prefix last_prefix;

Writer put_prefix(Writer line, const pop3ana_event &event) {
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

Writer put_line(Writer line, const pop3ana_event &event) {
    if (event.peer_description.len == 0) {
        line = put_prefix(line, event);
    } else {
        line = line.time(event.ts_ns).put(" #").put(view(event.peer_description)).put('-');
        line = line.number(event.session).put(' ');
    }
    switch (static_cast<pop3ana_event_type>(event.type)) {
    case POP3ANA_EVENT_NEW_CONNECTION: return line.endpoints(event).put(": new connection");
    case POP3ANA_EVENT_REQUEST:
        return line.put("> ").escaped(view(event.command)).put(' ').escaped(view(event.text));
    case POP3ANA_EVENT_REPLY:
        return line.put(event.status == POP3ANA_STATUS_OK ? "< OK " : "< ERR ")
            .escaped(view(event.text));
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE: return put_login(line, event);
    case POP3ANA_EVENT_UNEXPECTED:
        return line.put("unexpected cmd: ")
            .escaped(view(event.command))
            .put(" detail: ")
            .escaped(view(event.text));
    case POP3ANA_EVENT_THRESHOLD_WARNING:
        return line.endpoints(event).put(" WARNING: error count exceeds threshold");
    case POP3ANA_EVENT_TERMINATED:
    case POP3ANA_EVENT_ANOMALY: break;
    }
    return line;
}

// No line is longer: what is escaped, and the fixed parts.
std::size_t longest_line(const pop3ana_event &event) {
    constexpr std::size_t kFixedParts = 256;
    return kFixedParts + event.peer_description.len +
           Writer::kMaxEscape *
               (event.command.len + event.text.len + event.user.len + event.password.len);
}

// Calls write(Writer) on `buffer` itself, or aside where `longest` bytes and the slack might not
// fit, and then cuts. Returns the length of the whole text.
template <class Write>
std::size_t write_cut(char *buffer, std::size_t size, std::size_t longest, Write write) {
    if (size >= longest + Writer::kSlack) {
        char *const end = write(Writer{buffer}).end();
        *end = '\0';
        return static_cast<std::size_t>(end - buffer);
    }
    std::string aside(longest + Writer::kSlack, '\0');
    char *const end = write(Writer{aside.data()}).end();
    const auto length = static_cast<std::size_t>(end - aside.data());
    if (size != 0) {
        const std::size_t kept = std::min(length, size - 1);
        std::memcpy(buffer, aside.data(), kept);
        buffer[kept] = '\0';
    }
    return length;
}

} // namespace

std::size_t format_log_line(const pop3ana_event &event, char *buffer, std::size_t size) {
    return write_cut(buffer, size, longest_line(event),
                     [&](Writer line) { return put_line(line, event); });
}

std::size_t escape_text(std::string_view text, char *buffer, std::size_t size) {
    return write_cut(buffer, size, Writer::kMaxEscape * text.size(),
                     [&](Writer writer) { return writer.escaped(text); });
}

} // namespace pop3ana
