// The events of one log that are to be counted, from the line that was read to the verdict.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/counted_event.hpp"

#include <algorithm>
#include <deque>
#include <optional>

namespace pop3fleet {

/// Takes events until it has one that is whole: a login that failed and the error that it is stand
/// in two lines, and so do what the fleet judges and the warning that pop3dump has of it. Other
/// warnings of pop3dump's are left out, but for those that no fleet judges.
class EventAssembler {
public:
    /// The next event of the log. `begin` is the place before its line, `position` behind it. An
    /// event that is whole by this one, if any, is added to `to`.
    void take(LogEvent &&event, const LogPlace &begin, std::uint64_t position,
              std::deque<CountedEvent> &to);
    /// An event that is not counted was read.
    void pass(std::int64_t time_us) { time_us_ = std::max(time_us_, time_us); }
    /// Nothing follows at present.
    void flush(std::deque<CountedEvent> &to);
    void clear() { *this = {}; }

    /// The place before the event that waits for its second line; none waits.
    [[nodiscard]] std::optional<LogPlace> waits_from() const {
        return waiting_ ? std::optional{waiting_->begin} : std::nullopt;
    }
    /// The latest time of what stands before that event; of all that was read where none waits.
    [[nodiscard]] std::int64_t passed_us() const {
        return waiting_ ? waiting_->begin_us : time_us_;
    }
    /// Nothing before this time comes any more.
    [[nodiscard]] std::int64_t time_us() const { return waiting_ ? waiting_->time_us : time_us_; }

private:
    [[nodiscard]] bool belongs_to_waiting(const LogEvent &event) const;
    [[nodiscard]] bool is_own_warning(const LogEvent &warning) const;
    static bool is_counted(const CountedEvent &event);

    std::int64_t time_us_ = 0; ///< of the latest; never goes back, as PacketClock does not
    std::optional<CountedEvent> waiting_;
};

} // namespace pop3fleet
