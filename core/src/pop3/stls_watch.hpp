// What in a session is odd about STLS (docs/semantics.md section 8, RFC 2595 s.4): each once.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"

#include <cstdint>
#include <string_view>

namespace pop3ana {

class StlsWatch {
public:
    // -- STLS is not offered, or refused.

    /// CAPA no longer lists it. Whether to say so.
    bool no_longer_offered() {
        const bool is_new = !told_not_offered_;
        told_not_offered_ = true;
        return is_new;
    }

    void on_refused() {
        if (refusal_ == Refusal::kNone) refusal_ = Refusal::kRefused;
        if (client_ != Expected::kTold) client_ = Expected::kType;
    }
    /// A password crosses the wire in the clear. Whether to say so.
    bool sends_password() {
        if (refusal_ != Refusal::kRefused) return false;
        refusal_ = Refusal::kTold;
        return true;
    }

    // -- What is sent around it must be TLS.

    /// The client has sent `bytes` before the server's answer to STLS. Whether to say that they are
    /// clear text.
    bool before_answer(std::string_view bytes) {
        const Check check = begin_record(client_, bytes, /*may_be_alert=*/false);
        client_ = check.is_clear_text ? Expected::kTold : check.next;
        return check.is_clear_text;
    }

    /// STLS was accepted; unless that is certain, what comes next may be anything.
    void on_accepted(bool is_certain) {
        if (!is_certain || client_ != Expected::kType) client_ = Expected::kAnything;
        if (is_certain) server_ = Expected::kType;
    }
    /// A gap behind it: what comes next may be inside a record.
    void on_gap(Side from) {
        if (from == Side::kServer)
            server_ = Expected::kAnything;
        else
            client_ = Expected::kAnything;
    }

    /// What a side sends behind STLS. Whether to say that it is clear text.
    bool after_answer(Side from, std::string_view bytes) {
        const bool is_client = from == Side::kClient;
        const Check check =
            begin_record(is_client ? client_ : server_, bytes, /*may_be_alert=*/true);
        if (check.is_clear_text) // Whatever the other side sends.
            client_ = server_ = Expected::kAnything;
        else if (is_client)
            client_ = check.next;
        else
            server_ = check.next;
        return check.is_clear_text;
    }

private:
    /// What a side's next byte has to be for a record to begin (RFC 8446 s.5.1).
    enum class Expected : std::uint8_t {
        kAnything,
        kType,
        kVersion,
        kTold, ///< anything: that it was clear text before the answer is said already
    };
    enum class Refusal : std::uint8_t { kNone, kRefused, kTold };

    struct Check {
        Expected next;
        bool is_clear_text;
    };

    static Check begin_record(Expected expected, std::string_view bytes, bool may_be_alert) {
        constexpr char kAlert = 0x15;
        constexpr char kHandshake = 0x16;
        constexpr char kMajorVersion = 0x03;
        for (const char byte : bytes) {
            if (expected != Expected::kType && expected != Expected::kVersion) break;
            const bool fits = expected == Expected::kVersion
                                  ? byte == kMajorVersion
                                  : byte == kHandshake || (may_be_alert && byte == kAlert);
            if (!fits) return {Expected::kAnything, true};
            expected = expected == Expected::kType ? Expected::kVersion : Expected::kAnything;
        }
        return {expected, false};
    }

    // A million sessions have one: it is a byte.
    Expected client_ : 2 = Expected::kType;
    Expected server_ : 2 = Expected::kAnything;
    Refusal refusal_ : 2 = Refusal::kNone;
    bool told_not_offered_ : 1 = false;
};

} // namespace pop3ana
