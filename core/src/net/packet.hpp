// Finds the TCP segment inside a captured frame: link layers, tags, PPPoE, MPLS, tunnels, IPv4 and
// IPv6 with fragments and extension headers. TCP quoted in ICMP errors is not TCP.
//
// Lengths: what IP says was sent rules (Ethernet padding is not payload); what was captured of it
// may be less. Nesting is bounded by kMaxEncapsulations.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "net/fragments.hpp"
#include "net/ip_protocols.hpp"
#include "net/segment.hpp"
#include "net/skipped_frames.hpp"

namespace pop3ana {

class PacketDecoder {
public:
    struct Options {
        std::uint64_t max_fragment_bytes = 0;
        std::uint64_t hash_seed = 0;
        bool verify_checksums = false;
        bool joins_fragments = true; ///< else each gives kFragment, and no frame leaves a trace
    };

    /// What a frame turned out to hold.
    enum class Result : std::uint8_t {
        kSegment,  ///< `segment` is filled in
        kFragment, ///< a fragment that waits for the rest of its datagram
        kOther,    ///< nothing for us
        kUnknown,  ///< what it holds is not known: it was counted as skipped
    };

    /// `counters` must outlive the decoder.
    PacketDecoder(const Options &options, pop3ana_counters &counters);

    /// Decodes one frame of `link_type` (a LINKTYPE_ value). What `segment` borrows is valid until
    /// the next call, and no longer than the frame.
    Result decode(std::uint32_t link_type, Bytes frame, std::int64_t ts_ns, Segment &segment);

    /// Whether the frame holds another packet: an A-MSDU may hold several.
    [[nodiscard]] bool has_more() const { return !more_.empty(); }

    /// Decodes the next packet of the frame that was decoded last, which must still be there.
    Result decode_more(Segment &segment);

    /// Decodes a TCP segment from its header on, of which `sent_bytes` were sent; the addresses are
    /// in `segment`. What it borrows is valid as long as `tcp`.
    Result decode_tcp(Bytes tcp, std::size_t sent_bytes, Segment &segment) {
        segment_ = &segment;
        return transport(kIpProtocolTcp, tcp, sent_bytes);
    }

    /// Time goes on without frames.
    void tick(std::int64_t ts_ns) { fragments_.expire(ts_ns); }

    /// What was not decoded; of a frame that holds others, the innermost header counts.
    SkippedFrames &skipped() { return skipped_; }
    [[nodiscard]] const SkippedFrames &skipped() const { return skipped_; }

private:
    void begin(Segment &segment);

    // link_layer.cpp. A frame inside another one counts as a header: inner_.
    Result link_layer(std::uint32_t link_type, Bytes frame);
    Result ip_behind(std::size_t header_bytes, Bytes frame);
    Result ethernet(Bytes frame);
    Result inner_ethernet(Bytes frame);
    Result ether_type(std::uint16_t type, Bytes payload);
    Result llc(Bytes frame);
    Result hdlc(Bytes frame);
    Result ppp(Bytes frame);
    Result pppoe(Bytes payload);
    Result mpls(Bytes labels);
    /// Whether an Ethernet frame with IP begins here, where nothing but the frame tells.
    static bool holds_ip(Bytes frame);

    // capture_headers.cpp
    Result inner_link_layer(std::uint32_t link_type, Bytes frame);
    Result ppi(Bytes frame);
    Result pktap(Bytes frame);
    Result nflog(Bytes frame);
    Result pflog(Bytes frame);
    Result erf(Bytes frame);

    // wlan.cpp
    Result radiotap(Bytes frame);
    Result prism(Bytes frame);
    Result avs(Bytes frame);
    Result ieee80211(Bytes frame, bool has_padding = false);
    Result ieee80211(std::uint16_t control, Bytes frame, bool has_padding);
    Result aggregate(Bytes subframes);

    // packet.cpp
    Result ip(Bytes packet);
    Result ipv4(Bytes packet);
    Result ipv6(Bytes packet);
    Result fragment(const DatagramKey &key, std::uint8_t protocol, std::uint32_t offset, bool more,
                    Bytes bytes, std::size_t sent_bytes);
    Result transport(std::uint8_t protocol, Bytes payload, std::size_t sent_bytes);
    Result tcp(Bytes payload, std::size_t sent_bytes);

    // tunnels.cpp
    Result gre(Bytes payload);
    Result pptp(std::uint16_t flags, Bytes payload);
    Result ether_ip(Bytes payload);
    Result l2tp_in_ip(Bytes payload);
    static Bytes l2tp_frame(Bytes data);
    Result udp_tunnel(Bytes payload);
    Result vxlan(Bytes payload, std::uint16_t port);
    Result vxlan_gpe(Bytes payload);
    Result geneve(Bytes payload);
    Result gtp_u(Bytes payload);
    Result l2tp(Bytes payload);
    Result l2tp_version_2(Bytes payload);
    Result teredo(Bytes payload);
    Result capwap_data(Bytes payload);
    Result hp_erm(Bytes payload);
    Result tzsp(Bytes payload);

    /// One more header inside the frame; true: that is too many.
    bool too_deep();
    Result malformed();
    Result not_decoded(std::uint32_t kind, std::uint32_t number);

    Options options_;
    pop3ana_counters &counters_;
    Fragments fragments_;
    SkippedFrames skipped_;

    // Of the frame that is being decoded.
    Segment *segment_ = nullptr;
    std::int64_t ts_ns_ = 0;
    int encapsulations_ = 0;
    bool is_reassembled_ = false; ///< what is looked at is a datagram put together from frames
    Bytes more_;                  ///< the subframes of an A-MSDU that come next
};

} // namespace pop3ana
