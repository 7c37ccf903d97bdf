// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/engine.hpp"
#include "tls/gcrypt_start.hpp"

#include <algorithm>
#include <limits>

namespace pop3ana {
namespace {

// Differences of any two times must fit.
std::int64_t plausible_time(std::int64_t ts_ns) {
    return std::clamp<std::int64_t>(ts_ns, 0, std::numeric_limits<std::int64_t>::max() / 2);
}

// A TCP segment of a connection that is not analysed: what it looks like.
void count_skipped(const Segment &segment, SkippedFrames &skipped) {
    const auto port = std::min(segment.source_port, segment.destination_port);
    skipped.count(POP3ANA_SKIPPED_TCP_PORT, port);
    if (segment.payload.size() < 4) return;
    const std::uint32_t start = be32(segment.payload.data());
    constexpr std::uint32_t kOkAndBlank = 0x2b4f4b20; // "+OK "
    // Content types 22 and 23, version 3.x (RFC 8446 s.5.1).
    if ((start & 0xfeff0000) == 0x16030000)
        skipped.count(POP3ANA_SKIPPED_TLS_PORT, port);
    else if (start == kOkAndBlank)
        skipped.count(POP3ANA_SKIPPED_POP3_PORT, segment.source_port);
}

} // namespace

Engine::Engine(Config config, const pop3ana_sink &sink, std::uint64_t hash_seed)
    : config_(std::move(config)), sink_(sink),
      events_(event_options(config_, hash_seed), sink_, counters_),
      pop3_(events_, config_.values.session_end != 0),
      tls_(pop3_, config_.reads_tls ? &config_.tls_ports : nullptr,
           {config_.values.tls_wait != 0, config_.values.tls_facts != 0,
            config_.values.tls_infer != 0},
           hash_seed, counters_),
      decoder_({config_.values.max_fragment_bytes, hash_seed, config_.values.verify_checksums != 0},
               counters_),
      flows_({config_.ports, config_.values.max_connections, config_.values.max_held_bytes,
              config_.values.midstream != 0, config_.any_port},
             tls_, hash_seed, counters_) {
    if (config_.reads_tls) start_gcrypt();
    counters_.struct_size = sizeof(counters_);
}

bool Engine::frame(const pop3ana_frame &frame) {
    ++counters_.frames;
    counters_.frame_bytes += frame.captured_bytes;
    frame_connection_ = 0;
    frame_number_ = frame.number;
    frame_ts_ns_ = plausible_time(frame.ts_ns);
    tls_.connections().go_on();
    const Bytes bytes{frame.data, frame.captured_bytes};
    auto result = decoder_.decode(frame.link_type, bytes, frame_ts_ns_, segment_);
    frame_is_unknown_ = true;
    for (bool is_ours = false;; result = decoder_.decode_more(segment_)) {
        frame_is_unknown_ = frame_is_unknown_ && result == PacketDecoder::Result::kUnknown;
        std::uint64_t connection = 0;
        if (packet(result, connection)) is_ours = true;
        if (frame_connection_ == 0) frame_connection_ = connection;
        if (!decoder_.has_more()) return is_ours;
    }
}

// As packet(), for all that it may have come across before: fragments may hold anything, a segment
// of a listed port moves the clock even if it belongs to no connection, and a connection of any
// other port may turn out to be POP3. Wrong checksums do not count against a frame: who reads it
// may want it.
bool Engine::selects(const pop3ana_frame &frame) {
    if (!selector_) selector_ = std::make_unique<Selector>();
    Segment &segment = selector_->segment;
    PacketDecoder &decoder = selector_->decoder;
    auto result = decoder.decode(frame.link_type, {frame.data, frame.captured_bytes},
                                 plausible_time(frame.ts_ns), segment);
    for (;; result = decoder.decode_more(segment)) {
        if (result == PacketDecoder::Result::kFragment) return true;
        if (result == PacketDecoder::Result::kSegment && (config_.any_port || is_listed(segment)))
            return true;
        if (!decoder.has_more()) return false;
    }
}

bool Engine::segment(const pop3ana_segment &segment) {
    if (!frame_is_unknown_) return false;
    segment_.address_family = segment.address_family;
    std::copy_n(segment.source_address, segment_.source.size(), segment_.source.begin());
    std::copy_n(segment.destination_address, segment_.destination.size(),
                segment_.destination.begin());
    const auto result =
        decoder_.decode_tcp({segment.data, segment.captured_bytes}, segment.sent_bytes, segment_);
    return packet(result, frame_connection_);
}

bool Engine::packet(PacketDecoder::Result result, std::uint64_t &connection) {
    switch (result) {
    case PacketDecoder::Result::kUnknown:
    case PacketDecoder::Result::kOther: return false;
    case PacketDecoder::Result::kFragment: return true;
    case PacketDecoder::Result::kSegment: break;
    }
    const bool listed = is_listed(segment_);
    if (listed || config_.any_port) {
        if (flows_.segment(segment_, listed, frame_number_, frame_ts_ns_, connection)) return true;
        if (listed || connection != 0) return false;
    }
    count_skipped(segment_, decoder_.skipped());
    return false;
}

bool Engine::decrypted(const pop3ana_decrypted &decrypted) {
    Segment ends{};
    ends.address_family = decrypted.address_family;
    std::copy_n(decrypted.originator_address, ends.source.size(), ends.source.begin());
    std::copy_n(decrypted.responder_address, ends.destination.size(), ends.destination.begin());
    ends.source_port = decrypted.originator_port;
    ends.destination_port = decrypted.responder_port;
    return flows_.decrypted(ends, decrypted.from_responder != 0 ? Side::kServer : Side::kClient,
                            {decrypted.data, decrypted.bytes}, decrypted.number,
                            plausible_time(decrypted.ts_ns));
}

void Engine::tick(std::int64_t ts_ns) {
    decoder_.tick(plausible_time(ts_ns));
    flows_.tick(plausible_time(ts_ns));
}

} // namespace pop3ana
