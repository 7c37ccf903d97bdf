// Anomalies, one line of text each, on stderr (option -v).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/event_output.hpp"

namespace pop3dump {

class AnomalyOutput final : public EventOutput {
public:
    void on_event(const pop3ana_event &event) override;
};

} // namespace pop3dump
