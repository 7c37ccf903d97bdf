// Which members the JSON object of an event has.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/event_origins.hpp"
#include "output/json_repeats.hpp"

#include <pop3ana/pop3ana.h>

#include <cstddef>
#include <string_view>

namespace pop3dump {

/// For prepare_community_ids() see there: it must have been called.
class JsonLineWriter {
public:
    /// Room that write() needs at most; most lines are far shorter.
    static std::size_t longest(const pop3ana_event &event, const EventFiles &files,
                               std::string_view log_line);

    /// Writes the object of `event`, with a line end, and returns the end; bytes behind it, as far
    /// as the room goes, may be changed too. `files`: of its frames. `log_line` is the event's line
    /// of the log, empty when it has none.
    char *write(char *to, const pop3ana_event &event, const EventFiles &files,
                std::string_view log_line);

private:
    JsonRepeats repeats_;
};

} // namespace pop3dump
