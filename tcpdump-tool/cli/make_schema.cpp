// Build-time generator: make_schema TEMPLATE writes the JSON Schema of the events to the standard
// output. The template has what all events have in common.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/fill_template.hpp"
#include "events/event_table.hpp"

#include <fmt/core.h>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using pop3ana::LogLine;
using pop3ana::MemberRow;
using pop3ana::Presence;

/// A text as JSON has it: those of the tables are printing ASCII.
std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

std::string enum_of(std::span<const char *const> values) {
    std::string names;
    for (const char *name : values)
        names += (names.empty() ? "" : ", ") + quoted(name);
    return fmt::format(R"("enum": [{}])", names);
}

/// Counts and frames; where there is none the member is not there.
constexpr const char *kNumber = R"("type": "integer", "minimum": 1)";

constexpr const char *kSeconds = R"("type": "number", "minimum": 0)";

/// Which values a member has.
struct TypeOfMember {
    bool can_be_empty;
    bool can_be_null;

    std::string operator()(pop3ana::CountMember) const { return kNumber; }
    std::string operator()(pop3ana::SequenceMember) const { return kNumber; }
    std::string operator()(pop3ana::FrameMember) const { return kNumber; }
    std::string operator()(pop3ana::TextMember) const {
        if (can_be_null) return R"("type": ["string", "null"])";
        return can_be_empty ? R"("type": "string")" : R"("type": "string", "minLength": 1)";
    }
    std::string operator()(const pop3ana::NameMember &member) const {
        return enum_of(member.names.subspan(1)); // the first one stands for none
    }
    std::string operator()(pop3ana::FlagMember) const {
        return can_be_empty ? R"("type": "boolean")" : R"("const": true)";
    }
    std::string operator()(pop3ana::AddressMember) const { return R"("$ref": "#/$defs/address")"; }
    std::string operator()(pop3ana::PortMember) const { return R"("$ref": "#/$defs/port")"; }
    std::string operator()(pop3ana::DurationMember) const { return kSeconds; }
    std::string operator()(pop3ana::SummaryMember) const { return {}; } // its members are
    std::string operator()(pop3ana::ConstantMember member) const {
        return fmt::format(R"("const": {})", member.value);
    }
};

struct TypeOfSummaryMember {
    std::string operator()(pop3ana::SummaryCount) const {
        return R"("type": "integer", "minimum": 0)";
    }
    std::string operator()(pop3ana::SummaryFrame) const { return (*this)(pop3ana::SummaryCount{}); }
    std::string operator()(pop3ana::SummaryCertain) const {
        return (*this)(pop3ana::SummaryCount{});
    }
    std::string operator()(pop3ana::SummaryKnownCount) const {
        return (*this)(pop3ana::SummaryCount{});
    }
    std::string operator()(pop3ana::SummaryFlag) const { return R"("const": true)"; }
    std::string operator()(pop3ana::SummaryTime) const { return kSeconds; }
    std::string operator()(pop3ana::SummaryDuration) const { return kSeconds; }
    std::string operator()(const pop3ana::SummaryText &text) const {
        return text.is_null_if_empty ? R"("type": ["string", "null"])" : R"("type": "string")";
    }
    std::string operator()(const pop3ana::SummaryName &member) const {
        return enum_of(member.names.subspan(1));
    }
    std::string operator()(const pop3ana::SummaryFlags &member) const {
        std::vector<const char *> names;
        for (const auto &flag : member.flags)
            names.push_back(flag.name);
        return fmt::format(R"("type": "array", "items": {{{}}})", enum_of(names));
    }
};

std::string summary_schema() {
    std::string text;
    for (const pop3ana::SummaryRow &row : pop3ana::kSummaryMembers)
        text += fmt::format("{}{}: {{{}, \"description\": {}}}", text.empty() ? "" : ",\n        ",
                            quoted(row.name), std::visit(TypeOfSummaryMember{}, row.value),
                            quoted(row.words));
    return text;
}

/// Those that every summary has.
std::string required_of_summary() {
    std::string text;
    for (const pop3ana::SummaryRow &row : pop3ana::kSummaryMembers)
        if (!row.is_optional()) text += ", " + quoted(row.name);
    return text;
}

std::string member_schema(const MemberRow &member) {
    const TypeOfMember type{member.presence == Presence::kAlways,
                            member.presence == Presence::kNullIfEmpty};
    return fmt::format("{}: {{{}, \"description\": {}}}", quoted(member.name),
                       std::visit(type, member.value), quoted(member.words));
}

std::string event_schema(const pop3ana::EventRow &event) {
    std::string properties =
        fmt::format("        \"event\": {{\"const\": {}}}", quoted(event.name));
    std::string required;
    for (const MemberRow &member : pop3ana::kMembers) {
        if ((member.carried_by & pop3ana::events(event.type)) == 0) continue;
        if (std::holds_alternative<pop3ana::SummaryMember>(member.value)) {
            properties += ",\n        " + summary_schema();
            required += required_of_summary();
            continue;
        }
        properties += ",\n        " + member_schema(member);
        if (member.presence != Presence::kUnlessEmpty) required += ", " + quoted(member.name);
    }
    if (event.line == LogLine::kNever) properties += ",\n        \"line\": false";
    if (event.line == LogLine::kAlways) required += ", \"line\"";
    return fmt::format("    {{\n      \"title\": {},\n      \"properties\": {{\n{}\n      }},\n"
                       "      \"required\": [\"event\"{}]\n    }}",
                       quoted(event.summary), properties, required);
}

std::string all_events() {
    std::string text;
    for (const pop3ana::EventRow &event : pop3ana::kEvents)
        text += (text.empty() ? "" : ",\n") + event_schema(event);
    return text;
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "Usage: make_schema TEMPLATE\n";
        return 2;
    }
    return pop3dump::fill_template(argv[1], {{"@EVENTS@", all_events()}});
}
