// TCP conversations from scratch: who says what, in which order, as hosts would send it. What one
// side sends, the other acknowledges with its next data or, after two segments, at once.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "wire.hpp"

#include <string_view>

namespace pop3ana_test {

enum class Side : std::uint8_t { Client, Server };
constexpr Side other(Side side) {
    return side == Side::Client ? Side::Server : Side::Client;
}

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'700'000'000 * kSecond;

ByteSpan bytes_of(std::string_view text);

struct ConversationSettings {
    Endpoint client = endpoint("10.0.0.1", 40000);
    Endpoint server = endpoint("10.0.0.2", 110);
    std::uint32_t client_isn = 1000;
    std::uint32_t server_isn = 5000;
    std::int64_t start_ns = kStart;
    std::int64_t step_ns = 1'000'000; ///< from one packet to the next
};

class Conversation {
public:
    explicit Conversation(const ConversationSettings &settings);

    void open(); ///< SYN, SYN-ACK, ACK
    void send(Side from, std::string_view bytes);
    /// The peer receives and acknowledges the bytes, but the capture does not have them.
    void lose(Side from, std::string_view bytes);
    void acknowledge(Side from);
    void fin(Side from);
    void rst(Side from);
    void close() { fin(Side::Client), fin(Side::Server), acknowledge(Side::Client); }
    void wait(std::int64_t duration_ns) { now_ns_ += duration_ns; }
    /// Goes on with `now_ns`, if that is later.
    void at(std::int64_t now_ns);
    [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }

    /// What was captured since the last call.
    Capture take();

private:
    struct Half {
        Endpoint end;
        std::uint32_t next = 0;      ///< sequence number of the next byte sent
        std::uint32_t received = 0;  ///< acknowledgement number
        unsigned unacknowledged = 0; ///< segments received since the last ACK
    };
    Half &half(Side side) { return halves_[side == Side::Client ? 0 : 1]; }
    void packet(Side from, std::uint8_t flags, std::string_view payload = {});

    Half halves_[2];
    std::int64_t now_ns_;
    std::int64_t step_ns_;
    Capture capture_;
};

} // namespace pop3ana_test
