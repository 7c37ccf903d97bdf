// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/forms/event.hpp"

#include "fleet/forms/moment.hpp"
#include "fleet/forms/places.hpp"

#include "base/parse.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <type_traits>
#include <variant>

namespace pop3fleet {
namespace {

using simdjson::dom::element;

/// The type that a member has in JSON.
enum class Kind : std::uint8_t { kText, kTime, kCount, kPort, kFlag, kSeconds, kAddress, kTexts };

template <class Value, class... Others>
inline constexpr bool kIsOneOf = (std::is_same_v<Value, Others> || ...);

constexpr Kind kind_of_value(const auto &value) {
    using namespace pop3ana;
    return std::visit(
        []<class Value>(const Value &) {
            if constexpr (kIsOneOf<Value, TextMember, NameMember, SummaryText, SummaryName>)
                return Kind::kText;
            else if constexpr (kIsOneOf<Value, FlagMember, ConstantMember, SummaryFlag>)
                return Kind::kFlag;
            else if constexpr (kIsOneOf<Value, DurationMember, SummaryDuration, SummaryTime>)
                return Kind::kSeconds;
            else if constexpr (kIsOneOf<Value, AddressMember>)
                return Kind::kAddress;
            else if constexpr (kIsOneOf<Value, PortMember>)
                return Kind::kPort;
            else if constexpr (kIsOneOf<Value, SummaryFlags>)
                return Kind::kTexts;
            else
                return Kind::kCount;
        },
        value);
}

constexpr Kind kind_of_row(const PlaceRow &place) {
    const std::string_view name = place.member;
    for (const pop3ana::MemberRow &row : pop3ana::kMembers)
        if (row.name == name && (row.carried_by & place.of) != 0) return kind_of_value(row.value);
    for (const pop3ana::SummaryRow &row : pop3ana::kSummaryMembers)
        if (row.name == name) return kind_of_value(row.value);
    if (name == "time") return Kind::kTime;
    if (name == "session" || name == "frame") return Kind::kCount;
    if (name.ends_with("_h") || name == "proxy.h") return Kind::kAddress;
    if (name.ends_with("_p") || name == "proxy.p") return Kind::kPort;
    return Kind::kText;
}

/// By the row in kPlaces.
constexpr auto kKinds = [] {
    std::array<Kind, kPlaces.size()> kinds{};
    for (std::size_t i = 0; i < kinds.size(); ++i)
        kinds[i] = kind_of_row(kPlaces[i]);
    return kinds;
}();

/// Commands whose arguments and answers hold no secret.
constexpr std::array<std::string_view, 14> kTellable{"CAPA", "DELE", "LANG", "LAST", "LIST",
                                                     "NOOP", "OK",   "QUIT", "RETR", "RSET",
                                                     "STAT", "STLS", "TOP",  "USER"};

/// False where the text does not begin with 12 hexadecimal digits. 48 bits are exact in readers
/// that take numbers for doubles.
bool put_flow_id(Fields &fields, const char *path, std::string_view uid) {
    constexpr std::size_t kDigits = 12;
    std::int64_t number = 0;
    if (uid.size() < kDigits) return false;
    const char *const end = uid.data() + kDigits;
    const auto [stop, error] = std::from_chars(uid.data(), end, number, 16);
    if (error != std::errc() || stop != end || number < 0) return false;
    fields.number(path, number);
    return true;
}

void put_words(Fields &fields, const char *path, std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    std::string words = "[";
    for (std::size_t begin = text.find_first_not_of(kBlanks); begin != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(kBlanks, begin), text.size());
        if (words.size() > 1) words += ',';
        append_json_text(words, text.substr(begin, end - begin));
        begin = text.find_first_not_of(kBlanks, end);
    }
    fields.json(path, words += ']');
}

void put_tls_version(Fields &fields, const Place &place, std::string_view version) {
    constexpr std::string_view kName = "TLSv";
    if (!version.starts_with(kName)) return fields.text(place.path, version);
    const std::string_view number = version.substr(kName.size());
    if (place.as == As::kTlsNumber) return fields.text(place.path, number);
    if (place.as == As::kTlsSpaced)
        return fields.text(place.path, number == "1.0" ? "TLSv1" : "TLS " + std::string(number));
    std::string dense(version);
    dense.erase(std::remove(dense.begin(), dense.end(), '.'), dense.end());
    fields.text(place.path, dense);
}

void put_moment(Fields &fields, const Place &place, std::int64_t microseconds) {
    std::string text;
    switch (place.as) {
    case As::kMs: return fields.number(place.path, microseconds / 1000);
    case As::kNs: return fields.number(place.path, microseconds * 1000);
    case As::kUtc: append_utc(text, microseconds, "Z"); break;
    case As::kEveTime: append_utc(text, microseconds, "+0000"); break;
    default: append_seconds(text, microseconds); return fields.json(place.path, text);
    }
    fields.text(place.path, text);
}

bool put_text(Fields &fields, const Place &place, std::string_view text) {
    switch (place.as) {
    case As::kList: fields.list(place.path, text); return true;
    case As::kWords: put_words(fields, place.path, text); return true;
    case As::kFlowId: return put_flow_id(fields, place.path, text);
    case As::kTlsSpaced:
    case As::kTlsShort:
    case As::kTlsNumber: put_tls_version(fields, place, text); return true;
    default: fields.text(place.path, text); return true;
    }
}

void put_count(Fields &fields, const Place &place, std::int64_t count) {
    if (place.as == As::kList)
        fields.list(place.path, std::to_string(count));
    else
        fields.number(place.path, count);
}

bool put_texts(Fields &fields, const Place &place, const element &value) {
    simdjson::dom::array texts;
    if (value.get(texts) != simdjson::SUCCESS) return false;
    std::string list = "[";
    for (const element text : texts) {
        std::string_view one;
        if (text.get(one) != simdjson::SUCCESS) return false;
        if (list.size() > 1) list += ',';
        append_json_text(list, one);
    }
    fields.json(place.path, list += ']');
    return true;
}

/// False where the value is not of that kind.
bool put_value(Fields &fields, const Place &place, Kind kind, const element &value) {
    std::string_view text;
    std::int64_t number = 0;
    bool flag = false;
    double seconds = 0;
    switch (kind) {
    case Kind::kText: return value.get(text) == simdjson::SUCCESS && put_text(fields, place, text);
    case Kind::kAddress:
        return value.get(text) == simdjson::SUCCESS && pop3ana::parse_address(text) &&
               put_text(fields, place, text);
    case Kind::kCount:
    case Kind::kPort:
        if (value.get(number) != simdjson::SUCCESS || number < 0) return false;
        if (kind == Kind::kPort && number > 0xffff) return false;
        put_count(fields, place, number);
        return true;
    case Kind::kFlag:
        if (value.get(flag) != simdjson::SUCCESS) return false;
        fields.boolean(place.path, flag);
        return true;
    case Kind::kSeconds:
    case Kind::kTime: {
        std::optional<std::int64_t> microseconds;
        if (kind == Kind::kSeconds && value.get(seconds) == simdjson::SUCCESS)
            microseconds = microseconds_of(seconds);
        if (kind == Kind::kTime && value.get(text) == simdjson::SUCCESS)
            microseconds = parse_utc(text);
        if (microseconds) put_moment(fields, place, *microseconds);
        return microseconds.has_value();
    }
    case Kind::kTexts: return put_texts(fields, place, value);
    }
    return false;
}

} // namespace

std::optional<Event> Event::read(const simdjson::dom::object &object) {
    std::string_view text;
    if (object.at_key("event").get(text) != simdjson::SUCCESS) return std::nullopt;
    const auto *const row = std::find_if(pop3ana::kEvents.begin(), pop3ana::kEvents.end(),
                                         [&](const auto &event) { return text == event.name; });
    if (row == pop3ana::kEvents.end() || object.at_key("time").get(text) != simdjson::SUCCESS)
        return std::nullopt;
    const std::optional<std::int64_t> microseconds = parse_utc(text);
    if (!microseconds) return std::nullopt;
    Event event(object, *row, *microseconds);
    const bool is_alert =
        row->type == POP3ANA_EVENT_ALERT || row->type == POP3ANA_EVENT_THRESHOLD_WARNING;
    if (!event.text("id.orig_h") || !event.text("id.resp_h") || !event.count("id.orig_p") ||
        !event.count("id.resp_p") || (!is_alert && !event.text("uid")))
        return std::nullopt;
    return event;
}

bool Event::is_ipv6() const {
    return text("id.orig_h").value_or("").find(':') != std::string_view::npos;
}

std::optional<std::string_view> Event::text(std::string_view member) const {
    std::string_view value;
    if (object_.at_key(member).get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
}

std::optional<std::int64_t> Event::count(std::string_view member) const {
    std::int64_t value = 0;
    if (object_.at_key(member).get(value) != simdjson::SUCCESS || value < 0) return std::nullopt;
    return value;
}

std::optional<std::int64_t> Event::duration_us(std::string_view member) const {
    double value = 0;
    if (object_.at_key(member).get(value) != simdjson::SUCCESS) return std::nullopt;
    return microseconds_of(value);
}

bool Event::may_tell_texts() const {
    const std::optional<std::string_view> command = text("command");
    if (!command) return type() == POP3ANA_EVENT_REPLY && text("status") == "OK";
    return std::find(kTellable.begin(), kTellable.end(), *command) != kTellable.end();
}

bool Event::put_members(Form form, Fields &fields) const {
    const pop3ana::EventSet of = pop3ana::events(type());
    for (std::size_t i = 0; i < kPlaces.size(); ++i) {
        const PlaceRow &row = kPlaces[i];
        const Place &place = row.places[static_cast<std::size_t>(form)];
        if ((row.of & of) == 0 || place.path == nullptr) continue;
        element value;
        if (object_.at_key(row.member).get(value) != simdjson::SUCCESS || value.is_null()) continue;
        if (row.guard == Guard::kText && !may_tell_texts()) continue;
        if (!put_value(fields, place, kKinds[i], value)) return false;
    }
    return true;
}

} // namespace pop3fleet
