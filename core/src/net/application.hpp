// What a connection carries, as the network knows it: an application gets bytes, gaps and ends of
// both directions, and keeps a session for each connection. Its kind is a parameter of FlowTable.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"
#include "base/side.hpp"
#include "net/delivery.hpp"

#include <concepts>
#include <cstdint>

namespace pop3ana {

/// Whether a connection, whose ports do not say so, is one of an application.
enum class Claim : std::uint8_t { kUndecided, kClaimed, kRejected };

/// Why a connection is over: both sides closed it, one reset it, it was idle for too long, its ends
/// serve another one, or it made way for another one.
enum class ConnectionEnd : std::uint8_t { kFin, kRst, kIdle, kReplaced, kEvicted };

/// An application protocol. `Session` is what is kept of one connection, and lies where that does.
/// `Probe` is what is kept of a connection until it is claimed or rejected.
template <class T>
concept Application = std::default_initializable<typename T::Session> &&
    std::default_initializable<typename T::Probe> &&
    requires(T application, typename T::Session &session, const typename T::Session &kept,
             typename T::Probe &probe, const typename T::Probe &held, const ConnectionEnds &ends,
             Side from, const Delivery &delivery, std::uint64_t number, std::int64_t time) {
    // The frame that is at work, its own time, and the clock (PacketClock); that of the clock.
    application.set_time(number, time, time);
    application.expire(time);
    // A connection opens with the frame at work, and each frame of it, which may be the client's
    // SYN. Of most of those that are undecided nothing else comes.
    application.open(number);
    application.packet(number, bool{});
    // Its first bytes or gap are next; whether the capture starts inside it, and whether somebody
    // else decrypts it.
    application.start(session, ends, bool{}, bool{});
    // The connection whose session is named next.
    application.enter(ends, session);
    // Bytes of one side in order, gaps in them and their end. The size of a gap may be
    // unknown (0). It may be so wide that the ports serve another connection behind it; it is
    // concurrent to what was handed on last if that was sent before its end.
    application.bytes(session, from, delivery);
    application.gap(session, from, number, bool{});
    application.gap_is_concurrent(session, from);
    application.end(session, from);
    // The same, of a connection that is undecided; nothing of it was lost. Then, once it is
    // claimed, all that was held of it, each with its own frame and time; those at work stay as
    // they were.
    { application.probe(probe, from, delivery) } -> std::same_as<Claim>;
    application.probe_end(probe, from);
    application.replay(session, held);
    // The memory that a probe takes, in bytes.
    { held.cost() } -> std::same_as<std::uint64_t>;
    // Something is odd about the connection itself: POP3ANA_ANOMALY_*.
    application.anomaly(session, std::uint32_t{}, from);
    // What comes next was decrypted by somebody else. False: the session begins anew.
    { application.begin_decrypted(session) } -> std::same_as<bool>;
    // Text that it keeps, in bytes; give up most of that; give back all of it.
    { application.buffered_text(kept, number) } -> std::same_as<std::uint64_t>;
    application.give_way(session);
    application.release(session, number); // of its connection, which is over
    // The connection is over; a session was started.
    application.close(session, ConnectionEnd{});
};

} // namespace pop3ana
