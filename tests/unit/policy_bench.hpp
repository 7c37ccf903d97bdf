// A policy stage whose events are written down.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "policy.hpp"
#include "support.hpp"

namespace unit {

class PolicyBench {
public:
    explicit PolicyBench(const pop3ana_config &values = pop3ana::default_config())
        : config(parsed(values)), policy(config, sink, 3, counters) {
        policy.enter(ends, session);
    }

    /// Hands one fact on; returns its events, with "; " between: the log line without its time, in
    /// brackets when it is not for the log.
    std::string events_of(const pop3ana::Fact &fact) {
        text.clear();
        policy.on_fact(fact);
        return text;
    }

    pop3ana::Config config;
    pop3ana_sink sink{sizeof(pop3ana_sink), this, note};
    pop3ana_counters counters{};
    pop3ana::ConnectionEnds ends{{{10, 0, 0, 1}, 4}, {{10, 0, 0, 2}, 4}, 1, 40000, 110};
    pop3ana::SessionNumber session;
    pop3ana::Policy policy;
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
        auto &bench = *static_cast<PolicyBench *>(self);
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

inline pop3ana::Fact fact(std::uint32_t type, pop3ana::Command command, std::string_view text) {
    pop3ana::Fact result;
    result.type = type;
    result.command = command;
    if (command != pop3ana::Command::kUnknown) result.word = pop3ana::row_of(command).word;
    result.text = text;
    result.phase = pop3ana::Phase::kTransaction;
    return result;
}

inline pop3ana::Fact request(pop3ana::Command command, std::string_view argument = {}) {
    return fact(POP3ANA_EVENT_REQUEST, command, argument);
}

inline pop3ana::Fact reply(bool ok, pop3ana::Command command = pop3ana::Command::kUnknown,
                           std::string_view text = {}) {
    pop3ana::Fact result = fact(POP3ANA_EVENT_REPLY, command, text);
    result.status = ok ? POP3ANA_STATUS_OK : POP3ANA_STATUS_ERR;
    result.from = pop3ana::Side::kResponder;
    return result;
}

inline pop3ana::Fact login(bool ok, std::string_view user, std::string_view password) {
    pop3ana::Fact result = fact(ok ? POP3ANA_EVENT_LOGIN_SUCCESS : POP3ANA_EVENT_LOGIN_FAILURE,
                                pop3ana::Command::kPass, {});
    result.user = user;
    result.password = password;
    return result;
}

inline pop3ana::Fact anomaly(std::uint32_t kind, std::string_view text = {}) {
    pop3ana::Fact result = fact(POP3ANA_EVENT_ANOMALY, pop3ana::Command::kUnknown, text);
    result.anomaly = kind;
    return result;
}

} // namespace unit
