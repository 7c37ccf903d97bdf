// Packets of network interfaces as they come.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "options.hpp"
#include "packet_source.hpp"

#include <map>
#include <memory>
#include <string>

namespace pop3dump {

/// The groups of sources that divide the connections of interfaces, by the interface's name; kept
/// by the caller, empty at first.
using FanoutGroups = std::map<std::string, int>;

/// Starts to capture from all interfaces that the options name, as one stream: of the packets that
/// are there, the earliest comes first. `filter` "": the default filter. NULL when one of them is
/// refused: `error` is then one line that names it. `watcher` must outlive the source. `groups`:
/// the source gets its share of the connections only; NULL: all.
std::unique_ptr<PacketSource> open_live(const Options &options, const std::string &filter,
                                        InputWatcher &watcher, FanoutGroups *groups,
                                        std::string &error);

} // namespace pop3dump
