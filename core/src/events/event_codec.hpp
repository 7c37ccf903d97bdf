// The one binary form of events: small, for those who keep or send them.
//
//   phase and flags  1 byte
//   type             1 byte
//   time             number: the distance from a time that the caller knows
//   members there    number: a bit for each member that the type carries (events/event_table.hpp)
//   each of them     number, or the length of a text and the text
//
// A number has seven bits a byte, the lowest first; its last byte is below 128. What goes back or
// forth is twice its amount, and one less where it goes back. The session, its two ends and the
// frame are those of many events: the caller keeps them once.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3ana/pop3ana.h"

#include <cstdint>
#include <span>
#include <vector>

namespace pop3ana {

/// Appends a number.
void encode_number(std::uint64_t value, std::vector<std::uint8_t> &to);

/// Takes a number off the front of `from`. Returns false, and a value that means nothing, when it
/// is cut or does not fit.
bool decode_number(std::span<const std::uint8_t> &from, std::uint64_t &value);

/// Appends an event of the library. `base_ns` is any time near its own.
void encode_event(const pop3ana_event &event, std::int64_t base_ns, std::vector<std::uint8_t> &to);

/// Takes an event off the front of `from`, whose bytes its texts then are. `event` has its frame;
/// type, phase, time, flags and members are filled in, and nothing else is touched but `summary`,
/// which is the event's if it has one. Returns false, and an event that means nothing, when the
/// bytes are none.
bool decode_event(std::span<const std::uint8_t> &from, std::int64_t base_ns, pop3ana_event &event,
                  pop3ana_session_summary &summary);

} // namespace pop3ana
