// The judge of libpop3ana for the events of several engines.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "library_setup.hpp"

#include <cstdint>
#include <memory>

namespace pop3dump {

class EventJudge {
public:
    EventJudge() = default;
    EventJudge(const EventJudge &) = delete;
    EventJudge &operator=(const EventJudge &) = delete;

    /// Must be called once, before all else. As Analyzer's.
    ExitStatus configure(const Options &options, std::string &error);

    /// Where the completed events go; `output` is borrowed. Must be called once, before event().
    void set_output(EventOutput &output) { relay_.set_output(output); }

    /// Takes the next event of the log. Its connection must differ from those of other engines.
    pop3ana_status event(const pop3ana_event &event);

    pop3ana_status tick(std::int64_t ts_ns);

    [[nodiscard]] pop3ana_counters counters() const;

private:
    struct JudgeDeleter {
        void operator()(pop3ana_judge *judge) const { pop3ana_judge_free(judge); }
    };

    EventRelay relay_;
    std::unique_ptr<pop3ana_judge, JudgeDeleter> judge_;
};

} // namespace pop3dump
