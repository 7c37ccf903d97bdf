// How a warning of the fleet is written: as pop3dump writes its own.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/log_event.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pop3fleet {

/// The line of the log, "T #SENSOR-N A/a > B/b WARNING: TEXT", without its end. `alert` is
/// POP3ANA_ALERT_*.
std::string warning_line(const std::string &sensor, const LogEvent &event, std::uint32_t alert,
                         std::uint64_t count);

/// The same as a JSON object, with the members of the event that it is about.
std::string warning_json(const std::string &sensor, const LogEvent &event, std::uint32_t alert,
                         std::uint64_t count, std::string_view line);

/// What is the same in two warnings of one kind about one event, whatever they count: the begin of
/// a line, of the log or in JSON.
std::string warning_name(std::string_view line);

/// What names a line that is the same whenever it is written.
std::string name_of_line(std::string_view line);

/// By its name in JSON; 0: there is none.
std::uint32_t find_alert(std::string_view name);

} // namespace pop3fleet
