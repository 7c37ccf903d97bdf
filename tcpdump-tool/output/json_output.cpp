// Formats JSON where it is written out from.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/json_output.hpp"

#include "output/event_text.hpp"
#include "output/json_line.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace pop3dump {

void JsonOutput::on_event(const pop3ana_event &event) {
    const std::string_view log_line =
        event.in_log == 0 ? std::string_view() : log_line_text(log_line_, event);
    const std::size_t longest = longest_json_line(event, log_line);
    const std::span<char> room = file_.room();
    if (longest <= room.size()) {
        const char *const end = write_json_line(room.data(), event, log_line);
        file_.commit(static_cast<std::size_t>(end - room.data()));
    } else { // The bound is generous: the file is to grow by what is there.
        const auto aside = std::make_unique_for_overwrite<char[]>(longest);
        const char *const end = write_json_line(aside.get(), event, log_line);
        file_.append({aside.get(), static_cast<std::size_t>(end - aside.get())});
    }
    file_.end_record();
}

} // namespace pop3dump
