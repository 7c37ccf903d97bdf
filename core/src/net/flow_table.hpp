// The connections of an engine: finds the one a segment belongs to, opens and closes them, ages and
// evicts them, and owns what is known of each (docs/semantics.md section 6).
//
// Every open connection is in one of two lists, longest idle first: those that have sent data, and
// those that have not, which give way first when the table is full. Closed ones linger in a third.
// Those that hold early bytes are also in a queue by what they hold, and those that wait for a
// second to go by in one by the age of their oldest ACK.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/index_heap.hpp"
#include "base/index_list.hpp"
#include "base/keyed_table.hpp"
#include "base/limits.hpp"
#include "base/port_set.hpp"
#include "net/application.hpp"
#include "net/packet_clock.hpp"
#include "net/tcp_connection.hpp"

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
    };

    /// All, and the ports, must outlive the table.
    FlowTable(const Options &options, App &application, std::uint64_t hash_seed,
              pop3ana_counters &counters);

    /// Analyses one segment from or to a POP3 port; `frame` brought it. False when it belongs to no
    /// connection that is analysed. `connection` becomes the number of the one it belongs to, also
    /// when that has ended; it is left alone when there is none.
    bool segment(const Segment &segment, std::uint64_t frame, std::int64_t ts_ns,
                 std::uint64_t &connection);

    /// Analyses bytes that somebody else has decrypted and put in order, of the connection that
    /// `ends` names; its source is the originator. False when that connection is over, and
    /// for no bytes.
    bool decrypted(const Segment &ends, Side from, Bytes bytes, std::uint64_t frame,
                   std::int64_t ts_ns);

    /// It is `ts_ns` or later, though no segment came.
    void tick(std::int64_t ts_ns);

    /// Drops the connection at work, which an exception left in an unknown state, and counts its
    /// bytes.
    void abandon_current() noexcept;

private:
    enum class List : std::uint8_t { kWithoutData, kWithData, kClosed };

    using Session = typename App::Session;

    // Hot and cold fields together: the session lies behind its connection, where it takes neither
    // a pointer nor what malloc(3) adds, and comes with the same cache lines.
    struct Flow {
        FlowKey key;
        Link age; ///< in the list named by `list`
        std::int64_t last_ns = 0;
        std::uint64_t number = 0; ///< from 1, in the order of opening
        TcpConnection tcp;
        Session session{false};
        std::uint32_t text_place = kNoIndex; ///< in `texts_`
        std::uint32_t text_bytes = 0;        ///< of the session in `text_bytes_`
        std::uint64_t last_order : 48 = 0;   ///< of its last segment, in the order of capture
        std::uint8_t originator : 1 = 0;     ///< which end of the key
        bool saw_originator : 1 = false;     ///< a segment of it
        bool saw_responder : 1 = false;
        bool is_one_sided : 1 = false; ///< counted as such
        bool has_session : 1 = false;  ///< from the first byte or gap on
        List list : 2 = List::kWithoutData;
        bool is_analysed : 1 = false; ///< its responder's port is a POP3 port
        bool midstream : 1 = false;
        bool is_decrypted : 1 = false; ///< its session gets decrypted bytes, and no others
    };
    static_assert(sizeof(Flow) <= 336, "a million connections are to fit in 300 MiB");
    using Table = KeyedTable<Flow>;
    struct AgeLink {
        static Link &get(Table &table, std::uint32_t index) { return table[index].age; }
    };
    struct HolderPlace {
        static std::uint32_t &get(Table &table, std::uint32_t index) {
            return table[index].tcp.places().holders;
        }
    };
    struct WaitingPlace {
        static std::uint32_t &get(Table &table, std::uint32_t index) {
            return table[index].tcp.places().waiting;
        }
    };

    struct TextPlace {
        static std::uint32_t &get(Table &table, std::uint32_t index) {
            return table[index].text_place;
        }
    };

    /// Hands the bytes of one flow to its session.
    class Stream;

    enum class Opening : std::uint8_t { kSyn, kSynAck, kNeither };
    static Opening opening_of(const Segment &segment);

    std::optional<std::uint32_t> find_or_open(const Segment &segment, const SegmentKey &key,
                                              std::uint64_t &connection);
    std::uint32_t find_open(const Segment &segment, const SegmentKey &key, std::uint32_t index);
    std::uint32_t open(const FlowKey &key, unsigned originator, Start start);
    void feed(std::uint32_t index, Side from, const Segment &segment);
    void begin_frame(std::uint64_t frame, std::int64_t ts_ns);
    void pass_time();
    void give_up_overdue_holes();
    void see(Flow &flow, Side from, bool has_data);
    void after_work(std::uint32_t index, Flow &flow);
    void queue(std::uint32_t index);
    void count_text(std::uint32_t index, std::uint64_t bytes);
    template <class Heap>
    std::uint64_t share_key(const Heap &heap, std::uint32_t index, std::uint64_t bytes);
    [[nodiscard]] bool is_room_short() const {
        return shared_.held_cost > options_.max_held_bytes || text_bytes_ > kTextBytesTotal;
    }
    void share_rooms();
    void release(std::uint32_t index);
    void begin_decrypted(Flow &flow);
    void close(std::uint32_t index);
    void remove(std::uint32_t index);
    void make_room();
    void expire();
    bool is_over(const Flow &flow, std::int64_t age_ns);
    void drop_closed();
    void give_up_idle();
    std::uint32_t longest_idle();
    void touch(Flow &flow) const;
    void move_to(std::uint32_t index, List which);
    [[nodiscard]] Side sender(std::uint32_t index, const SegmentKey &key) const;

    static constexpr std::uint64_t kOrderMask = (std::uint64_t{1} << 48) - 1;
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    auto &list(List which) { return lists_[static_cast<std::size_t>(which)]; }

    const Options options_;
    App &app_;
    pop3ana_counters &counters_;
    PacketClock clock_;
    TcpShared shared_;
    Table flows_;
    std::array<IndexList<Table, AgeLink>, 3> lists_;
    IndexHeap<Table, HolderPlace> holders_;  ///< of early bytes, see share_key()
    IndexHeap<Table, TextPlace> texts_;      ///< of text, likewise
    IndexHeap<Table, WaitingPlace> waiting_; ///< by the order of the oldest ACK beyond a hole
    std::size_t without_data_ = 0;           ///< flows in the other lists than kWithData
    std::uint64_t text_bytes_ = 0;           ///< that the sessions keep
    std::uint64_t frame_ = 0;                ///< the one at work
    std::uint32_t current_ = kNoIndex;
    std::int64_t next_expiry_ns_ = kNever; ///< no flow is over before
    std::int64_t holes_due_ns_ = kNever;   ///< nor does a hole's second end
};

} // namespace pop3ana
