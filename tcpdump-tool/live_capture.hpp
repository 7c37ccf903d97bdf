// Packets of network interfaces as they come.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "options.hpp"
#include "packet_source.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pop3dump {

/// What the sources of one run share.
struct LiveSources {
    bool divide = false;                   ///< each gets its share of the connections
    std::map<std::string, int> groups;     ///< that do so, by interface
    std::vector<std::string> descriptions; ///< a line for each interface: what is captured, and how
};

/// Starts to capture from all interfaces that the options name, as one stream: of the packets that
/// are there, the earliest comes first. `filter` "": the default filter. NULL when one of them is
/// refused: `error` is then one line that names it. `watcher` must outlive the source.
std::unique_ptr<PacketSource> open_live(const Options &options, const std::string &filter,
                                        InputWatcher &watcher, LiveSources &sources,
                                        std::string &error);

} // namespace pop3dump
