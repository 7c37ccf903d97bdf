// Events as JSON (RFC 8259), one object a line, in pure ASCII.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/event_output.hpp"
#include "output/output_file.hpp"

#include <string>

namespace pop3dump {

/// All events, those without a line in the log too. Bytes from the wire that are not UTF-8 become
/// the text \xhh, as in the log; what is not printable ASCII is written as \uXXXX, so that no
/// character reaches a terminal as itself.
class JsonOutput final : public EventOutput {
public:
    /// `file` is borrowed, and tells of failures.
    explicit JsonOutput(OutputFile &file) : file_(file) {}

    void on_event(const pop3ana_event &event) override;

private:
    OutputFile &file_;
    std::string log_line_; ///< a buffer: longer than the line
};

} // namespace pop3dump
