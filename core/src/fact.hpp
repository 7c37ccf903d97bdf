// What the POP3 session finds out; the policy stage makes events of it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3_command.hpp"
#include "tcp_side.hpp"

#include <cstdint>
#include <string_view>

namespace pop3ana {

/// How the detail of an AUTH with a mechanism that is not decoded begins; the argument follows.
inline constexpr std::string_view kUnknownMechanism = "unknown AUTH method ";

/// One finding. The text is borrowed for the call; fields that a type does not use are empty.
struct Fact {
    // Not an aggregate: compilers clear those with a string instruction that takes longer than all
    // that a line needs otherwise.
    explicit Fact(std::uint32_t event_type = 0, Side sender = {})
        : type(event_type), from(sender) {}

    std::uint32_t type;        ///< POP3ANA_EVENT_*
    std::uint32_t status = 0;  ///< POP3ANA_STATUS_* of a reply
    std::uint32_t anomaly = 0; ///< POP3ANA_ANOMALY_*
    Phase phase{};             ///< after it
    Side from;
    bool is_truncated = false; ///< a reply whose text was not captured to its end
    Command command = Command::kUnknown; ///< of a request, or the accepted one that is answered
    std::string_view word;               ///< in capitals
    std::string_view text;
    std::string_view user;
    std::string_view password;
    std::uint64_t request_frame = 0;
    std::uint64_t lost_bytes = 0;
    std::uint64_t lost_commands = 0;
};

class FactSink {
public:
    virtual void on_fact(const Fact &fact) = 0;

protected:
    ~FactSink() = default;
};

} // namespace pop3ana
