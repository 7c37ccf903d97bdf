// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/event_origins.hpp"

namespace pop3dump {

/// Makes `frame` the number in the file that it returns.
std::string_view EventOrigins::resolve_frame(std::uint64_t &frame) const {
    const FrameNumbers::Original original = numbers_.find(frame);
    frame = original.frame;
    return names_.name(original.origin);
}

const pop3ana_event &EventOrigins::resolve_frames(const pop3ana_event &event, EventFiles &files) {
    event_ = event;
    files.file = resolve_frame(event_.frame);
    const auto resolve_other = [&](std::uint64_t &frame, std::string_view &file) {
        if (frame == 0) return; // there is none
        const std::string_view its_file = resolve_frame(frame);
        if (its_file != files.file) file = its_file;
    };
    resolve_other(event_.request_frame, files.request_file);
    if (event.summary == nullptr) return event_;
    summary_ = *event.summary;
    event_.summary = &summary_;
    resolve_other(summary_.first_frame, files.first_file);
    resolve_other(summary_.last_frame, files.last_file);
    return event_;
}

} // namespace pop3dump
