// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_store.hpp"

#include <algorithm>
#include <cstring>

namespace pop3ana_plugin {
namespace {

std::string client_of(const pop3ana_event &event) {
    return {reinterpret_cast<const char *>(event.originator_address),
            event.address_family == 4 ? std::size_t{4} : std::size_t{16}};
}

bool is_error(const pop3ana_event &event) {
    return event.type == POP3ANA_EVENT_REPLY && event.status == POP3ANA_STATUS_ERR;
}

// What a record holds beside type, flags, session, time and the first two texts.
bool has_error_count(const pop3ana_event &event) {
    return is_error(event) || event.type == POP3ANA_EVENT_THRESHOLD_WARNING;
}

bool has_login(const pop3ana_event &event) {
    return event.type == POP3ANA_EVENT_LOGIN_SUCCESS || event.type == POP3ANA_EVENT_LOGIN_FAILURE;
}

bool has_anomaly(const pop3ana_event &event) {
    return event.type == POP3ANA_EVENT_ANOMALY;
}

// Of the flags of a record: it is the first one of its frame.
constexpr std::uint8_t kFirstOfFrame = 0x80;

std::uint8_t flags_of(const pop3ana_event &event) {
    return static_cast<std::uint8_t>(event.phase | event.status << 3U |
                                     std::uint32_t{event.in_log} << 5U |
                                     std::uint32_t{event.from_responder} << 6U);
}

void set_flags(std::uint8_t flags, pop3ana_event &event) {
    event.phase = flags & 7U;
    event.status = flags >> 3U & 3U;
    event.in_log = flags >> 5U & 1U;
    event.from_responder = flags >> 6U & 1U;
}

// A frame that is none or lies before `frame`, as a small number.
std::uint64_t distance(std::uint64_t frame, std::uint64_t earlier) {
    return earlier == 0 ? 0 : frame - earlier + 1;
}

std::uint64_t earlier_frame(std::uint64_t frame, std::uint64_t distance) {
    return distance == 0 ? 0 : frame + 1 - distance;
}

} // namespace

class EventStore::Writer {
public:
    explicit Writer(EventStore &store) : store_(store) {}

    void write(const pop3ana_event &event, bool is_first, std::uint32_t previous_error_frame) {
        const Session *session = store_.session_of(event);
        const std::uint8_t first = is_first ? kFirstOfFrame : 0;
        store_.bytes_.push_back(flags_of(event) | first);
        store_.bytes_.push_back(static_cast<std::uint8_t>(event.type));
        number(event.session);
        number(
            static_cast<std::uint64_t>(event.ts_ns - (session != nullptr ? session->start_ns : 0)));
        number(distance(event.frame, event.request_frame));
        if (has_error_count(event)) number(event.error_count);
        if (is_error(event)) number(distance(event.frame, previous_error_frame));
        if (has_anomaly(event))
            for (const std::uint64_t value : {std::uint64_t{event.anomaly}, event.lost_bytes,
                                              event.lost_commands, event.left_out})
                number(value);
        text(event.command);
        text(event.text);
        if (has_login(event)) {
            text(event.user);
            text(event.password);
        }
    }

private:
    // Seven bits a byte, the lowest first; the last byte is below 128.
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U)
            store_.bytes_.push_back(static_cast<std::uint8_t>(value | 0x80U));
        store_.bytes_.push_back(static_cast<std::uint8_t>(value));
    }

    void text(pop3ana_slice text) {
        number(text.len);
        store_.bytes_.insert(store_.bytes_.end(), text.ptr, text.ptr + text.len);
    }

    EventStore &store_;
};

class EventStore::Reader {
public:
    Reader(const EventStore &store, std::uint64_t begin)
        : store_(store), next_(store.bytes_.begin() + static_cast<std::ptrdiff_t>(begin)) {}

    void read(std::uint32_t frame, wmem_allocator_t *pool, StoredEvent &stored) {
        stored = {};
        pop3ana_event &event = stored.event;
        event.struct_size = sizeof(event);
        event.frame = frame;
        set_flags(*next_++, event);
        event.type = *next_++;
        event.session = number();
        event.ts_ns = static_cast<std::int64_t>(number());
        if (const Session *session = store_.session_of(event)) fill(*session, event);
        event.request_frame = earlier_frame(frame, number());
        if (has_error_count(event)) event.error_count = number();
        if (is_error(event))
            stored.previous_error_frame =
                static_cast<std::uint32_t>(earlier_frame(frame, number()));
        if (has_anomaly(event)) {
            event.anomaly = static_cast<std::uint32_t>(number());
            event.lost_bytes = number();
            event.lost_commands = number();
            event.left_out = number();
        }
        event.command = text(pool);
        event.text = text(pool);
        if (has_login(event)) {
            event.user = text(pool);
            event.password = text(pool);
        }
    }

    /// Whether another event of the frame follows.
    [[nodiscard]] bool is_inside_frame() const {
        return next_ != store_.bytes_.end() && (*next_ & kFirstOfFrame) == 0;
    }

private:
    static void fill(const Session &session, pop3ana_event &event) {
        event.ts_ns += session.start_ns;
        std::copy_n(session.originator_address, sizeof(event.originator_address),
                    event.originator_address);
        std::copy_n(session.responder_address, sizeof(event.responder_address),
                    event.responder_address);
        event.first_frame = session.first_frame;
        event.originator_port = session.originator_port;
        event.responder_port = session.responder_port;
        event.address_family = session.address_family;
    }

    std::uint64_t number() {
        std::uint64_t result = 0;
        for (unsigned shift = 0;; shift += 7) {
            const std::uint8_t byte = *next_++;
            result |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) return result;
        }
    }

    pop3ana_slice text(wmem_allocator_t *pool) {
        const std::size_t length = number();
        if (length == 0) return {nullptr, 0};
        auto *copy = static_cast<char *>(wmem_alloc(pool, length));
        std::copy_n(next_, length, copy);
        next_ += static_cast<std::ptrdiff_t>(length);
        return {copy, length};
    }

    const EventStore &store_;
    std::deque<std::uint8_t>::const_iterator next_;
};

void EventStore::add(const pop3ana_event &event) {
    if (event.type == POP3ANA_EVENT_NEW_CONNECTION) open_session(event);
    const auto frame = static_cast<std::uint32_t>(event.frame);
    const bool is_first = entries_.empty() || entries_.back().frame != frame;
    if (is_first) {
        const std::uint64_t begin = bytes_.size();
        entries_.push_back(
            {frame, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin >> 32U)});
    }
    Writer{*this}.write(event, is_first, is_error(event) ? take_previous_error_frame(event) : 0);
}

void EventStore::open_session(const pop3ana_event &event) {
    Session session{};
    session.start_ns = event.ts_ns;
    std::copy_n(event.originator_address, sizeof(session.originator_address),
                session.originator_address);
    std::copy_n(event.responder_address, sizeof(session.responder_address),
                session.responder_address);
    session.first_frame = static_cast<std::uint32_t>(event.frame);
    session.originator_port = event.originator_port;
    session.responder_port = event.responder_port;
    session.address_family = event.address_family;
    sessions_.push_back(session);
}

const EventStore::Session *EventStore::session_of(const pop3ana_event &event) const {
    if (event.session == 0 || event.session > sessions_.size()) return nullptr;
    return &sessions_[event.session - 1];
}

std::uint32_t EventStore::take_previous_error_frame(const pop3ana_event &event) {
    std::uint32_t &last = last_error_frames_[client_of(event)];
    const std::uint32_t previous = event.error_count > 1 ? last : 0;
    last = static_cast<std::uint32_t>(event.frame);
    return previous;
}

void EventStore::drop_from(std::uint32_t frame) {
    while (!entries_.empty() && entries_.back().frame >= frame) {
        bytes_.resize(entries_.back().begin());
        entries_.pop_back();
    }
}

const EventStore::Entry *EventStore::find(std::uint32_t frame) const {
    // On the first visit the frame is the last one, or has no events.
    if (entries_.empty() || entries_.back().frame < frame) return nullptr;
    if (entries_.back().frame == frame) return &entries_.back();
    const auto entry = std::lower_bound(
        entries_.begin(), entries_.end(), frame,
        [](const Entry &candidate, std::uint32_t number) { return candidate.frame < number; });
    return entry == entries_.end() || entry->frame != frame ? nullptr : &*entry;
}

StoredEvents EventStore::read(std::uint32_t frame, wmem_allocator_t *pool) const {
    const Entry *entry = find(frame);
    if (entry == nullptr) return {nullptr, 0};
    std::size_t room = 4;
    StoredEvents result{wmem_alloc_array(pool, StoredEvent, room), 0};
    Reader reader{*this, entry->begin()};
    do {
        if (result.count == room) {
            room *= 2;
            result.events = static_cast<StoredEvent *>(
                wmem_realloc(pool, result.events, room * sizeof(StoredEvent)));
        }
        reader.read(frame, pool, result.events[result.count++]);
    } while (reader.is_inside_frame());
    return result;
}

std::size_t EventStore::error_frames(const pop3ana_event &alert, wmem_allocator_t *pool,
                                     std::uint32_t *frames, std::size_t room) const {
    const std::string client = client_of(alert);
    std::size_t count = 0;
    for (auto frame = static_cast<std::uint32_t>(alert.frame); frame != 0 && count < room;
         frame = error_frame_before(frame, client, pool))
        frames[count++] = frame;
    return count;
}

std::uint32_t EventStore::error_frame_before(std::uint32_t frame, const std::string &client,
                                             wmem_allocator_t *pool) const {
    const StoredEvents stored = read(frame, pool);
    for (std::size_t i = 0; i < stored.count; ++i) { // The first one: later ones name this frame.
        const StoredEvent &candidate = stored.events[i];
        if (is_error(candidate.event) && client_of(candidate.event) == client)
            return candidate.previous_error_frame < frame ? candidate.previous_error_frame : 0;
    }
    return 0;
}

} // namespace pop3ana_plugin
