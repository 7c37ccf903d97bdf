// What a line of pop3dump's JSON log tells a fleet.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pop3fleet {

/// An event that is counted by the fleet, or a warning of the sensor's own.
struct LogEvent {
    enum class Kind : std::uint8_t { kError, kLoginFailed, kLoginSucceeded, kStlsOffer, kWarning };

    Kind kind = Kind::kError;
    std::int64_t time_us = 0; ///< since 1970-01-01 UTC
    std::uint64_t session = 0;
    pop3ana::Address client;
    pop3ana::Address server;
    std::uint16_t client_port = 0;
    std::uint16_t server_port = 0;
    std::uint32_t reply_end = 0; ///< 0: not known
    bool is_inferred = false;    ///< login: nobody knows user and secret
    bool is_guess = false;       ///< failed: for its credentials, as far as one knows
    std::string user;            ///< login: as the log has it; empty: not seen
    std::string secret;          ///< login: the same
    std::string login_hash;      ///< failed: see FleetKey::login_hash(); empty: there is none
    bool stls_offered = false;   ///< stls_offer
    std::string alert;           ///< warning: its kind
    std::uint64_t count = 0;     ///< warning: what its kind counts
    std::string detail;          ///< warning: of the kind stls
    /// Members that all events have, as in the log, without "event" and braces: `"ts":1.5,...`.
    std::string members;

    /// Whether both are of one packet of the server.
    [[nodiscard]] bool is_same_packet(const LogEvent &other) const {
        return time_us == other.time_us && client_port == other.client_port &&
               server_port == other.server_port && client == other.client && server == other.server;
    }
};

class LogEventReader {
public:
    LogEventReader();
    ~LogEventReader();
    LogEventReader(const LogEventReader &) = delete;
    LogEventReader &operator=(const LogEventReader &) = delete;

    enum class Result : std::uint8_t {
        kEvent,
        kOther,      ///< an event that no fleet counts: its time is known
        kNotAnEvent, ///< no line of `pop3dump --json`
    };

    /// Reads a line without its end.
    Result read(std::string_view line, LogEvent &event);

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

} // namespace pop3fleet
