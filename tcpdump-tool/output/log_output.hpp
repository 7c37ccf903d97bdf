// The log: one line of text for each event that has one.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/event_output.hpp"
#include "output/output_file.hpp"

namespace pop3dump {

class LogOutput final : public EventOutput {
public:
    /// `file` is borrowed, and tells of failures.
    explicit LogOutput(OutputFile &file) : file_(file) {}

    void on_event(const pop3ana_event &event) override;

private:
    OutputFile &file_;
};

} // namespace pop3dump
