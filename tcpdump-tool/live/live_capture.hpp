// Packets of network interfaces as they come.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"
#include "live/live_options.hpp"

#include <memory>
#include <string>
#include <vector>

namespace pop3dump {

/// Starts to capture from all interfaces that the options name, as one stream: of the packets that
/// are there, the earliest comes first. NULL when one of them is
/// refused: `error` is then one line that names it. `descriptions` get a line for each interface:
/// what is captured, and how. `watcher` must outlive the source.
std::unique_ptr<PacketSource> open_live(const LiveOptions &options, const LiveFilter &filter,
                                        InputWatcher &watcher,
                                        std::vector<std::string> &descriptions, std::string &error);

} // namespace pop3dump
