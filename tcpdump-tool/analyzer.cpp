// Options to configuration, and events to outputs.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer.hpp"

#include <array>
#include <exception>
#include <fmt/core.h>
#include <string_view>
#include <utility>

namespace pop3dump {
namespace {

/// The library's "FIELD: 'VALUE': REASON" with the option that the user knows.
std::string name_option(const Options &options, const std::string &message) {
    const std::size_t colon = message.find(':');
    const std::string option = option_for_field(options, message.substr(0, colon));
    return option.empty() ? message : option + message.substr(colon);
}

pop3ana_config configuration(const Options &options) {
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

} // namespace

ExitStatus Analyzer::configure(const Options &options, std::string &error) {
    const pop3ana_config config = configuration(options);
    const pop3ana_sink sink{sizeof(sink), this, &Analyzer::on_event};
    std::array<char, 512> message{};
    pop3ana_engine *engine = nullptr;
    const pop3ana_status status =
        pop3ana_engine_new(&config, &sink, &engine, message.data(), message.size());
    engine_.reset(engine);
    if (status == POP3ANA_OK) return ExitStatus::Ok;
    if (status == POP3ANA_E_CONFIG) {
        error = name_option(options, message.data());
        return ExitStatus::Usage;
    }
    error = fmt::format("libpop3ana {}: {}", pop3ana_version(), pop3ana_strerror(status));
    return ExitStatus::Failure;
}

pop3ana_status Analyzer::feed(const Packet &packet, std::uint64_t number) {
    const pop3ana_frame frame{.struct_size = sizeof(pop3ana_frame),
                              .data = packet.data.data(),
                              .captured_bytes = packet.data.size(),
                              .number = number,
                              .ts_ns = packet.ts_ns,
                              .link_type = packet.link_type,
                              .reserved = 0};
    const pop3ana_status status = pop3ana_feed_frame(engine_.get(), &frame);
    return std::exchange(output_failed_, false) ? POP3ANA_E_NOMEM : status;
}

pop3ana_status Analyzer::tick(std::int64_t ts_ns) {
    const pop3ana_status status = pop3ana_tick(engine_.get(), ts_ns);
    return std::exchange(output_failed_, false) ? POP3ANA_E_NOMEM : status;
}

pop3ana_counters Analyzer::counters() const {
    pop3ana_counters counters{};
    counters.struct_size = sizeof(counters);
    pop3ana_counters_get(engine_.get(), &counters);
    return counters;
}

/// No exception may pass through the library.
void Analyzer::on_event(void *user_data, const pop3ana_event *event) {
    auto *analyzer = static_cast<Analyzer *>(user_data);
    try {
        analyzer->output_->on_event(*event);
    } catch (const std::exception &) {
        analyzer->output_failed_ = true;
    }
}

} // namespace pop3dump
