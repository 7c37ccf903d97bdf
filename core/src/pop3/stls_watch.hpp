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
    bool no_longer_offered() { return say(kNotOffered); }

    void on_refused() {
        is_refused_ = true;
        early_ = Expected::kType;
    }
    /// A password crosses the wire in the clear. Whether to say so.
    bool sends_password() { return is_refused_ && say(kPassword); }

    // -- What is sent around it must be TLS.

    /// The client has sent `bytes` before the server's answer to STLS. Whether to say that they are
    /// clear text.
    bool before_answer(std::string_view bytes) {
        const Check check = begin_record(early_, bytes, /*may_be_alert=*/false);
        early_ = check.next;
        return check.is_clear_text && say(kBefore);
    }

    /// STLS was accepted.
    void on_accepted() {
        client_ = early_ == Expected::kType ? Expected::kType : Expected::kAnything;
        server_ = Expected::kType;
    }
    /// A gap: what comes next may be inside a record.
    void on_gap(Side from) { expect(from, Expected::kAnything); }

    /// What a side sends behind STLS. Whether to say that it is clear text.
    bool after_answer(Side from, std::string_view bytes) {
        const Check check =
            begin_record(from == Side::kClient ? client_ : server_, bytes, /*may_be_alert=*/true);
        expect(from, check.next);
        return check.is_clear_text && say(kAfter);
    }

private:
    /// What a side's next byte has to be for a record to begin (RFC 8446 s.5.1).
    enum class Expected : std::uint8_t { kAnything, kType, kVersion };

    /// What was said already.
    enum Told : std::uint8_t { kNotOffered = 1, kPassword = 2, kBefore = 4, kAfter = 8 };

    struct Check {
        Expected next;
        bool is_clear_text;
    };

    static Check begin_record(Expected expected, std::string_view bytes, bool may_be_alert) {
        constexpr char kAlert = 0x15, kHandshake = 0x16, kMajorVersion = 0x03;
        for (const char byte : bytes) {
            if (expected == Expected::kAnything) break;
            const bool fits = expected == Expected::kVersion
                                  ? byte == kMajorVersion
                                  : byte == kHandshake || (may_be_alert && byte == kAlert);
            if (!fits) return {Expected::kAnything, true};
            expected = expected == Expected::kType ? Expected::kVersion : Expected::kAnything;
        }
        return {expected, false};
    }

    void expect(Side from, Expected expected) {
        if (from == Side::kClient)
            client_ = expected;
        else
            server_ = expected;
    }
    /// Whether it was not said before.
    bool say(Told what) {
        const bool is_new = (told_ & what) == 0;
        told_ = static_cast<std::uint8_t>((told_ | what) & 0xf);
        return is_new;
    }

    Expected early_ : 2 = Expected::kType; ///< of the client, before the answer
    Expected client_ : 2 = Expected::kAnything;
    Expected server_ : 2 = Expected::kAnything;
    bool is_refused_ : 1 = false;
    std::uint8_t told_ : 4 = 0;
};

} // namespace pop3ana
