// What is open between the two sides of a session: the pending command and those behind it. Idle
// sessions have none, so that they cost no memory for it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3/command.hpp"
#include "pop3/command_queue.hpp"
#include "pop3/sasl.hpp"
#include "pop3/told_client.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace pop3ana {

/// Whether the pending command is one that the server may accept in this phase.
enum class Legality : std::uint8_t {
    kNone, ///< no command is pending
    kAccepted,
    kRefused,
    kOutOfState, ///< see CommandRow::ok_implies_login
    kUnknown,    ///< no command of POP3
};

/// The oldest command without a final reply, once it was started.
struct PendingCommand {
    std::uint64_t frame = 0;
    std::int64_t ts_ns = 0; ///< of the frame
    std::uint32_t end = 0;  ///< sequence number behind its line
    std::uint32_t text_bytes = 0;
    SaslExchange sasl;
    Command command = Command::kUnknown;
    Legality legality = Legality::kNone;
    bool has_argument = false;
    bool has_digest = false; ///< of APOP

    [[nodiscard]] bool is_auth() const {
        return legality == Legality::kAccepted && command == Command::kAuth;
    }
    /// The client has sent a password, a digest or a line of SASL: docs/semantics.md section 7.
    [[nodiscard]] bool has_tried_login() const {
        return command == Command::kPass || has_digest || sasl.has_lines();
    }
    /// Of the login that it is part of; static storage.
    [[nodiscard]] std::string_view mechanism_name() const {
        return command == Command::kAuth   ? sasl.mechanism_name()
               : command == Command::kApop ? row_of(Command::kApop).word
                                           : row_of(Command::kUser).word;
    }
    /// Its mechanism sends a password or token as it is.
    [[nodiscard]] bool sends_secret() const {
        return command == Command::kAuth ? sasl.sends_secret() : command != Command::kApop;
    }
    [[nodiscard]] bool may_open() const {
        return legality != Legality::kNone && may_open_response(command, has_argument);
    }
};

/// A temporary would be written in small pieces and copied in large ones; see segment.hpp.
inline constexpr PendingCommand kNoPending{};

struct Exchange {
    PendingCommand pending;
    CommandQueue waiting;
    Credentials credentials;               ///< that the pending command brings
    std::optional<ToldClient> told_client; ///< by the pending XCLIENT
    std::uint32_t newest_end = 0;          ///< of the newest command

    [[nodiscard]] bool has_pending() const { return pending.legality != Legality::kNone; }

    /// Commands that are open, the pending one included.
    [[nodiscard]] std::size_t commands() const {
        return (has_pending() ? 1U : 0U) + waiting.size();
    }
    [[nodiscard]] bool has_known_command() const {
        return (has_pending() && pending.command != Command::kUnknown) || waiting.known() != 0;
    }
    /// Whether a body may answer one of them.
    [[nodiscard]] bool may_open_body() const {
        return pending.may_open() || waiting.openers() != 0;
    }
    /// What it costs, in bytes.
    [[nodiscard]] std::uint64_t cost() const {
        return sizeof(Exchange) + waiting.cost() + credentials.bytes();
    }
    /// Of all lines, their ends not counted.
    [[nodiscard]] std::size_t text_bytes() const { return pending.text_bytes + waiting.bytes(); }
};

/// Exchanges that are not in use, so that a command does not allocate.
class ExchangePool {
public:
    ExchangePool() { spare_.reserve(kPooledBuffers); }

    [[nodiscard]] std::unique_ptr<Exchange> take() {
        if (spare_.empty()) return std::make_unique<Exchange>();
        std::unique_ptr<Exchange> exchange = std::move(spare_.back());
        spare_.pop_back();
        return exchange;
    }

    /// Takes one back, whose queue is empty; NULL is fine.
    void give_back(std::unique_ptr<Exchange> &exchange) {
        if (exchange && spare_.size() < kPooledBuffers) {
            exchange->pending = kNoPending;
            give_back(exchange->credentials);
            spare_.push_back(std::move(exchange)); // Cannot throw: the room is reserved.
        }
        exchange.reset();
    }

private:
    static void give_back(Credentials &credentials) {
        for (std::string *text : {&credentials.user, &credentials.password,
                                  &credentials.authorization_identity, &credentials.token})
            if (text->capacity() > kPooledBufferBytes) *text = {};
        credentials.clear();
    }

    std::vector<std::unique_ptr<Exchange>> spare_;
};

} // namespace pop3ana
