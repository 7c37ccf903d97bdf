// SPDX-License-Identifier: GPL-2.0-or-later
#include "library_setup.hpp"

#include <cstdint>
#include <exception>
#include <fmt/core.h>
#include <utility>

namespace pop3dump {

pop3ana_config library_config(const Options &options) {
    constexpr std::uint64_t kNsPerMinute = 60'000'000'000;
    pop3ana_config config{};
    pop3ana_config_init(&config);
    if (options.ports) config.ports = options.ports->c_str();
    if (options.ignore_commands) config.ignore_commands = options.ignore_commands->c_str();
    if (options.peer) config.peer_description = options.peer->c_str();
    if (options.error_threshold) config.error_threshold = *options.error_threshold;
    if (options.expire_minutes) config.error_expiry_ns = *options.expire_minutes * kNsPerMinute;
    config.midstream = options.midstream ? 1 : 0;
    config.verify_checksums = options.verify_checksums ? 1 : 0;
    config.redact = options.redact ? 1 : 0;
    return config;
}

/// The library's message is "FIELD: 'VALUE': REASON"; the user knows the option.
std::string refusal_of(pop3ana_status status, const Options &options, const char *message) {
    if (status != POP3ANA_E_CONFIG) {
        return fmt::format("libpop3ana {}: {}", pop3ana_version(), pop3ana_strerror(status));
    }
    const std::string text = message;
    const std::size_t colon = text.find(':');
    const std::string option = option_for_field(options, text.substr(0, colon));
    return option.empty() ? text : option + text.substr(colon);
}

pop3ana_status EventRelay::checked(pop3ana_status status) {
    return std::exchange(output_failed_, false) ? POP3ANA_E_NOMEM : status;
}

void EventRelay::on_event(void *user_data, const pop3ana_event *event) {
    auto *relay = static_cast<EventRelay *>(user_data);
    try {
        relay->output_->on_event(*event);
    } catch (const std::exception &) {
        relay->output_failed_ = true;
    }
}

} // namespace pop3dump
