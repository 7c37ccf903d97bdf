// A reply that the fleet counts: an error, the result of a login, or both in one.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/log_event.hpp"
#include "fleet/log_follower.hpp"

#include <cstdint>
#include <vector>

namespace pop3fleet {

struct Warning {
    std::uint32_t alert = 0; ///< POP3ANA_ALERT_*
    std::uint64_t count = 0;
};

struct CountedEvent {
    LogPlace begin;             ///< before its first line
    std::uint64_t position = 0; ///< behind its last line
    std::int64_t begin_us = 0;  ///< the latest time of what stands before it
    std::int64_t time_us = 0;   ///< it is judged as of this time: no earlier than those before it
    bool is_error = false;
    bool is_login = false;          ///< `event` has user and secret
    bool is_inferred_guess = false; ///< a login: `event` has its hash
    bool is_success = false;
    bool is_own = false; ///< `event` is a warning that its own sensor judges
    LogEvent event;
    unsigned waits_for = 0; ///< entries that are not judged yet
    std::vector<Warning> warnings;
};

} // namespace pop3fleet
