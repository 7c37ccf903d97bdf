// Formats log lines where they are written out from.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/log_output.hpp"

#include <cstddef>
#include <span>

namespace pop3dump {

void LogOutput::on_event(const pop3ana_event &event) {
    if (event.in_log == 0) return;
    std::span<char> room = file_.room();
    const std::size_t bytes = pop3ana_format_log_line(&event, room.data(), room.size());
    if (bytes == 0) return;
    if (bytes >= room.size()) {
        room = file_.room(bytes + 1);
        pop3ana_format_log_line(&event, room.data(), room.size());
    }
    room[bytes] = '\n'; // over the final NUL
    file_.commit(bytes + 1);
    file_.end_record();
}

} // namespace pop3dump
