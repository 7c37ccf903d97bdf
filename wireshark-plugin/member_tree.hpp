// The members of an event, in the tree of a frame.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "line_bytes.hpp"
#include "tree_place.hpp"

namespace pop3ana_plugin {

/// Adds those that are fields, except empty ones.
void show_members(const Place &place, const pop3ana_event &event, const LineBytes &bytes);

} // namespace pop3ana_plugin
