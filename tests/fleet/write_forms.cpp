// Reads lines of pop3dump --json and writes them in a form.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/forms/form.hpp"

#include <iostream>
#include <optional>
#include <string>

int main(int argc, char **argv) {
    const std::optional<pop3fleet::Form> form =
        argc == 2 ? pop3fleet::find_form(argv[1]) : std::nullopt;
    if (!form) {
        std::cerr << "usage: write_forms eve|zeek|ecs|ocsf\n";
        return 2;
    }
    simdjson::dom::parser parser;
    std::string line;
    std::string out;
    while (std::getline(std::cin, line)) {
        simdjson::dom::object event;
        if (parser.parse(line).get(event) != simdjson::SUCCESS) continue;
        out.clear();
        if (pop3fleet::write_in_form(*form, event, out)) std::cout << out;
    }
    return 0;
}
