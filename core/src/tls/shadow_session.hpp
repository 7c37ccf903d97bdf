// The shadow of a session in TLS: what the lengths of its records tell as it goes on.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tls/shadow_exchanges.hpp"
#include "tls/text_lengths.hpp"

namespace pop3ana {

class ShadowSession {
public:
    /// `greets`: see ShadowExchanges.
    explicit ShadowSession(bool greets) : list_(greets) {}

    /// The next bytes that `from` sent, in order. True: an exchange is complete now.
    bool bytes(Side from, Bytes bytes) {
        if (is_over_) return false;
        bool is_complete = false;
        const bool goes_on = lengths_.bytes(from, bytes, [&](Side side, std::uint32_t length) {
            is_complete |= text(side, length, lengths_.is_tls13());
        });
        if (!goes_on || list_.is_odd()) leave_alone();
        return is_complete && !list_.is_odd();
    }
    /// The same for a record with so much text; see ShadowExchanges.
    bool text(Side from, std::uint32_t length, bool is_tls13) {
        return list_.add(from, length, is_tls13);
    }

    /// What follows is not read: bytes are missing, or are not understood. What was complete before
    /// counts.
    void leave_alone() {
        if (is_over_) return;
        is_over_ = true;
        lengths_ = {};
        list_.finish(/*is_whole=*/false);
    }
    /// Nothing follows.
    void end() {
        if (is_over_) return;
        is_over_ = true;
        list_.finish(/*is_whole=*/true);
        is_whole_ = !list_.is_cut();
    }

    [[nodiscard]] std::span<const ShadowExchange> exchanges() const {
        return list_.is_odd() ? std::span<const ShadowExchange>{} : list_.exchanges();
    }
    /// See ShadowExchanges.
    [[nodiscard]] std::uint64_t greeting_bytes() const { return list_.greeting_bytes(); }
    [[nodiscard]] std::vector<ShadowExchange> take() { return list_.take(); }
    /// All its exchanges are there.
    [[nodiscard]] bool is_whole() const { return is_whole_; }
    [[nodiscard]] std::uint64_t held_bytes() const {
        return lengths_.held_bytes() + list_.held_bytes();
    }

private:
    TextLengthReader lengths_;
    ShadowExchanges list_;
    bool is_over_ = false;
    bool is_whole_ = false;
};

} // namespace pop3ana
