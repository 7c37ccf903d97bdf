// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline/engine.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <fmt/core.h>
#include <utility>

namespace pop3dump {
namespace {

/// The configuration that the options ask for; its strings are theirs.
pop3ana_config library_config(const EngineOptions &options, const std::string &tls_ports) {
    constexpr std::uint64_t kNsPerMinute = 60'000'000'000;
    pop3ana_config config{};
    pop3ana_config_init(&config);
    if (options.ports) config.ports = options.ports->c_str();
    config.tls_ports = tls_ports.c_str();
    if (options.ignore_commands) config.ignore_commands = options.ignore_commands->c_str();
    if (options.peer) config.peer_description = options.peer->c_str();
    if (options.alerts) config.alerts = options.alerts->c_str();
    if (options.alert_limits) config.alert_limits = options.alert_limits->c_str();
    if (options.trusted_proxies) config.trusted_proxies = options.trusted_proxies->c_str();
    config.fleet_key = {options.fleet_key.data(), options.fleet_key.size()};
    if (options.error_threshold) config.error_threshold = *options.error_threshold;
    if (options.expire_minutes) config.error_expiry_ns = *options.expire_minutes * kNsPerMinute;
    config.sessions_before = options.sessions_before;
    config.alert_once = options.alert_once ? 1 : 0;
    config.midstream = options.midstream ? 1 : 0;
    config.verify_checksums = options.verify_checksums ? 1 : 0;
    config.redact = options.redact ? 1 : 0;
    config.session_end = options.session_end ? 1 : 0;
    config.tls_facts = options.tls_facts ? 1 : 0;
    config.tls_wait = options.has_key_logs || !(options.tls_facts || options.tls_infer) ? 1 : 0;
    config.tls_infer = options.tls_infer ? 1 : 0;
    return config;
}

pop3ana_frame frame_of(const Packet &packet, std::uint64_t number) {
    return {.struct_size = sizeof(pop3ana_frame),
            .data = packet.data.data(),
            .captured_bytes = packet.data.size(),
            .number = number,
            .ts_ns = packet.ts_ns,
            .link_type = packet.link_type,
            .reserved = 0};
}

} // namespace

pop3ana_status Engine::configure(const EngineOptions &options, std::string &error) {
    const std::string tls_ports = options.used_tls_ports();
    const pop3ana_config config = library_config(options, tls_ports);
    const pop3ana_sink sink{sizeof(sink), this, on_event};
    std::array<char, 512> message{};
    pop3ana_engine *engine = nullptr;
    const pop3ana_status status =
        pop3ana_engine_new(&config, &sink, &engine, message.data(), message.size());
    engine_.reset(engine);
    error = message.data();
    if (status != POP3ANA_OK && status != POP3ANA_E_CONFIG)
        error = fmt::format("libpop3ana {}: {}", pop3ana_version(), pop3ana_strerror(status));
    return status;
}

pop3ana_status Engine::feed(const Packet &packet, std::uint64_t number) {
    const pop3ana_frame frame = frame_of(packet, number);
    return checked(pop3ana_feed_frame(engine_.get(), &frame));
}

pop3ana_status Engine::select(const Packet &packet) {
    const pop3ana_frame frame = frame_of(packet, 0);
    return pop3ana_select_frame(engine_.get(), &frame);
}

void Engine::add_secret(const KeyLogSecret &secret) {
    pop3ana_add_tls_secret(engine_.get(), secret.label, secret.client_random, secret.secret.data(),
                           secret.secret.size());
}

std::string Engine::key_log(std::uint64_t connection) const {
    std::array<char, 2'048> lines; // six of the longest are 1,300
    return {lines.data(),
            std::min(lines.size() - 1,
                     pop3ana_tls_key_log(engine_.get(), connection, lines.data(), lines.size()))};
}

pop3ana_status Engine::use_secrets() {
    return checked(pop3ana_use_tls_secrets(engine_.get()));
}

pop3ana_status Engine::finish() {
    return checked(pop3ana_finish(engine_.get()));
}

pop3ana_status Engine::tick(std::int64_t ts_ns) {
    return checked(pop3ana_tick(engine_.get(), ts_ns));
}

pop3ana_counters Engine::counters() const {
    pop3ana_counters counters{};
    counters.struct_size = sizeof(counters);
    pop3ana_counters_get(engine_.get(), &counters);
    return counters;
}

std::vector<pop3ana_skipped> Engine::skipped() const {
    std::vector<pop3ana_skipped> entries;
    pop3ana_skipped entry{};
    entry.struct_size = sizeof(entry);
    while (pop3ana_skipped_next(engine_.get(), &entry) == POP3ANA_OK && entry.frames > 0)
        entries.push_back(entry);
    return entries;
}

/// No exception may pass through the library.
void Engine::on_event(void *user_data, const pop3ana_event *event) {
    auto *engine = static_cast<Engine *>(user_data);
    try {
        engine->outputs_->on_event(*event);
    } catch (const std::exception &) {
        engine->output_failed_ = true;
    }
}

/// `status`, unless an output ran out of memory since the last call.
pop3ana_status Engine::checked(pop3ana_status status) {
    return std::exchange(output_failed_, false) ? POP3ANA_E_NOMEM : status;
}

} // namespace pop3dump
