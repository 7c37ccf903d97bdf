// What attacks are made of: packets that follow each other fast, and connections that may be played
// out of step.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pcap_stream.hpp"
#include "seed.hpp"
#include "traffic.hpp"
#include "wire.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace pop3ana_hostile {

using pop3ana_test::Bytes;
using pop3ana_test::ByteSpan;
using pop3ana_test::Endpoint;
using pop3ana_test::Side;

/// The verdicts that the analyzer must give, no more and no fewer.
struct Verdicts {
    std::uint64_t logins = 0;
    std::uint64_t failures = 0;
    std::uint64_t warnings = 0;
};

/// The capture: 200,000 packets a second, so that nothing is forgotten for its age.
class Traffic {
public:
    explicit Traffic(const std::string &path) : file_(path) {}

    void frame(ByteSpan bytes);
    void datagram(ByteSpan ip, std::uint16_t ether_type = pop3ana_test::kEtherIpv4);
    void segment(const Endpoint &from, const Endpoint &to, std::uint32_t seq, std::uint32_t ack,
                 std::uint8_t flags, std::string_view payload = {});
    [[nodiscard]] std::uint64_t packets() const { return file_.packets(); }
    void close() { file_.close(); }

    pop3ana_test::Random random{1};
    Verdicts verdicts;

private:
    pop3ana_test::PcapStream file_;
    std::uint64_t time_us_ = 1'700'000'000'000'000;
};

/// Another address for each of 2^24 numbers; the port depends on the number too.
Endpoint client(std::uint64_t number);
const Endpoint &server();

class Talk {
public:
    Talk(Traffic &traffic, std::uint64_t number, std::uint32_t client_isn = 1000,
         std::uint32_t server_isn = 9000);

    void open();                                ///< SYN, SYN-ACK, ACK
    void say(Side from, std::string_view text); ///< in one segment
    /// Bytes at a distance from the next one; the connection does not move on.
    void inject(Side from, std::int64_t distance, std::uint8_t flags, std::string_view text = {});
    void greet() { say(Side::Server, "+OK ready\r\n"); }
    void log_in(); ///< a verdict

private:
    struct Half {
        Endpoint end;
        std::uint32_t next;
    };
    Half &half(Side side) { return halves_[side == Side::Client ? 0 : 1]; }
    void packet(Side from, std::uint32_t seq, std::uint8_t flags, std::string_view text);

    Traffic &traffic_;
    Half halves_[2];
};

} // namespace pop3ana_hostile
