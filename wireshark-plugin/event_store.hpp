// The events of a capture file by the frame that completed them, in little memory: an entry of 12
// bytes a frame that has events, some 15 bytes an event, and the bytes of its text.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <epan/wmem_scopes.h>
#include <pop3ana/pop3ana.h>
#include <string>
#include <unordered_map>

namespace pop3ana_plugin {

/// An event as it was reported; error_count is kept of -ERR replies and warnings only. Its slices
/// are in the memory that it was read into.
struct StoredEvent {
    pop3ana_event event;
    std::uint32_t previous_error_frame; ///< -ERR reply: that of the client's one before; 0: none
};

struct StoredEvents {
    StoredEvent *events;
    std::size_t count;
};

class EventStore {
public:
    /// Keeps a copy of `event`. Frames come in ascending order. Throws std::bad_alloc.
    void add(const pop3ana_event &event);

    /// Drops the events of `frame` and of later frames.
    void drop_from(std::uint32_t frame);

    [[nodiscard]] bool has(std::uint32_t frame) const { return find(frame) != nullptr; }

    /// Copies the events of `frame` into memory of `pool`. Throws std::bad_alloc.
    [[nodiscard]] StoredEvents read(std::uint32_t frame, wmem_allocator_t *pool) const;

    /// Writes the frames of the -ERR replies that made up `alert`, the newest first, to `frames`;
    /// stops when `room` is full. Returns how many. Throws std::bad_alloc.
    std::size_t error_frames(const pop3ana_event &alert, wmem_allocator_t *pool,
                             std::uint32_t *frames, std::size_t room) const;

private:
    /// Where the events of a frame begin in `bytes_`. In two halves, so that nothing is padded.
    struct Entry {
        std::uint32_t frame;
        std::uint32_t begin_low;
        std::uint32_t begin_high;

        [[nodiscard]] std::uint64_t begin() const {
            return std::uint64_t{begin_high} << 32U | begin_low;
        }
    };
    static_assert(sizeof(Entry) == 12);
    /// What all events of a session have in common.
    struct Session {
        std::int64_t start_ns;
        std::uint8_t originator_address[16];
        std::uint8_t responder_address[16];
        std::uint32_t first_frame;
        std::uint16_t originator_port;
        std::uint16_t responder_port;
        std::uint8_t address_family;
    };
    class Reader;
    class Writer;

    [[nodiscard]] std::uint32_t error_frame_before(std::uint32_t frame, const std::string &client,
                                                   wmem_allocator_t *pool) const;
    [[nodiscard]] const Entry *find(std::uint32_t frame) const;
    void open_session(const pop3ana_event &event);
    [[nodiscard]] const Session *session_of(const pop3ana_event &event) const;
    [[nodiscard]] std::uint32_t take_previous_error_frame(const pop3ana_event &event);

    std::deque<Entry> entries_;      ///< by frame
    std::deque<std::uint8_t> bytes_; ///< the events, one after the other
    std::deque<Session> sessions_;   ///< by number, from 1
    std::unordered_map<std::string, std::uint32_t> last_error_frames_; ///< by client's address
};

} // namespace pop3ana_plugin
