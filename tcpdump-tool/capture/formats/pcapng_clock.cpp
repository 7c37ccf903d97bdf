// Arithmetic of pcapng timestamps, in 128 bits where 64 may overflow.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats/pcapng_clock.hpp"

#include <algorithm>
#include <limits>

namespace pop3dump {
namespace {

__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kMaxNs = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMinNs = std::numeric_limits<std::int64_t>::min();

/// Ticks in a second; 0 where a tick is so short that 64 bits of them are less than a ns.
UnsignedWide ticks_per_second(std::uint8_t resolution) {
    const unsigned exponent = resolution & 0x7fU;
    if ((resolution & 0x80U) != 0) return UnsignedWide{1} << exponent;
    constexpr unsigned kLargestPower = 28; // 2^64 * 10^9 < 10^29
    if (exponent > kLargestPower) return 0;
    UnsignedWide ticks = 1;
    for (unsigned power = 0; power < exponent; ++power)
        ticks *= 10;
    return ticks;
}

} // namespace

PcapngClock::PcapngClock(std::uint8_t resolution, std::int64_t offset_s)
    : offset_s_(offset_s), resolution_(resolution) {
    const UnsignedWide ticks = ticks_per_second(resolution);
    if (offset_s == 0 && ticks != 0 && ticks <= kNsPerSecond && kNsPerSecond % ticks == 0) {
        ns_per_tick_ = kNsPerSecond / static_cast<std::uint64_t>(ticks);
        fast_limit_ = static_cast<std::uint64_t>(kMaxNs) / ns_per_tick_;
    }
}

std::int64_t PcapngClock::to_ns_slowly(std::uint64_t ticks) const {
    const UnsignedWide per_second = ticks_per_second(resolution_);
    const UnsignedWide ns = per_second == 0 ? 0 : UnsignedWide{ticks} * kNsPerSecond / per_second;
    const Wide shifted = static_cast<Wide>(ns) + Wide{offset_s_} * Wide{kNsPerSecond};
    return static_cast<std::int64_t>(std::clamp(shifted, Wide{kMinNs}, Wide{kMaxNs}));
}

} // namespace pop3dump
