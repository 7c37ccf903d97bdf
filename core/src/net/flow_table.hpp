// The connections of an engine: finds the one a segment belongs to, opens and closes them, ages and
// evicts them, and owns what is known of each (docs/semantics.md section 6).
//
// Flows are in FlowLists by their age. Those that buffer something out of order, and those whose
// sessions keep text, are in a ShareQueue each. Those that wait for a second to go by are in a
// queue by the age of their oldest ACK.
//
// The member functions are in flow_table_segments.hpp and flow_table_lifetime.hpp, for who says
// which application the table has.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/index_heap.hpp"
#include "base/keyed_table.hpp"
#include "base/limits.hpp"
#include "base/port_set.hpp"
#include "net/application.hpp"
#include "net/flow.hpp"
#include "net/flow_lists.hpp"
#include "net/packet_clock.hpp"
#include "net/probe_table.hpp"
#include "net/session_sink.hpp"
#include "net/share_queue.hpp"

#include <limits>
#include <optional>

namespace pop3ana {

template <Application App> class FlowTable {
public:
    struct Options {
        const PortSet &ports; ///< of servers that are analysed
        std::uint32_t max_connections = 0;
        std::uint64_t max_held_bytes = 0; ///< out of order, of all connections
        bool midstream = true;            ///< take connections whose start was not captured
        bool any_port = false;            ///< the application may claim connections of other ports
    };

    /// All, and the ports, must outlive the table.
    FlowTable(const Options &options, App &application, std::uint64_t hash_seed,
              pop3ana_counters &counters)
        : options_(options), app_(application), counters_(counters), shared_{counters},
          flows_(hash_seed), lists_(flows_), probes_(hash_seed) {}

    /// Analyses one segment, which `frame` brought. `is_listed`: it is from or to a POP3 port; else
    /// it counts if its connection is undecided or claimed (docs/semantics.md section 12). False
    /// when it belongs to no connection that is analysed or undecided. `connection` becomes the
    /// number of the one it belongs to, also when that has ended; it is left alone when there is
    /// none.
    bool segment(const Segment &segment, bool is_listed, std::uint64_t frame, std::int64_t ts_ns,
                 std::uint64_t &connection);

    /// Analyses bytes that somebody else has decrypted and put in order, of the connection that
    /// `ends` names; its source is the client. False when that connection is over, and
    /// for no bytes.
    bool decrypted(const Segment &ends, Side from, Bytes bytes, std::uint64_t frame,
                   std::int64_t ts_ns);

    /// It is `ts_ns` or later, though no segment came.
    void tick(std::int64_t ts_ns);

    /// Drops the connection at work, which an exception left in an unknown state, and counts its
    /// bytes.
    void abandon_flow_in_progress() noexcept;

private:
    using Entry = Flow<typename App::Session>;
    static_assert(sizeof(Entry) <= 336, "a million connections are to fit in 300 MiB");
    using Table = KeyedTable<Entry>;
    using Sink = SessionSink<App>;

    struct BufferPlace {
        static std::uint32_t &get(Table &table, std::uint32_t index) {
            return table[index].tcp.places().buffers;
        }
    };
    struct AckPlace {
        static std::uint32_t &get(Table &table, std::uint32_t index) {
            return table[index].tcp.places().acks;
        }
    };
    struct TextPlace {
        static std::uint32_t &get(Table &table, std::uint32_t index) {
            return table[index].text_place;
        }
    };

    /// Text that flows keep, and who gives way where it is too much.
    struct TextShares {
        ShareQueue<Table, TextPlace> queue;
        std::uint64_t bytes = 0;
    };

    static constexpr std::uint64_t kOrderMask = (std::uint64_t{1} << 48) - 1;
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    const Options options_;
    App &app_;
    pop3ana_counters &counters_;
    PacketClock clock_;
    TcpShared shared_;
    Table flows_;
    FlowLists<Table> lists_;
    ProbeTable<typename App::Probe> probes_;       ///< of undecided flows
    ShareQueue<Table, BufferPlace> buffer_shares_; ///< of memory for what is out of order
    TextShares text_;                              ///< of sessions
    TextShares undecided_;                         ///< of undecided flows, with what is buffered
    IndexHeap<Table, AckPlace> pending_acks_;      ///< by the order of the oldest ACK beyond a gap
    std::uint64_t last_number_ = 0;                ///< of a connection
    std::uint64_t frame_ = 0;                      ///< the one at work
    std::uint32_t flow_in_progress_ = kNoIndex;    ///< for abandon_flow_in_progress()
    std::int64_t next_expiry_ns_ = kNever;         ///< no flow has expired before
    std::int64_t gaps_due_ns_ = kNever;            ///< nor has a gap

    // Segments: flow_table_segments.hpp.
    enum class Opening : std::uint8_t { kSyn, kSynAck, kNeither };
    static Opening opening_of(const Segment &segment);
    enum class Interest : std::uint8_t { kNone, kUndecided, kKnown };
    // What few flows need is out of line, so that what all need is not.
    [[gnu::noinline]] Interest interest_in(const Segment &segment, const SegmentKey &key,
                                           std::uint64_t frame, std::int64_t ts_ns);
    std::optional<std::uint32_t> find_or_open(const Segment &segment, const SegmentKey &key,
                                              std::uint64_t &connection);
    std::uint32_t find_open(const Segment &segment, const SegmentKey &key, std::uint32_t index);
    std::uint32_t open(const FlowKey &key, unsigned client, Start start);
    [[nodiscard]] bool is_listed(const FlowKey &key) const {
        return options_.ports.test(key.port(0)) || options_.ports.test(key.port(1));
    }
    [[nodiscard]] Side sender(std::uint32_t index, const SegmentKey &key) const;
    void feed(std::uint32_t index, Side from, const Segment &segment);
    void count_direction(Entry &flow, Side from, bool has_data);
    void begin_decrypted(Entry &flow);
    [[nodiscard]] Sink sink(Entry &flow) { return {app_, counters_, probes_, flow}; }

    // Time, shares of memory, the end of a flow: flow_table_lifetime.hpp.
    void begin_frame(std::uint64_t frame, std::int64_t ts_ns);
    void advance_time();
    void expire_gaps();
    void expire();
    void drop_closed();
    void close_idle();
    bool has_expired(const Entry &flow, std::int64_t age_ns);
    void mark_active(Entry &flow) const;
    void update_lists(std::uint32_t index, Entry &flow);
    void update_buffers(std::uint32_t index, TcpConnection &tcp);
    [[gnu::noinline]] void update_undecided(std::uint32_t index, Entry &flow);
    [[gnu::noinline]] void leave_undecided(std::uint32_t index);
    void give_up_undecided(std::uint32_t index);
    void count_text(std::uint32_t index, std::uint64_t bytes);
    [[nodiscard]] bool is_memory_short() const {
        return shared_.buffered_cost > options_.max_held_bytes || text_.bytes > kTextBytesTotal;
    }
    void share_memory();
    void release(std::uint32_t index);
    void close(std::uint32_t index, ConnectionEnd reason);
    void remove(std::uint32_t index);
    void forget(std::uint32_t index);
    void count_open(const Entry &flow, int change);
    [[nodiscard]] bool is_full() const {
        return flows_.size() - lists_.size(FlowList::kUndecided) -
                       lists_.size(FlowList::kRejected) >=
                   options_.max_connections ||
               lists_.without_data() >= kConnectionsWithoutData;
    }
    void evict();
};

} // namespace pop3ana
