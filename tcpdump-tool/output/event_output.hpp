// What is made of the analyzer's events.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <pop3ana/pop3ana.h>

namespace pop3dump {

class EventOutput {
public:
    virtual ~EventOutput() = default;

    /// The event and its bytes are borrowed for the call.
    virtual void on_event(const pop3ana_event &event) = 0;
};

} // namespace pop3dump
