// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/forms/form.hpp"

#include "fleet/forms/forms.hpp"

#include <array>

namespace pop3fleet {
namespace {

struct FormRow {
    std::string_view name;
    bool (*add_fields)(const Event &event, Fields &fields);
    void (Fields::*write)(std::string &out) const;
};

/// In the order of Form.
constexpr std::array<FormRow, kFormCount> kForms{{
    {"eve", add_eve_fields, &Fields::write_nested},
    {"zeek", add_zeek_fields, &Fields::write_flat},
    {"ecs", add_ecs_fields, &Fields::write_nested},
    {"ocsf", add_ocsf_fields, &Fields::write_nested},
}};

} // namespace

std::optional<Form> find_form(std::string_view name) {
    for (std::size_t i = 0; i < kForms.size(); ++i)
        if (kForms[i].name == name) return static_cast<Form>(i);
    return std::nullopt;
}

bool write_in_form(Form form, const simdjson::dom::object &object, std::string &out) {
    const std::optional<Event> event = Event::read(object);
    if (!event) return false;
    const FormRow &row = kForms[static_cast<std::size_t>(form)];
    Fields fields;
    if (!row.add_fields(*event, fields) || !event->put_members(form, fields)) return false;
    (fields.*row.write)(out);
    out += '\n';
    return true;
}

} // namespace pop3fleet
