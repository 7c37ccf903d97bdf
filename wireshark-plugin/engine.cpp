// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine.hpp"

#include "api/config.hpp"

#include <algorithm>
#include <stdexcept>

namespace pop3ana_plugin {
namespace {

constexpr std::uint64_t kNsPerMinute = 60'000'000'000;
/// What is longer is never: the core counts nanoseconds in 64 bits.
constexpr std::uint32_t kMostMinutes = 10 * 366 * 24 * 60;

pop3ana_config config_of(const Preferences &preferences) {
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.ports = preferences.ports.c_str();
    config.ignore_commands = preferences.ignore_commands.c_str();
    config.alerts = preferences.alerts.c_str();
    config.alert_limits = preferences.alert_limits.c_str();
    config.trusted_proxies = preferences.trusted_proxies.c_str();
    config.peer_description = preferences.peer.c_str();
    config.error_expiry_ns = std::min(preferences.expire_minutes, kMostMinutes) * kNsPerMinute;
    config.error_threshold = preferences.error_threshold;
    config.alert_once = preferences.alert_once ? 1 : 0;
    config.midstream = preferences.midstream ? 1 : 0;
    config.redact = preferences.redact ? 1 : 0;
    config.verify_checksums = preferences.verify_checksums ? 1 : 0;
    config.session_end = 1;
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

bool Engine::accepts(const Preferences &preferences, pop3ana::PortSet &ports, std::string &why) {
    pop3ana::Config config;
    if (!pop3ana::parse_config(config_of(preferences), config, why)) return false;
    ports = config.ports;
    return true;
}

void Engine::begin_frame(std::uint32_t frame) {
    frame_ = frame;
    most_severe_ = {};
    bytes_ = {};
    events_.drop_from(frame);
}

void Engine::feed(const pop3ana_frame &frame) {
    bytes_ = {frame.data, frame.captured_bytes};
    pop3ana_feed_frame(engine_.get(), &frame);
    drop_if_incomplete();
    add_to_connection();
}

void Engine::feed(const pop3ana_segment &segment) {
    pop3ana_feed_segment(engine_.get(), &segment);
    drop_if_incomplete();
    add_to_connection();
}

void Engine::add_to_connection() {
    const std::uint64_t connection = pop3ana_frame_connection(engine_.get());
    if (connection != 0) events_.add_frame(frame_, connection);
}

void Engine::feed(const pop3ana_decrypted &decrypted) {
    pop3ana_feed_decrypted(engine_.get(), &decrypted);
    drop_if_incomplete();
}

void Engine::drop_if_incomplete() {
    if (!incomplete_) return;
    incomplete_ = false;
    events_.drop_from(frame_);
}

void Engine::on_event(void *self, const pop3ana_event *event) {
    auto &engine = *static_cast<Engine *>(self);
    engine.most_severe_.raise_to(expert_of(*event));
    try {
        if (event->frame == engine.frame_) {
            engine.events_.add(*event, engine.bytes_);
        } else {
            // Of a port that is not listed, events of earlier frames come with the one that shows
            // that it is POP3. tshark has printed those frames.
            pop3ana_event here = *event;
            here.frame = engine.frame_;
            engine.events_.add(here, engine.bytes_);
        }
    } catch (...) {
        engine.incomplete_ = true;
    }
}

} // namespace pop3ana_plugin
