// The forms one by one: what they have beside the members of an event.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/forms/event.hpp"
#include "fleet/forms/fields.hpp"

namespace pop3fleet {

/// Each adds the fields that make an event one of its form. False where the form has nothing to say
/// about it.
bool add_eve_fields(const Event &event, Fields &fields);
bool add_zeek_fields(const Event &event, Fields &fields);
bool add_ecs_fields(const Event &event, Fields &fields);
bool add_ocsf_fields(const Event &event, Fields &fields);

} // namespace pop3fleet
