// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer.hpp"

namespace pop3dump {

ExitStatus Analyzer::configure(const Options &options, const EngineShare &share,
                               std::string &error) {
    pop3ana_config config = library_config(options);
    config.deferred = share.deferred ? 1 : 0;
    config.shards = share.shards;
    config.shard = share.shard;
    config.max_connections /= share.engines;
    config.max_held_bytes /= share.engines;
    // Shards are fed all fragments.
    if (share.shards == 1) config.max_fragment_bytes /= share.engines;
    pop3ana_engine *engine = nullptr;
    const ExitStatus status =
        make_of_library(options, config, relay_.sink(), pop3ana_engine_new, engine, error);
    engine_.reset(engine);
    return status;
}

pop3ana_status Analyzer::feed(const Packet &packet, std::uint64_t number) {
    const pop3ana_frame frame{.struct_size = sizeof(pop3ana_frame),
                              .data = packet.data.data(),
                              .captured_bytes = packet.data.size(),
                              .number = number,
                              .ts_ns = packet.ts_ns,
                              .link_type = packet.link_type,
                              .reserved = 0};
    return relay_.checked(pop3ana_feed_frame(engine_.get(), &frame));
}

pop3ana_status Analyzer::tick(std::int64_t ts_ns) {
    return relay_.checked(pop3ana_tick(engine_.get(), ts_ns));
}

pop3ana_counters Analyzer::counters() const {
    pop3ana_counters counters{};
    counters.struct_size = sizeof(counters);
    pop3ana_counters_get(engine_.get(), &counters);
    return counters;
}

} // namespace pop3dump
