// Timestamps of pcapng interfaces (options if_tsresol and if_tsoffset) as ns since 1970.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pop3dump {

class PcapngClock {
public:
    /// `resolution` as in if_tsresol: a tick is 10^-n s, or 2^-n s when the top bit is set; every
    /// value is allowed. `offset_s` as in if_tsoffset.
    explicit PcapngClock(std::uint8_t resolution = 6, std::int64_t offset_s = 0);

    /// Cuts parts of a ns; times beyond what 64 bits of ns hold become the nearest one that they
    /// do.
    [[nodiscard]] std::int64_t to_ns(std::uint64_t ticks) const {
        if (ticks <= fast_limit_) return static_cast<std::int64_t>(ticks * ns_per_tick_);
        return to_ns_slowly(ticks);
    }

private:
    [[nodiscard]] std::int64_t to_ns_slowly(std::uint64_t ticks) const;

    std::uint64_t ns_per_tick_ = 0; ///< where it is a whole number and there is no offset
    std::uint64_t fast_limit_ = 0;  ///< ticks up to here can be multiplied in 64 bits
    std::int64_t offset_s_ = 0;
    std::uint8_t resolution_ = 6;
};

} // namespace pop3dump
