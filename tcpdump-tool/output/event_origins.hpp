// The frames of an event as the files have them that they were extracted from.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/capture_names.hpp"
#include "capture/frame_numbers.hpp"

#include <pop3ana/pop3ana.h>

#include <string_view>

namespace pop3dump {

/// Which files the frame numbers of an event belong to; all "": it is of no extract.
struct EventFiles {
    std::string_view file; ///< of its frame
    // Only where they differ from that.
    std::string_view request_file;
    std::string_view first_file; ///< of the session's summary, as the next
    std::string_view last_file;
};

class EventOrigins {
public:
    /// Both are borrowed.
    EventOrigins(const FrameNumbers &numbers, const CaptureNames &names)
        : numbers_(numbers), names_(names) {}

    /// The event with the numbers that its frames have in `files`; borrowed until the next call.
    const pop3ana_event &resolve(const pop3ana_event &event, EventFiles &files) {
        return numbers_.is_used() ? resolve_frames(event, files) : event;
    }

private:
    const pop3ana_event &resolve_frames(const pop3ana_event &event, EventFiles &files);
    std::string_view resolve_frame(std::uint64_t &frame) const;

    const FrameNumbers &numbers_;
    const CaptureNames &names_;
    pop3ana_event event_{};
    pop3ana_session_summary summary_{};
};

} // namespace pop3dump
