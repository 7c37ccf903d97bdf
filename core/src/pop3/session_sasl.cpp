// The client lines of an AUTH (RFC 5034).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/session.hpp"
#include "pop3ana/pop3ana.h"

namespace pop3ana {
namespace {

// How the detail of an AUTH with a mechanism that is not decoded begins; the argument follows.
constexpr std::string_view kUnknownMechanism = "unknown AUTH method ";

} // namespace

void Pop3Session::begin_sasl(std::string_view argument, SessionContext &context) {
    set_user({}, UserSource::kAuth);
    const std::size_t blank = argument.find(' ');
    pending().sasl = SaslExchange{find_mechanism(argument.substr(0, blank))};
    if (pending().sasl.mechanism() == SaslMechanism::kOther && certainty_.is_certain()) {
        const std::string detail = std::string{kUnknownMechanism}.append(argument);
        unexpected("AUTH", detail, Side::kClient, context,
                   end_of_word(detail, kUnknownMechanism.size()) + 1);
    }
    if (blank != std::string_view::npos) {
        const std::string_view rest = argument.substr(blank + 1);
        const std::string_view initial_response = rest.substr(0, rest.find(' '));
        pending().sasl.initial_response();
        take_sasl_line(initial_response == "=" ? std::string_view{} : initial_response, context);
    }
    take_waiting_sasl_lines(context);
}

void Pop3Session::take_sasl_line(std::string_view line, SessionContext &context) {
    const auto result = pending().sasl.take_line(line, exchange_->credentials);
    set_user(exchange_->credentials.user, UserSource::kAuth);
    switch (result) {
    case SaslExchange::Result::kFine: break;
    case SaslExchange::Result::kBadBase64:
        anomaly(POP3ANA_ANOMALY_BAD_BASE64, Side::kClient, line, context);
        break;
    case SaslExchange::Result::kMalformed:
        anomaly(POP3ANA_ANOMALY_MALFORMED_SASL, Side::kClient, line, context);
        break;
    }
}

void Pop3Session::take_waiting_sasl_lines(SessionContext &context) {
    CommandQueue &waiting = exchange_->waiting;
    while (pending().sasl.takes_line() && !waiting.empty())
        take_sasl_line(waiting.take().text, context);
}

} // namespace pop3ana
