// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine.hpp"

#include <stdexcept>

namespace pop3ana_plugin {
namespace {

pop3ana_config config_of(const Preferences &preferences) {
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.ports = preferences.ports.c_str();
    config.ignore_commands = preferences.ignore_commands.c_str();
    config.alerts = preferences.alerts.c_str();
    config.trusted_proxies = preferences.trusted_proxies.c_str();
    config.error_threshold = preferences.error_threshold;
    config.midstream = preferences.midstream ? 1 : 0;
    config.redact = preferences.redact ? 1 : 0;
    return config;
}

} // namespace

Engine::Engine(const Preferences &preferences) {
    const pop3ana_config config = config_of(preferences);
    const pop3ana_sink sink{sizeof(sink), this, on_event};
    char why[256];
    pop3ana_engine *engine = nullptr;
    const pop3ana_status status = pop3ana_engine_new(&config, &sink, &engine, why, sizeof(why));
    engine_.reset(engine);
    if (status == POP3ANA_E_NOMEM) throw std::bad_alloc{};
    if (status != POP3ANA_OK) throw std::runtime_error{why};
}

bool Engine::accepts(const Preferences &preferences, char *why, std::size_t size) {
    const pop3ana_config config = config_of(preferences);
    const pop3ana_sink sink{sizeof(sink), nullptr, [](void *, const pop3ana_event *) {}};
    pop3ana_engine *engine = nullptr;
    const pop3ana_status status = pop3ana_engine_new(&config, &sink, &engine, why, size);
    pop3ana_engine_free(engine);
    return status == POP3ANA_OK;
}

void Engine::feed(const pop3ana_frame &frame) {
    pop3ana_feed_frame(engine_.get(), &frame);
    drop_if_incomplete(frame.number);
    const std::uint64_t connection = pop3ana_frame_connection(engine_.get());
    if (connection != 0) events_.add_frame(static_cast<std::uint32_t>(frame.number), connection);
}

void Engine::feed(const pop3ana_decrypted &decrypted) {
    pop3ana_feed_decrypted(engine_.get(), &decrypted);
    drop_if_incomplete(decrypted.number);
}

void Engine::drop_if_incomplete(std::uint64_t frame) {
    if (!incomplete_) return;
    incomplete_ = false;
    events_.drop_from(static_cast<std::uint32_t>(frame));
}

void Engine::on_event(void *self, const pop3ana_event *event) {
    auto &engine = *static_cast<Engine *>(self);
    try {
        engine.events_.add(*event);
    } catch (...) {
        engine.incomplete_ = true;
    }
}

} // namespace pop3ana_plugin
