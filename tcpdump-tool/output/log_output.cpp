// The log: one line of text for each event that has one, formatted where it is written out from.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/log_file.hpp"

#include <cstddef>
#include <span>

namespace pop3dump {
namespace {

class LogOutput final : public LogFile {
public:
    using LogFile::LogFile;

    void on_event(const pop3ana_event &event, std::string_view /*log_line*/) override {
        if (event.in_log == 0) return;
        std::span<char> room = file().room();
        const std::size_t bytes = pop3ana_format_log_line(&event, room.data(), room.size());
        if (bytes == 0) return;
        if (bytes >= room.size()) {
            room = file().room(bytes + 1);
            pop3ana_format_log_line(&event, room.data(), room.size());
        }
        room[bytes] = '\n'; // over the final NUL
        end_line(bytes + 1);
    }
};

} // namespace

std::unique_ptr<Output> make_log_output(const OutputOptions &options, OutputContext &context) {
    if (options.log.json || !options.has_log() || !options.log.is_default_form()) return nullptr;
    return std::make_unique<LogOutput>(options.log, context);
}

} // namespace pop3dump
