// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tree_place.hpp"

#include <pop3ana/pop3ana.h>

namespace pop3ana_plugin {

/// Shows what was seen of a session, which is over: `end` is its event.
void show_session_end(const Place &place, const pop3ana_event &end);

} // namespace pop3ana_plugin
