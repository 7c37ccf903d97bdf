// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/event_codec.hpp"

#include "events/event_table.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

constexpr std::uint8_t kPhaseMask = 7;
constexpr std::uint8_t kInLog = 8;
constexpr std::uint8_t kFromServer = 16;
constexpr std::uint8_t kBehindProxy = 32;

constexpr std::size_t kAddressBytes = 16;

std::size_t bytes_of_address(std::uint8_t family) {
    return family == 4 ? 4 : kAddressBytes;
}

// Small numbers for what goes a little forth or back.
std::uint64_t encode_distance(std::uint64_t from, std::uint64_t to) {
    const std::uint64_t distance = to - from;
    return distance >> 63 != 0 ? ~(distance << 1) : distance << 1;
}

std::uint64_t decode_distance(std::uint64_t from, std::uint64_t code) {
    return from + ((code & 1) != 0 ? ~(code >> 1) : code >> 1);
}

void encode_text(pop3ana_slice text, std::vector<std::uint8_t> &to) {
    encode_number(text.len, to);
    to.insert(to.end(), text.ptr, text.ptr + text.len);
}
void encode(const pop3ana_event &event, TextMember value, std::vector<std::uint8_t> &to) {
    encode_text(event.*value.member, to);
}
void encode(const pop3ana_event &event, FrameMember value, std::vector<std::uint8_t> &to) {
    encode_number(encode_distance(event.frame, event.*value.member), to);
}
void encode_address(std::uint8_t family, const std::uint8_t *address,
                    std::vector<std::uint8_t> &to) {
    to.push_back(family);
    to.insert(to.end(), address, address + bytes_of_address(family));
}
void encode(const pop3ana_event &event, AddressMember value, std::vector<std::uint8_t> &to) {
    encode_address(event.*value.family, event.*value.address, to);
}
template <class Value>
void encode(const pop3ana_event &event, Value value, std::vector<std::uint8_t> &to) {
    encode_number(event.*value.member, to);
}

// Members of a summary: all of them.
void encode(const pop3ana_session_summary &summary, const SummaryText &value,
            std::vector<std::uint8_t> &to) {
    encode_text(summary.*value.member, to);
}
void encode(const pop3ana_session_summary &summary, const SummaryFlags &value,
            std::vector<std::uint8_t> &to) {
    for (const SummaryFlags::Flag &flag : value.flags)
        to.push_back(summary.*flag.member);
}
/// Of counts, names and times. A duration that is not known is the largest number.
template <class Value>
void encode(const pop3ana_session_summary &summary, const Value &value,
            std::vector<std::uint8_t> &to) {
    encode_number(static_cast<std::uint64_t>(summary.*value.member), to);
}
void encode(const pop3ana_event &event, SummaryMember value, std::vector<std::uint8_t> &to) {
    for_each_summary_member(
        [&](auto row) { encode(*(event.*value.member), kSummaryValue<row>, to); });
}

bool decode_text(std::span<const std::uint8_t> &from, pop3ana_slice &text) {
    std::uint64_t bytes = 0;
    if (!decode_number(from, bytes) || bytes > from.size()) return false;
    text = {reinterpret_cast<const char *>(from.data()), bytes};
    from = from.subspan(bytes);
    return true;
}
bool decode(std::span<const std::uint8_t> &from, pop3ana_event &event, TextMember value) {
    return decode_text(from, event.*value.member);
}
bool decode(std::span<const std::uint8_t> &from, pop3ana_event &event, FrameMember value) {
    std::uint64_t code = 0;
    if (!decode_number(from, code)) return false;
    event.*value.member = decode_distance(event.frame, code);
    return true;
}
bool decode_address(std::span<const std::uint8_t> &from, std::uint8_t &family,
                    std::uint8_t *address) {
    if (from.empty()) return false;
    family = from.front();
    const std::size_t bytes = bytes_of_address(family);
    if ((family != 4 && family != 6) || from.size() < 1 + bytes) return false;
    std::fill_n(std::copy_n(from.begin() + 1, bytes, address), kAddressBytes - bytes,
                std::uint8_t{0});
    from = from.subspan(1 + bytes);
    return true;
}
bool decode(std::span<const std::uint8_t> &from, pop3ana_event &event, AddressMember value) {
    return decode_address(from, event.*value.family, event.*value.address);
}
template <class Number> bool decode_as(std::span<const std::uint8_t> &from, Number &number) {
    std::uint64_t value = 0;
    if (!decode_number(from, value)) return false;
    number = static_cast<Number>(value);
    return number == value;
}
template <class Value>
bool decode(std::span<const std::uint8_t> &from, pop3ana_event &event, Value value) {
    return decode_as(from, event.*value.member);
}

bool decode(std::span<const std::uint8_t> &from, pop3ana_session_summary &summary,
            const SummaryText &value) {
    return decode_text(from, summary.*value.member);
}
bool decode(std::span<const std::uint8_t> &from, pop3ana_session_summary &summary,
            const SummaryFlags &value) {
    return std::all_of(value.flags.begin(), value.flags.end(),
                       [&](const auto &flag) { return decode_as(from, summary.*flag.member); });
}
template <class Value>
bool decode(std::span<const std::uint8_t> &from, pop3ana_session_summary &summary,
            const Value &value) {
    std::uint64_t number = 0;
    if (!decode_number(from, number)) return false;
    using Member = std::remove_reference_t<decltype(summary.*value.member)>;
    summary.*value.member = static_cast<Member>(number);
    return static_cast<std::uint64_t>(summary.*value.member) == number;
}
bool decode_summary(std::span<const std::uint8_t> &from, pop3ana_session_summary &summary) {
    summary = {};
    summary.struct_size = sizeof(summary);
    bool is_whole = true;
    for_each_summary_member(
        [&](auto row) { is_whole = is_whole && decode(from, summary, kSummaryValue<row>); });
    return is_whole;
}

// Calls visit(value, bit) for each member that is kept and carried by the type.
template <class Visit> void for_each_stored(std::uint32_t type, Visit visit) {
    std::uint64_t bit = 1;
    for_each_member(type, [&](auto row) {
        constexpr auto value = kMemberValue<row>;
        if constexpr (kIsStored<decltype(value)>) {
            visit(value, bit);
            bit <<= 1;
        }
    });
}

} // namespace

void encode_number(std::uint64_t value, std::vector<std::uint8_t> &to) {
    for (; value >= 0x80; value >>= 7)
        to.push_back(static_cast<std::uint8_t>(value | 0x80));
    to.push_back(static_cast<std::uint8_t>(value));
}

bool decode_number(std::span<const std::uint8_t> &from, std::uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; !from.empty() && shift < 64; shift += 7) {
        const std::uint8_t byte = from.front();
        from = from.subspan(1);
        const std::uint64_t bits = byte & 0x7fU;
        value |= bits << shift;
        if (byte < 0x80) return value >> shift == bits;
    }
    return false;
}

void encode_event(const pop3ana_event &event, std::int64_t base_ns, std::vector<std::uint8_t> &to) {
    const unsigned flags = (event.phase & kPhaseMask) | (event.in_log != 0 ? kInLog : 0U) |
                           (event.from_responder != 0 ? kFromServer : 0U) |
                           (event.proxy_family != 0 ? kBehindProxy : 0U);
    to.push_back(static_cast<std::uint8_t>(flags));
    to.push_back(static_cast<std::uint8_t>(event.type));
    encode_number(encode_distance(static_cast<std::uint64_t>(base_ns),
                                  static_cast<std::uint64_t>(event.ts_ns)),
                  to);
    if (event.proxy_family != 0) {
        encode_address(event.originator_family, event.originator_address, to);
        encode_number(event.originator_port, to);
        encode_address(event.proxy_family, event.proxy_address, to);
        encode_number(event.proxy_port, to);
    }
    std::uint64_t there = 0;
    for_each_stored(event.type, [&](auto value, std::uint64_t bit) {
        if (!is_empty(event, value)) there |= bit;
    });
    encode_number(there, to);
    for_each_stored(event.type, [&](auto value, std::uint64_t bit) {
        if ((there & bit) != 0) encode(event, value, to);
    });
}

bool decode_event(std::span<const std::uint8_t> &from, std::int64_t base_ns, pop3ana_event &event,
                  pop3ana_session_summary &summary) {
    if (from.size() < 2) return false;
    const std::uint8_t flags = from[0];
    event.phase = flags & kPhaseMask;
    event.in_log = (flags & kInLog) != 0 ? 1 : 0;
    event.from_responder = (flags & kFromServer) != 0 ? 1 : 0;
    event.type = from[1];
    from = from.subspan(2);
    std::uint64_t time = 0, there = 0;
    if (find_event_row(event.type) == nullptr || !decode_number(from, time)) return false;
    event.proxy_family = 0;
    if ((flags & kBehindProxy) != 0 &&
        !(decode_address(from, event.originator_family, event.originator_address) &&
          decode_as(from, event.originator_port) &&
          decode_address(from, event.proxy_family, event.proxy_address) &&
          decode_as(from, event.proxy_port)))
        return false;
    if (!decode_number(from, there)) return false;
    event.ts_ns =
        static_cast<std::int64_t>(decode_distance(static_cast<std::uint64_t>(base_ns), time));
    clear_members(event);
    bool is_whole = true;
    for_each_stored(event.type, [&](auto value, std::uint64_t bit) {
        if ((there & bit) == 0 || !is_whole) return;
        if constexpr (std::is_same_v<decltype(value), SummaryMember>) {
            event.*value.member = &summary;
            is_whole = decode_summary(from, summary);
        } else {
            is_whole = decode(from, event, value);
        }
    });
    return is_whole;
}

} // namespace pop3ana
