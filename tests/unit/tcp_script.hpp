// Plays written segments at a TCP connection and writes down what it hands on.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"
#include "net/tcp_connection.hpp"
#include "support.hpp"

namespace unit {

/// Sequence numbers of the first byte of client and server.
struct FirstBytes {
    std::uint32_t client = 1'000;
    std::uint32_t server = 5'000;
};

/// A connection. `log` gets "C:abc" for bytes of the client, "C-gap N" (with "wide"), "C-end",
/// "C-differs", "C-reset?", and S for the server, with blanks between.
class TcpBench final : public pop3ana::StreamSink {
public:
    explicit TcpBench(pop3ana::Start start, FirstBytes first = {},
                      std::uint64_t max_held_bytes = pop3ana::kOutOfOrderBytesTotal)
        : shared{counters}, tcp(start), first_(first), max_held_bytes_(max_held_bytes) {}

    /// Plays a script; its steps have "; " between them:
    ///     C 5 'abc' a7 fin    the client sends "abc" from position 5 (of its first byte: 0), ACK
    ///     up
    ///                         to the server's position 7, FIN; any of these may be absent
    ///     sent9               in a segment: 9 bytes were sent, captured was what is there
    ///     C syn               also with text; its position needs not be given
    ///     hello               SYN, SYN-ACK, ACK
    ///     packets N           N packets without bytes and ACK
    ///     wait MS             time goes by; the connection learns of it with the next step
    ///     tick, finish        what they say
    void play(std::string_view script);

    void segment(pop3ana::Side from, std::int64_t position, std::string_view bytes,
                 std::uint8_t flags = 0, std::int64_t acknowledged = 0, std::size_t sent = 0);

    /// tcp_bytes == delivered + duplicate + discarded + held, as the interface promises.
    [[nodiscard]] bool conserves() const;

    /// The log, then " held N" when bytes are held, " clock" when it waits for time, " over" when
    /// it has ended; "wrong counters" when bytes went missing. Frees what is held.
    std::string outcome();

    void on_bytes(pop3ana::Side from, const pop3ana::Delivery &delivery) override;
    void on_gap(pop3ana::Side from, std::uint64_t gap_bytes, bool is_wide) override;
    void on_gap_is_concurrent(pop3ana::Side from) override { note(from, "-gap..."); }
    void on_end(pop3ana::Side from) override { note(from, "-end"); }
    void on_overlap_differs(pop3ana::Side from) override { note(from, "-differs"); }
    void on_reset_ignored(pop3ana::Side from) override { note(from, "-reset?"); }

    pop3ana_counters counters{};
    pop3ana::TcpShared shared;
    pop3ana::TcpConnection tcp;
    std::string log;

private:
    void note(pop3ana::Side from, std::string_view what);
    void step(std::string_view text);
    void after_work();

    FirstBytes first_;
    std::uint64_t max_held_bytes_;
    char last_ = ' '; ///< whose bytes the log ends with
};

} // namespace unit
