// How what is written down looks: warnings as pop3dump writes them, or all events in the form of
// another program.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/forms/form.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pop3fleet {

struct OutputStyle {
    bool is_json = false;
    std::optional<Form> form; ///< then not only warnings

    [[nodiscard]] bool has_all_events() const { return form.has_value(); }
};

class FormWriter {
public:
    explicit FormWriter(Form form) : form_(form) {}

    /// Of a line of pop3dump --json, or of warning_json(), without its end, as the sensor's. "":
    /// the form has no place for it, or it is no event.
    std::string write(const std::string &sensor, std::string_view json);

private:
    Form form_;
    simdjson::dom::parser parser_;
    std::string with_sensor_;
};

} // namespace pop3fleet
