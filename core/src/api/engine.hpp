// Wires the stages of the core together: frame -> segment -> connection -> session -> event.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "api/config.hpp"
#include "api/pop3_application.hpp"
#include "net/packet.hpp"

#include <memory>

namespace pop3ana {

class Engine {
public:
    /// `config` has been parsed by parse_config().
    Engine(Config config, const pop3ana_sink &sink, std::uint64_t hash_seed);
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    /// False when the frame holds nothing for the analyzer.
    bool frame(const pop3ana_frame &frame);

    /// Whether frame() might do more with it than count it, whatever came before. Changes nothing.
    bool selects(const pop3ana_frame &frame);

    /// Number of the connection of the last frame; 0: none.
    [[nodiscard]] std::uint64_t frame_connection() const { return frame_connection_; }

    /// False when it is not taken: that frame was decoded, or there is nothing for the analyzer.
    bool segment(const pop3ana_segment &segment);

    bool decrypted(const pop3ana_decrypted &decrypted);
    void add_tls_secret(SecretLabel label, Bytes client_random, Bytes secret) {
        tls_.connections().add_secret(label, client_random, secret);
    }
    void go_on() { tls_.connections().go_on(); }
    [[nodiscard]] std::string tls_key_log(std::uint64_t connection) const {
        return tls_.connections().key_log(connection);
    }
    void finish() { tls_.connections().finish(); }
    void tick(std::int64_t ts_ns);

    /// Puts the engine in order again after an exception.
    void recover() noexcept { flows_.abandon_flow_in_progress(); }

    [[nodiscard]] const pop3ana_counters &counters() const { return counters_; }
    [[nodiscard]] const SkippedFrames &skipped() const { return decoder_.skipped(); }

private:
    /// One of those that the frame holds; the result is in segment_. It has two callers: the flow
    /// table is inlined in it only because it is not inlined in them.
    [[gnu::noinline]] bool packet(PacketDecoder::Result result, std::uint64_t &connection);
    [[nodiscard]] bool is_listed(const Segment &segment) const {
        return config_.ports.test(segment.source_port) ||
               config_.ports.test(segment.destination_port);
    }

    /// Of selects() alone: what it decodes counts nowhere.
    struct Selector {
        pop3ana_counters counters{};
        Segment segment{};
        PacketDecoder decoder{{.joins_fragments = false}, counters};
    };

    Config config_;
    pop3ana_sink sink_;
    pop3ana_counters counters_{};
    EventBuilder events_;
    Pop3Application pop3_;
    TlsApplication<Pop3Application> tls_;
    PacketDecoder decoder_;
    FlowTable<TlsApplication<Pop3Application>> flows_;

    std::unique_ptr<Selector> selector_; ///< NULL: nobody has asked

    // Of the last frame.
    Segment segment_{};
    std::uint64_t frame_connection_ = 0;
    std::uint64_t frame_number_ = 0;
    std::int64_t frame_ts_ns_ = 0;
    bool frame_is_unknown_ = false; ///< it may hold segments that others find
};

} // namespace pop3ana
