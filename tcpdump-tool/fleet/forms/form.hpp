// The events of pop3dump --json in the forms of other programs. Which member goes where:
// places.hpp.
//
// What a form has no place for is left out. Passwords, and texts that may hold one, never leave:
// see places.hpp.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pop3fleet {

enum class Form : std::uint8_t {
    kEve,  ///< of Suricata
    kZeek, ///< its logs in JSON
    kEcs,  ///< Elastic Common Schema
    kOcsf, ///< Open Cybersecurity Schema Framework
};
inline constexpr std::size_t kFormCount = 4;

/// The form called `name`: "eve", "zeek", "ecs" or "ocsf".
std::optional<Form> find_form(std::string_view name);

/// Appends `object`, an event as pop3dump --json writes it, to `out` as one line in `form`, in
/// ASCII, with its line end. Returns false and leaves `out` as it was where the form has nothing to
/// say about such an event, or the object is no event: a member is missing that every event has, or
/// has another type.
bool write_in_form(Form form, const simdjson::dom::object &object, std::string &out);

} // namespace pop3fleet
