// Build-time generator: make_man TEMPLATE VERSION writes the manual page to the standard output.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/fill_template.hpp"
#include "cli/option_rows.hpp"
#include "events/event_table.hpp"

#include <fmt/core.h>
#include <iostream>
#include <string>
#include <string_view>

namespace {

using pop3dump::OptionRow;

/// Text as groff wants it: its escapes and requests masked, and hyphens that can be copied.
std::string roff(std::string_view text) {
    std::string masked;
    for (const char c : text) {
        if (c == '\\') {
            masked += "\\e";
        } else if (c == '-') {
            masked += "\\-";
        } else if (masked.empty() && (c == '.' || c == '\'')) {
            masked += std::string("\\&") + c;
        } else {
            masked += c;
        }
    }
    return masked;
}

std::string sentence(std::string_view summary) {
    std::string text = roff(summary);
    if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text.ends_with('.') ? text : text + '.';
}

void add_row(std::string &text, const OptionRow &row) {
    std::string head;
    if (row.letter != 0) head = fmt::format(R"(\fB\-{}\fR)", row.letter);
    if (row.letter != 0 && row.name != nullptr) head += ", ";
    if (row.name != nullptr) head += fmt::format(R"(\fB\-\-{}\fR)", roff(row.name));
    if (row.argument != nullptr) head += fmt::format(" \\fI{}\\fR", row.argument);
    text += fmt::format(".TP\n{}\n{}\n", head, sentence(row.summary));
    if (row.detail != nullptr) text += roff(row.detail) + '\n';
}

std::string options_section() {
    std::string text;
    for (const pop3dump::OptionGroup &group : pop3dump::option_groups()) {
        text += fmt::format(".SS {}\n", group.title);
        for (const OptionRow &row : group.rows)
            add_row(text, row);
    }
    return text;
}

std::string member_text(const char *name, bool is_optional, const char *words) {
    return fmt::format(".br\n.BR {} \"{}: {}\"\n", roff(name), is_optional ? " (optional)" : "",
                       roff(words));
}

std::string events_section() {
    std::string text;
    for (const pop3ana::EventRow &event : pop3ana::kEvents) {
        text += fmt::format(".TP\n.B {}\n{}\n", roff(event.name), roff(event.summary));
        for (const pop3ana::MemberRow &member : pop3ana::kMembers) {
            if ((member.carried_by & pop3ana::events(event.type)) == 0) continue;
            if (std::holds_alternative<pop3ana::SummaryMember>(member.value)) {
                for (const pop3ana::SummaryRow &row : pop3ana::kSummaryMembers)
                    text += member_text(row.name, row.is_optional(), row.words);
                continue;
            }
            text += member_text(member.name, member.presence == pop3ana::Presence::kUnlessEmpty,
                                member.words);
        }
        if (event.line == pop3ana::LogLine::kNever) text += ".br\nNo log line.\n";
    }
    return text;
}

/// Kinds of something and what they mean; the first means none.
std::string kinds_section(const auto &rows) {
    std::string text;
    for (const auto &row : rows)
        if (row.kind != 0)
            text += fmt::format(".TP\n.B {}\n{}.\n", roff(row.name), roff(row.summary));
    return text;
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 3) {
        std::cerr << "Usage: make_man TEMPLATE VERSION\n";
        return 2;
    }
    return pop3dump::fill_template(argv[1], {{"@VERSION@", argv[2]},
                                             {"@OPTIONS@\n", options_section()},
                                             {"@EVENTS@\n", events_section()},
                                             {"@ANOMALIES@\n", kinds_section(pop3ana::kAnomalies)},
                                             {"@REASONS@\n", kinds_section(pop3ana::kReasons)}});
}
