// An event builder whose events are written down.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "api/config.hpp"
#include "detect/event_builder.hpp"
#include "pop3/command.hpp"
#include "support.hpp"

#include <algorithm>

namespace unit {

inline void copy_member(const pop3ana::Event &, pop3ana::Event &, pop3ana::ConstantMember) {}
inline void copy_member(const pop3ana::Event &from, pop3ana::Event &to,
                        pop3ana::AddressMember value) {
    to.*value.family = from.*value.family;
    std::copy_n(from.*value.address, 16, to.*value.address);
}
template <class Value>
void copy_member(const pop3ana::Event &from, pop3ana::Event &to, Value value) {
    to.*value.member = from.*value.member;
}

/// Emits an event that was made elsewhere.
inline void emit_again(const pop3ana::Event &made, pop3ana::EventBuilder &builder) {
    pop3ana::Event &event = builder.begin(
        made.type, made.from_responder != 0 ? pop3ana::Side::kServer : pop3ana::Side::kClient);
    event.phase = made.phase;
    pop3ana::for_each_member(
        made.type, [&](auto row) { copy_member(made, event, pop3ana::kMemberValue<row>); });
    event.ignorable_command = made.ignorable_command;
    event.secret_offset = made.secret_offset;
    builder.emit();
}

class EventBench {
public:
    explicit EventBench(const pop3ana_config &values = pop3ana::default_config())
        : config(parsed(values)), builder(pop3ana::event_options(config, 3), sink, counters) {
        builder.set_connection(ends, session, record);
    }

    /// Emits one event; returns what came of it, with "; " between: the log line without its time,
    /// in brackets when it is not for the log.
    std::string events_of(const pop3ana::Event &made) {
        text.clear();
        emit_again(made, builder);
        return text;
    }

    pop3ana::Config config;
    pop3ana_sink sink{sizeof(pop3ana_sink), this, note};
    pop3ana_counters counters{};
    pop3ana::ConnectionEnds ends{{{10, 0, 0, 1}, 4}, {{10, 0, 0, 2}, 4}, 1, 40000, 110};
    pop3ana::SessionNumber session;
    pop3ana::SessionRecord record;
    pop3ana::EventBuilder builder;
    pop3ana_event last{}; ///< numbers only: its texts are gone
    std::string text;

private:
    static pop3ana::Config parsed(const pop3ana_config &values) {
        pop3ana::Config result;
        std::string message;
        pop3ana::parse_config(values, result, message);
        return result;
    }

    static void note(void *self, const pop3ana_event *event) {
        auto &bench = *static_cast<EventBench *>(self);
        bench.last = *event;
        pop3ana_event in_log = *event;
        in_log.in_log = 1;
        std::string line(1'000, '\0');
        line.resize(pop3ana_format_log_line(&in_log, line.data(), line.size()));
        line.erase(0, line.find('#'));
        if (event->type == POP3ANA_EVENT_ANOMALY) line += pop3ana_anomaly_name(event->anomaly);
        if (event->type == POP3ANA_EVENT_ANOMALY && event->text.len != 0)
            line.append(" ").append(event->text.ptr, event->text.len);
        if (!bench.text.empty()) bench.text += "; ";
        bench.text += event->in_log != 0 ? line : '[' + line + ']';
    }
};

inline pop3ana::Event event(std::uint32_t type, pop3ana::Command command, std::string_view text) {
    pop3ana::Event result{};
    result.type = type;
    if (command != pop3ana::Command::kUnknown) {
        result.ignorable_command = static_cast<std::uint8_t>(command);
        result.command = pop3ana::slice(pop3ana::row_of(command).word);
    }
    result.text = pop3ana::slice(text);
    result.phase = POP3ANA_PHASE_TRANSACTION;
    return result;
}

inline pop3ana::Event request(pop3ana::Command command, std::string_view argument = {}) {
    return event(POP3ANA_EVENT_REQUEST, command, argument);
}

inline pop3ana::Event reply(bool ok, pop3ana::Command command = pop3ana::Command::kUnknown,
                            std::string_view text = {}) {
    pop3ana::Event result = event(POP3ANA_EVENT_REPLY, command, text);
    result.status = ok ? POP3ANA_STATUS_OK : POP3ANA_STATUS_ERR;
    result.from_responder = 1;
    return result;
}

inline pop3ana::Event login(bool ok, std::string_view user, std::string_view password) {
    pop3ana::Event result = event(ok ? POP3ANA_EVENT_LOGIN_SUCCESS : POP3ANA_EVENT_LOGIN_FAILURE,
                                  pop3ana::Command::kPass, {});
    result.user = pop3ana::slice(user);
    result.password = pop3ana::slice(password);
    return result;
}

inline pop3ana::Event anomaly(std::uint32_t kind) {
    pop3ana::Event result = event(POP3ANA_EVENT_ANOMALY, pop3ana::Command::kUnknown, {});
    result.anomaly = kind;
    return result;
}

} // namespace unit
