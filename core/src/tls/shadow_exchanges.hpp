// Makes exchanges of the lengths that both sides of a connection sent: commands with their replies,
// without what TLS 1.3 mixes in (docs/semantics.md section 10, without keys).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "tls/shadow_exchange.hpp"

#include <span>
#include <utility>
#include <vector>

namespace pop3ana {

class ShadowExchanges {
public:
    /// `greets`: the server speaks first, as it does not behind STLS.
    explicit ShadowExchanges(bool greets) : greets_(greets) {}

    /// A record with so much text; the order is that of the connection. `is_tls13`: it may be a
    /// ticket or an alert. True: an exchange is complete now.
    bool add(Side from, std::uint32_t length, bool is_tls13);

    /// Nothing more is added. `is_whole`: the last reply is; else its exchange is left out, as is
    /// one without a reply.
    void finish(bool is_whole);

    /// Something is not understood: nothing of the connection counts.
    [[nodiscard]] bool is_odd() const { return is_odd_; }

    /// Bytes of the greeting; 0: there was none, or it cannot be told from a ticket.
    [[nodiscard]] std::uint64_t greeting_bytes() const { return greeting_bytes_; }

    /// There were more than are kept.
    [[nodiscard]] bool is_cut() const { return is_cut_; }

    [[nodiscard]] std::span<const ShadowExchange> exchanges() const { return exchanges_; }
    [[nodiscard]] std::vector<ShadowExchange> take() { return std::move(exchanges_); }

    [[nodiscard]] std::uint64_t held_bytes() const {
        return exchanges_.capacity() * sizeof(ShadowExchange) +
               (commands_.capacity() + replies_.capacity() + lead_.capacity()) *
                   sizeof(std::uint32_t);
    }

private:
    bool take(Side from, std::uint32_t length, bool is_tls13);
    void take_reply(std::uint32_t length, bool is_tls13);
    [[nodiscard]] bool is_ticket(std::uint32_t length) const;
    void read_greeting();
    void complete();
    void append(const ShadowExchange &exchange);

    std::vector<ShadowExchange> exchanges_;

    // The exchange at work.
    std::vector<std::uint32_t> commands_; ///< lengths of the client's records
    std::vector<std::uint32_t> replies_;  ///< of the server's, as long as they are no more
    std::uint64_t command_bytes_ = 0;
    ReplyLengths reply_;
    bool is_joined_ = false; ///< the first piece of the reply was too short for one

    std::vector<std::uint32_t> lead_; ///< lengths before the first command
    std::uint64_t greeting_bytes_ = 0;
    PerSide<std::uint32_t> alerts_; ///< records that may be alerts: nothing follows them yet
    PerSide<bool> is_overtaken_;    ///< the other side has sent something since
    bool greets_;
    bool is_odd_ = false;
    bool is_cut_ = false;
    bool is_finished_ = false;
};

} // namespace pop3ana
