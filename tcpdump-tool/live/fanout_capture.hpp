// A live capture by several threads as one stream (--fanout).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"
#include "capture/reader_thread.hpp"

#include <memory>
#include <vector>

namespace pop3dump {

/// Gives packets in the order of time: the earliest, once every other thread has a later one or has
/// told that none is to come. When a thread is about to make the kernel wait it gives the earliest
/// that is there. The threads start with the first packet that is asked for. `watcher` must outlive
/// the source.
std::unique_ptr<PacketSource> merge_threads(std::vector<std::unique_ptr<ReaderThread>> threads,
                                            InputWatcher &watcher);

} // namespace pop3dump
