// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/event_text.hpp"

namespace pop3fleet {

std::string FormWriter::write(const std::string &sensor, std::string_view json) {
    if (!json.starts_with('{')) return "";
    // Names of sensors need no escapes. A member that comes first is the one that is found.
    with_sensor_.assign(R"({"sensor":")").append(sensor).append("\",").append(json.substr(1));
    simdjson::dom::object object;
    std::string text;
    if (parser_.parse(with_sensor_).get(object) != simdjson::SUCCESS ||
        !write_in_form(form_, object, text))
        return "";
    text.pop_back(); // its line end
    return text;
}

} // namespace pop3fleet
