// The tree of events: -z pop3ana,tree[,filter] of tshark, an entry in the Statistics menu.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace pop3ana_plugin {

void register_statistic_tree();

} // namespace pop3ana_plugin
