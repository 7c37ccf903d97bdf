// The members in their order, those of events/event_table.hpp.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/json_line.hpp"

#include "output/event_text.hpp"
#include "output/json_writer.hpp"

#include "events/event_table.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace pop3dump {
namespace {

/// What all events have, beside what repeats; other members come before the line.
namespace key {
constexpr JsonKey kEvent("event");
constexpr JsonKey kFile("file");
constexpr JsonKey kRequestFile("request_file");
constexpr JsonKey kFirstFile("first_file");
constexpr JsonKey kLastFile("last_file");
constexpr JsonKey kPhase("phase");
constexpr JsonKey kLine("line");
} // namespace key

constexpr std::array kPhaseNames{"start",  "authorization", "transaction",
                                 "update", "finished",      "unknown"};

/// Microseconds are what the log has too.
constexpr std::uint64_t kMicrosecondNs = 1000;

void put_address(JsonWriter &json, const JsonKey &key, std::uint8_t family,
                 const std::uint8_t *address) {
    AddressBuffer buffer;
    json.plain(key, address_text(buffer, family, address));
}

void put(JsonWriter &json, const JsonKey &key, const pop3ana_event &event,
         pop3ana::TextMember value) {
    json.text(key, view(event.*value.member));
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_event &event,
         pop3ana::NameMember value) {
    json.plain(key, pop3ana::name_of(event.*value.member, value.names));
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_event &event,
         pop3ana::FlagMember value) {
    json.boolean(key, event.*value.member != 0);
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_event &,
         pop3ana::ConstantMember constant) {
    json.boolean(key, constant.value);
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_event &event,
         pop3ana::AddressMember value) {
    put_address(json, key, event.*value.family, event.*value.address);
}

void put(JsonWriter &json, const JsonKey &key, const pop3ana_event &event,
         pop3ana::DurationMember value) {
    json.seconds(key, event.*value.member / kMicrosecondNs);
}

void put(JsonWriter &json, const JsonKey &key, const pop3ana_session_summary &summary,
         const pop3ana::SummaryCount &value) {
    json.number(key, summary.*value.member);
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_session_summary &summary,
         const pop3ana::SummaryFrame &value) {
    json.number(key, summary.*value.member);
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_session_summary &summary,
         const pop3ana::SummaryCertain &value) {
    const std::int64_t count = summary.*value.member;
    if (count >= 0) json.number(key, static_cast<std::uint64_t>(count));
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_session_summary &summary,
         const pop3ana::SummaryKnownCount &value) {
    const std::uint64_t count = summary.*value.member;
    if (count != value.kNotKnown) json.number(key, count);
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_session_summary &summary,
         const pop3ana::SummaryFlag &value) {
    if (summary.*value.member != 0) json.boolean(key, true);
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_session_summary &summary,
         const pop3ana::SummaryText &value) {
    const std::string_view text = view(summary.*value.member);
    if (!text.empty())
        json.text(key, text);
    else if (value.is_null_if_empty)
        json.null(key);
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_session_summary &summary,
         const pop3ana::SummaryName &value) {
    json.plain(key, pop3ana::name_of(summary.*value.member, value.names));
}
void put(JsonWriter &json, const JsonKey &key, const pop3ana_session_summary &summary,
         const pop3ana::SummaryFlags &value) {
    json.begin_array(key);
    for (const auto &flag : value.flags)
        if (summary.*flag.member != 0) json.element(flag.name);
    json.end_array();
}
/// Times and durations.
template <class Value>
void put(JsonWriter &json, const JsonKey &key, const pop3ana_session_summary &summary,
         const Value &value) {
    const std::int64_t time_ns = summary.*value.member;
    if (time_ns >= 0) json.seconds(key, static_cast<std::uint64_t>(time_ns) / kMicrosecondNs);
}
template <std::size_t Row> constexpr JsonKey kSummaryKey(pop3ana::kSummaryMembers[Row].name);

void put(JsonWriter &json, const JsonKey &, const pop3ana_event &event,
         pop3ana::SummaryMember value) {
    pop3ana::for_each_summary_member([&](auto row) {
        put(json, kSummaryKey<row>, *(event.*value.member), pop3ana::kSummaryValue<row>);
    });
}
/// Of frames, counts and ports.
template <class Value>
void put(JsonWriter &json, const JsonKey &key, const pop3ana_event &event, Value value) {
    json.number(key, event.*value.member);
}

template <std::size_t Row> constexpr JsonKey kMemberKey(pop3ana::kMembers[Row].name);

/// What only some types of events have.
void put_members(JsonWriter &json, const pop3ana_event &event) {
    pop3ana::for_each_member(event.type, [&](auto row) {
        constexpr pop3ana::Presence presence = pop3ana::kMembers[row].presence;
        constexpr auto value = pop3ana::kMemberValue<row>;
        if (presence == pop3ana::Presence::kAlways || !is_empty(event, value))
            put(json, kMemberKey<row>, event, value);
        else if (presence == pop3ana::Presence::kNullIfEmpty)
            json.null(kMemberKey<row>);
    });
}

void put_files(JsonWriter &json, const EventFiles &files) {
    const auto put_file = [&json](const JsonKey &key, std::string_view file) {
        if (!file.empty()) json.text(key, file);
    };
    put_file(key::kFile, files.file);
    put_file(key::kRequestFile, files.request_file);
    put_file(key::kFirstFile, files.first_file);
    put_file(key::kLastFile, files.last_file);
}

} // namespace

std::size_t JsonLineWriter::longest(const pop3ana_event &event, const EventFiles &files,
                                    std::string_view log_line) {
    constexpr std::size_t kMostMembers =
        7 + pop3ana::kMembers.size() + pop3ana::kSummaryMembers.size(); // 7: namespace key
    // Names of events, phases and anomalies, and addresses, count as escaped too.
    constexpr std::size_t kNamesBytes = 3 * 24 + 2 * (INET6_ADDRSTRLEN - 1);
    constexpr std::size_t kFixedBytes =
        sizeof("{}\n") + 3 * JsonRepeats::kMostBytes + kMostMembers * JsonWriter::kMemberBytes +
        JsonWriter::kLongestEscape * kNamesBytes + JsonWriter::kSlack;
    std::size_t text_bytes = log_line.size() + files.file.size() + files.request_file.size() +
                             files.first_file.size() + files.last_file.size();
    pop3ana::for_each_member(event.type, [&](auto row) {
        constexpr auto value = pop3ana::kMemberValue<row>;
        if constexpr (std::is_same_v<decltype(value), const pop3ana::TextMember>)
            text_bytes += (event.*value.member).len;
        if constexpr (std::is_same_v<decltype(value), const pop3ana::SummaryMember>)
            text_bytes += event.summary->user.len + event.summary->mechanism.len;
    });
    return kFixedBytes + JsonWriter::kLongestEscape * text_bytes;
}

char *JsonLineWriter::write(char *to, const pop3ana_event &event, const EventFiles &files,
                            std::string_view log_line) {
    JsonWriter json(to);
    json.begin_object();
    json.members(repeats_.times(event.ts_ns));
    json.plain(key::kEvent, pop3ana_event_name(event.type));
    json.members(repeats_.numbers(event.session, event.frame));
    put_files(json, files);
    json.members(repeats_.ends(event));
    json.plain(key::kPhase, pop3ana::name_of(event.phase, kPhaseNames));
    put_members(json, event);
    if (event.in_log != 0) json.text(key::kLine, log_line);
    json.end_object();
    *json.end() = '\n';
    return json.end() + 1;
}

} // namespace pop3dump
