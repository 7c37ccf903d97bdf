// The loads of the benchmark: which sessions they consist of. The same program gives the same
// bytes.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "seed.hpp"
#include "tls_writer.hpp"
#include "wire.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pop3ana_bench {

using pop3ana_test::Bytes;
using pop3ana_test::Random;

// What a packet adds to the log, to check the log of a run.
struct Facts {
    unsigned sessions = 0;
    unsigned logins = 0;
    unsigned failures = 0;

    void add(const Facts &other) {
        sessions += other.sessions;
        logins += other.logins;
        failures += other.failures;
    }
};

struct Packet {
    Bytes frame;
    Facts facts;
};
using Packets = std::vector<Packet>;

// What a session is in, by its place in the load.
pop3ana_test::TlsWriter tls_of_session(std::uint64_t number);

// Makes the sessions of a load one after another, each as its packets in the order of capture.
class Maker {
public:
    Maker();

    Packets bodies();     // message bodies dominate
    Packets logins();     // failed logins, four packets an attempt
    Packets other();      // one packet of twenty is POP3
    Packets lossy();      // bodies and logins with packets lost, sent twice and late
    Packets pipelined();  // many commands in one segment, many replies in one segment
    Packets sessions();   // logged in and then silent
    Packets tls_bodies(); // the same inside TLS
    Packets tls_sessions();

    Random &random() { return random_; }

private:
    Packets bodies_of(std::uint16_t port);
    Packets sessions_of(std::uint16_t port);
    Packets mixed();
    Packets web();
    Packets name_lookup();

    Random random_{1};
    std::vector<std::string> mails_;
    std::size_t sessions_ = 0;
    std::size_t packets_ = 0;
    std::size_t pop3_packets_ = 0;
};

} // namespace pop3ana_bench
