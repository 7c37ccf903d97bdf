// Build-time generator: make_completion TEMPLATE writes the completion for bash to the standard
// output, with functions that know the tables of options and events.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/fill_template.hpp"
#include "cli/option_rows.hpp"
#include "output/event_selection.hpp"

#include <fmt/core.h>
#include <iostream>
#include <string>
#include <string_view>

namespace {

struct Functions {
    std::string words;     ///< all options
    std::string arguments; ///< what an option takes, by the name that the usage text has for it
};

void add_row(Functions &functions, const pop3dump::OptionRow &row) {
    std::string names;
    if (row.letter != 0) names = std::string{'-', row.letter};
    if (row.letter != 0 && row.name != nullptr) names += ' ';
    if (row.name != nullptr) names += std::string("--") + row.name;
    functions.words += ' ' + names;
    if (row.argument == nullptr) return;
    const std::size_t blank = names.find(' ');
    if (blank != std::string::npos) names.replace(blank, 1, " | ");
    functions.arguments += fmt::format("        {}) echo {} ;;\n", names, row.argument);
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 2) {
        std::cerr << "Usage: make_completion TEMPLATE\n";
        return 2;
    }
    Functions functions;
    for (const pop3dump::OptionGroup &group : pop3dump::option_groups()) {
        for (const pop3dump::OptionRow &row : group.rows)
            add_row(functions, row);
    }
    std::string events;
    for (const std::string_view name : pop3dump::selectable_types())
        events += fmt::format(" {}", name);
    const std::string text =
        fmt::format("_pop3dump_options() {{\n    echo{}\n}}\n\n"
                    "_pop3dump_events() {{\n    echo{}\n}}\n\n"
                    "_pop3dump_argument() {{\n    case $1 in\n{}    esac\n}}\n",
                    functions.words, events, functions.arguments);
    return pop3dump::fill_template(argv[1], {{"@FUNCTIONS@\n", text}});
}
