// An event while it is made. Whoever finds something out fills the one that it is lent; texts are
// borrowed until it is emitted.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "events/event_table.hpp"
#include "pop3ana/pop3ana.h"

#include <cstdint>
#include <string_view>

namespace pop3ana {

inline pop3ana_slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

inline std::string_view view(pop3ana_slice text) {
    return {text.ptr, text.len};
}

struct Event : pop3ana_event {
    /// The command whose line it is, as the configuration's ignore list numbers them: of a request,
    /// or the accepted one that a reply answers.
    std::uint8_t ignorable_command = kNoCommand;
    /// Where in `text` a secret begins, which is hidden on demand. A password always is one.
    std::size_t secret_offset = kNoSecret;

    /// login: what a guess differs by beside the user: password or token, never hidden.
    std::string_view secret;
    /// login, inferred: lengths of user name and password, which are told nobody.
    std::uint64_t login_lengths = 0;
    /// login: its password crossed the wire after STLS was refused.
    bool defies_stls = false;

    static constexpr std::uint8_t kNoCommand = 63; ///< which no list has
    static constexpr std::size_t kNoSecret = static_cast<std::size_t>(-1);
};

/// Lends one event at a time.
class EventSink {
public:
    /// The event to fill, with nothing in it but its type and whose bytes gave rise to it. emit()
    /// comes before the next begin().
    Event &begin(std::uint32_t type, Side from) {
        // Most are requests and replies, which have few members.
        constexpr EventSet kOrdinary = events(POP3ANA_EVENT_REQUEST, POP3ANA_EVENT_REPLY);
        if ((kOrdinary >> event_.type & 1) != 0)
            clear_members<kOrdinary>(event_);
        else
            clear_all();
        event_.type = type;
        event_.phase = POP3ANA_PHASE_START;
        event_.from_responder = from == Side::kServer ? 1 : 0;
        event_.ignorable_command = Event::kNoCommand;
        event_.secret_offset = Event::kNoSecret;
        event_.defies_stls = false;
        return event_;
    }

    /// Hands the event on that begin() lent.
    virtual void emit() = 0;

    /// The server's CAPA response lists STLS.
    virtual void note_stls_offer() = 0;
    /// Whether one has of late.
    [[nodiscard]] virtual bool has_offered_stls() const = 0;
    /// Whether events of the type stls_offer are wanted.
    [[nodiscard]] virtual bool tells_stls_offers() const { return false; }

protected:
    ~EventSink() = default;

    Event event_{};

private:
    // Not inlined, so that ordinary events do not pay for it.
    [[gnu::noinline]] void clear_all() { clear_members(event_); }
};

} // namespace pop3ana
