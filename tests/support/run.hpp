// Feeds captures to an engine through the C interface and keeps what it said. Every run checks
// what must hold whatever the frames are: the conservation of bytes, the numbering of sessions,
// times that are those of the frames.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture.hpp"

#include <map>
#include <pop3ana/pop3ana.h>
#include <string>
#include <string_view>
#include <vector>

namespace pop3ana_test {

/// An event with its bytes copied.
struct Event {
    pop3ana_event plain{}; ///< its slices are empty
    std::string peer_description, command, text, user, password;
    std::string line; ///< of the log; empty when it has none
};

struct Options {
    Options();
    pop3ana_config config;
    bool check_each_frame = false; ///< the conservation law after each frame, not at the end only
    bool keep_events = false;
};

/// What the log says of the connections between two endpoints.
struct ConnectionLog {
    std::vector<std::string> lines; ///< in order, without time and session number
    std::size_t warnings =
        0; ///< WARNING lines: not in `lines`, as they depend on other connections
};

struct Outcome {
    std::string broken_law;                           ///< empty, or what went wrong
    std::vector<std::string> log;                     ///< whole lines
    std::map<std::string, ConnectionLog> connections; ///< by "A/a > B/b"
    std::vector<Event> events;                        ///< when asked for
    pop3ana_counters counters{};
};

Outcome run(const Capture &capture, const Options &options = {});

/// Empty when the lines of each connection are the same; else the first difference.
std::string difference(const Outcome &expected, const Outcome &found);

/// The same for the whole logs, times and session numbers included.
std::string difference_of_logs(const Outcome &expected, const Outcome &found);

/// The same for the counters.
std::string difference_of_counters(const Outcome &expected, const Outcome &found);

/// True when `why` is empty; otherwise prints it, and keeps the captures if they are asked for.
bool holds(const std::string &what, const std::string &why, const Capture &original,
           const Capture &changed);

/// Empty when the counters of `engine` obey the conservation law.
std::string conservation(const pop3ana_counters &counters);

/// The line without time and session number ("T #N ").
std::string_view without_time_and_number(std::string_view line);

} // namespace pop3ana_test
