// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_judge.hpp"

namespace pop3dump {

ExitStatus EventJudge::configure(const Options &options, std::string &error) {
    pop3ana_judge *judge = nullptr;
    const ExitStatus status = make_of_library(options, library_config(options), relay_.sink(),
                                              pop3ana_judge_new, judge, error);
    judge_.reset(judge);
    return status;
}

pop3ana_status EventJudge::event(const pop3ana_event &event) {
    constexpr std::uint64_t kAllEngines = 0;
    return relay_.checked(pop3ana_judge_event(judge_.get(), kAllEngines, &event));
}

pop3ana_status EventJudge::tick(std::int64_t ts_ns) {
    return pop3ana_judge_tick(judge_.get(), ts_ns);
}

pop3ana_counters EventJudge::counters() const {
    pop3ana_counters counters{};
    counters.struct_size = sizeof(counters);
    pop3ana_judge_counters_get(judge_.get(), &counters);
    return counters;
}

} // namespace pop3dump
