// What the core said of a capture file, by the frame, in little memory: 8 bytes a frame of a POP3
// connection, 16 more and some 10 bytes an event where there are events, and the bytes of their
// text.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <epan/wmem_scopes.h>
#include <pop3ana/pop3ana.h>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace pop3ana_plugin {

/// An event as it was reported, but without the number of its connection and peer_description, and
/// without ends when it has no session. Its slices and its summary are in the memory that it was
/// read into.
struct StoredEvent {
    pop3ana_event event;
    std::uint32_t previous_error_frame; ///< -ERR reply: that of the client's one before; 0: none
    std::uint32_t text_at; ///< where in the frame its text stands; kNowhere: not as it is

    static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};
};

struct StoredEvents {
    StoredEvent *events;
    std::size_t count;
};

/// Frames come in ascending order.
class EventStore {
public:
    /// Keeps a copy of `event`, which is due to the frame of these bytes. Throws std::bad_alloc.
    void add(const pop3ana_event &event, std::span<const std::uint8_t> frame_bytes);

    /// The frame belongs to the connection, which is not 0. Throws std::bad_alloc.
    void add_frame(std::uint32_t frame, std::uint64_t connection);

    /// Drops what is kept of `frame` and of later frames.
    void drop_from(std::uint32_t frame);

    /// Whether the frame belongs to a connection.
    [[nodiscard]] bool has_connection(std::uint32_t frame) const {
        return find(frames_, frame) < frames_.size();
    }

    /// Number of the session that the frame's connection has by now; 0: none.
    [[nodiscard]] std::uint32_t session_of(std::uint32_t frame) const;

    /// Whether the frame has events.
    [[nodiscard]] bool has(std::uint32_t frame) const {
        return find(entries_, frame) < entries_.size();
    }

    /// The frame of the first reply to the commands of `frame`; 0: none has come. Throws
    /// std::bad_alloc.
    [[nodiscard]] std::uint32_t response_to(std::uint32_t frame) const;

    /// Copies the events of `frame` into memory of `pool`. Throws std::bad_alloc.
    [[nodiscard]] StoredEvents read(std::uint32_t frame, wmem_allocator_t *pool) const;

    /// Writes the frames of the -ERR replies that made up `alert`, the newest first, to `frames`;
    /// stops when `room` is full. Returns how many. Throws std::bad_alloc.
    std::size_t error_frames(const pop3ana_event &alert, std::uint32_t *frames,
                             std::size_t room) const;

private:
    /// Where the events of a frame begin in `bytes_`: counted from where those of its block of
    /// entries do, so that 32 bits suffice.
    struct Entry {
        std::uint32_t frame;
        std::uint32_t begin;
        std::uint32_t
            response; ///< frame of the first reply to its commands, unless it was dropped; 0: none
    };
    static_assert(sizeof(Entry) == 12);
    static constexpr std::size_t kBlockEntries = 64;
    struct FrameOfConnection {
        std::uint32_t frame;
        std::uint32_t connection;
    };
    static_assert(sizeof(FrameOfConnection) == 8);
    /// What all events of a session have in common.
    struct Session {
        std::int64_t start_ns;
        std::uint8_t originator_address[16];
        std::uint8_t responder_address[16];
        std::uint32_t first_frame;
        std::uint16_t originator_port;
        std::uint16_t responder_port;
        std::uint8_t address_family;
        std::uint8_t originator_family;
    };
    /// The event before one in its frame.
    struct Previous {
        std::uint64_t session_code = 0; ///< its session and one; 0: there is none
        std::int64_t ts_ns = 0;

        [[nodiscard]] bool is_of(std::uint64_t session) const {
            return session_code == session + 1;
        }
    };

    /// The place of the frame's row; the number of rows when it has none.
    template <class Row>
    [[nodiscard]] static std::size_t find(const std::deque<Row> &rows, std::uint32_t frame);
    [[nodiscard]] std::uint64_t begin_of(std::size_t entry) const;
    [[nodiscard]] std::size_t bytes_of(std::size_t entry) const;
    void copy_bytes(std::size_t entry, std::uint8_t *to) const;
    /// Takes the next event of the frame off the front of `rest`; false: there is none.
    bool read_next(std::span<const std::uint8_t> &rest, std::uint32_t frame, Previous &previous,
                   StoredEvent &stored, pop3ana_session_summary &summary) const;
    [[nodiscard]] std::uint32_t error_frame_before(std::uint32_t frame,
                                                   const std::string &client) const;
    /// Every event of the frame, the first one first. visit(stored) returns whether to go on.
    template <class Visit> void visit_events(std::size_t entry, Visit visit) const;
    void link_response(const pop3ana_event &event);
    void open_session(const pop3ana_event &event);
    [[nodiscard]] const Session *find_session(std::uint64_t number) const;
    [[nodiscard]] std::int64_t start_of(std::uint64_t session) const;
    [[nodiscard]] std::uint32_t take_previous_error_frame(const pop3ana_event &event);

    std::deque<FrameOfConnection> frames_;            ///< by frame
    std::deque<Entry> entries_;                       ///< by frame, of those with events
    std::deque<std::uint64_t> blocks_;                ///< where in `bytes_` they begin
    std::deque<std::uint8_t> bytes_;                  ///< the events, one after the other
    std::deque<Session> sessions_;                    ///< by number, from 1
    std::deque<std::uint32_t> session_of_connection_; ///< by number, from 1; 0: none
    std::unordered_map<std::string, std::uint32_t> last_error_frames_; ///< by client's address
    Previous last_;                                                    ///< the newest event
    std::vector<std::uint8_t> record_; ///< an event while it is written
};

} // namespace pop3ana_plugin
