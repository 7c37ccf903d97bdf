// The judge of several engines: keeps the number of each of their sessions.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "judge.hpp"
#include "keyed_table.hpp"

namespace pop3ana {

class SharedJudge {
public:
    /// `config` has been parsed by parse_config().
    SharedJudge(Config config, const pop3ana_sink &sink, std::uint64_t hash_seed);
    SharedJudge(const SharedJudge &) = delete;
    SharedJudge &operator=(const SharedJudge &) = delete;

    /// Takes the next event in the order of the log; `engine` is a number of the caller's.
    void event(std::uint64_t engine, const pop3ana_event &event);

    void tick(std::int64_t ts_ns) { judge_.expire(advance(ts_ns)); }

    [[nodiscard]] const pop3ana_counters &counters() const { return counters_; }

private:
    struct Key {
        std::uint64_t engine = 0;
        std::uint64_t connection = 0;
        friend bool operator==(const Key &, const Key &) = default;
    };
    struct Session {
        Key key;
        SessionNumber number;
    };

    void forget(const Key &key);
    std::int64_t advance(std::int64_t ts_ns);

    Config config_;
    pop3ana_sink sink_;
    pop3ana_counters counters_{};
    Judge judge_;
    KeyedTable<Session> sessions_; ///< those with a number whose connection is not over
    std::int64_t clock_ns_ = 0;    ///< the latest time seen
};

} // namespace pop3ana
