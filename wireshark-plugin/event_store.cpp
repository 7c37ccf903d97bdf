// An event's record: a number, 0 when the event before it in the frame is of the same session, else
// that of the session and one; the event, its time told from that of the one before or from the
// start of the session; where in the frame its text stands, and one, or 0; of an -ERR reply, a
// number that leads to the frame of the client's one before.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_store.hpp"

#include "events/event_codec.hpp"

#include <algorithm>
#include <functional>
#include <span>

namespace pop3ana_plugin {
namespace {

std::string client_of(const pop3ana_event &event) {
    return {reinterpret_cast<const char *>(event.originator_address),
            event.originator_family == 4 ? std::size_t{4} : std::size_t{16}};
}

bool is_error(const pop3ana_event &event) {
    return event.type == POP3ANA_EVENT_REPLY && event.status == POP3ANA_STATUS_ERR;
}

// Of two ends, those of the session.
template <class From, class To> void copy_ends(const From &from, To &to) {
    std::copy_n(from.originator_address, sizeof(to.originator_address), to.originator_address);
    std::copy_n(from.responder_address, sizeof(to.responder_address), to.responder_address);
    to.originator_port = from.originator_port;
    to.responder_port = from.responder_port;
    to.address_family = from.address_family;
    to.originator_family = from.originator_family;
}

/// Where the text stands in the frame; kNowhere: elsewhere.
std::uint32_t place_in(std::span<const std::uint8_t> frame, pop3ana_slice text) {
    const auto *begin = reinterpret_cast<const char *>(frame.data());
    const bool is_inside = std::less_equal<>{}(begin, text.ptr) &&
                           std::less_equal<>{}(text.ptr + text.len, begin + frame.size());
    return is_inside && text.ptr != nullptr ? static_cast<std::uint32_t>(text.ptr - begin)
                                            : StoredEvent::kNowhere;
}

} // namespace

void EventStore::add(const pop3ana_event &event, std::span<const std::uint8_t> frame_bytes) {
    if (event.type == POP3ANA_EVENT_NEW_CONNECTION) open_session(event);
    const auto frame = static_cast<std::uint32_t>(event.frame);
    if (entries_.empty() || entries_.back().frame != frame) {
        if (entries_.size() == blocks_.size() * kBlockEntries) blocks_.push_back(bytes_.size());
        entries_.push_back({frame, static_cast<std::uint32_t>(bytes_.size() - blocks_.back()), 0});
        last_ = {};
    }
    const bool goes_on = last_.is_of(event.session);
    record_.clear();
    pop3ana::encode_number(goes_on ? 0 : event.session + 1, record_);
    pop3ana::encode_event(event, goes_on ? last_.ts_ns : start_of(event.session), record_);
    pop3ana::encode_number(place_in(frame_bytes, event.text) + 1U, record_);
    if (is_error(event)) {
        const std::uint32_t previous = take_previous_error_frame(event);
        pop3ana::encode_number(previous == 0 ? 0 : event.frame - previous + 1, record_);
    }
    bytes_.insert(bytes_.end(), record_.begin(), record_.end());
    link_response(event);
    last_ = {event.session + 1, event.ts_ns};
}

void EventStore::link_response(const pop3ana_event &event) {
    if (event.type != POP3ANA_EVENT_REPLY || event.request_frame == 0) return;
    const std::size_t entry = find(entries_, static_cast<std::uint32_t>(event.request_frame));
    if (entry < entries_.size() && entries_[entry].response == 0)
        entries_[entry].response = static_cast<std::uint32_t>(event.frame);
}

void EventStore::open_session(const pop3ana_event &event) {
    Session session{};
    session.start_ns = event.ts_ns;
    session.first_frame = static_cast<std::uint32_t>(event.frame);
    copy_ends(event, session);
    // Even where memory ran out for one before it.
    if (sessions_.size() < event.session) sessions_.resize(event.session);
    sessions_[event.session - 1] = session;
    if (session_of_connection_.size() < event.connection)
        session_of_connection_.resize(event.connection);
    session_of_connection_[event.connection - 1] = static_cast<std::uint32_t>(event.session);
}

const EventStore::Session *EventStore::find_session(std::uint64_t number) const {
    return number == 0 || number > sessions_.size() ? nullptr : &sessions_[number - 1];
}

std::int64_t EventStore::start_of(std::uint64_t session) const {
    const Session *found = find_session(session);
    return found != nullptr ? found->start_ns : 0;
}

void EventStore::add_frame(std::uint32_t frame, std::uint64_t connection) {
    frames_.push_back({frame, static_cast<std::uint32_t>(connection)});
}

std::uint32_t EventStore::session_of(std::uint32_t frame) const {
    const std::size_t row = find(frames_, frame);
    if (row == frames_.size()) return 0;
    const std::uint32_t connection = frames_[row].connection;
    return connection > session_of_connection_.size() ? 0 : session_of_connection_[connection - 1];
}

std::uint32_t EventStore::take_previous_error_frame(const pop3ana_event &event) {
    std::uint32_t &last = last_error_frames_[client_of(event)];
    const std::uint32_t previous = event.error_count > 1 ? last : 0;
    last = static_cast<std::uint32_t>(event.frame);
    return previous;
}

void EventStore::drop_from(std::uint32_t frame) {
    while (!frames_.empty() && frames_.back().frame >= frame)
        frames_.pop_back();
    while (!entries_.empty() && entries_.back().frame >= frame) {
        bytes_.resize(begin_of(entries_.size() - 1));
        entries_.pop_back();
        if (entries_.size() % kBlockEntries == 0) blocks_.resize(entries_.size() / kBlockEntries);
    }
}

template <class Row>
std::size_t EventStore::find(const std::deque<Row> &rows, std::uint32_t frame) {
    // On the first visit the frame is the last one, or has no row.
    if (rows.empty() || rows.back().frame < frame) return rows.size();
    if (rows.back().frame == frame) return rows.size() - 1;
    // What is asked for while frames come is near the end.
    std::size_t distance = 1;
    while (distance < rows.size() && rows[rows.size() - distance].frame > frame)
        distance *= 2;
    const auto first = rows.end() - static_cast<std::ptrdiff_t>(std::min(distance, rows.size()));
    const auto row =
        std::lower_bound(first, rows.end(), frame, [](const Row &candidate, std::uint32_t number) {
            return candidate.frame < number;
        });
    return row->frame == frame ? static_cast<std::size_t>(row - rows.begin()) : rows.size();
}

std::uint64_t EventStore::begin_of(std::size_t entry) const {
    return entry == entries_.size() ? bytes_.size()
                                    : blocks_[entry / kBlockEntries] + entries_[entry].begin;
}

std::size_t EventStore::bytes_of(std::size_t entry) const {
    return begin_of(entry + 1) - begin_of(entry);
}

void EventStore::copy_bytes(std::size_t entry, std::uint8_t *to) const {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_of(entry)), bytes_of(entry), to);
}

bool EventStore::read_next(std::span<const std::uint8_t> &rest, std::uint32_t frame,
                           Previous &previous, StoredEvent &stored,
                           pop3ana_session_summary &summary) const {
    stored = {};
    pop3ana_event &event = stored.event;
    event.struct_size = sizeof(event);
    event.frame = frame;
    std::uint64_t session_code = 0;
    std::uint64_t place_code = 0;
    std::uint64_t distance = 0;
    if (!pop3ana::decode_number(rest, session_code)) return false; // at the end
    const bool goes_on = session_code == 0;
    event.session = (goes_on ? previous.session_code : session_code) - 1;
    if (const Session *session = find_session(event.session)) {
        event.first_frame = session->first_frame;
        copy_ends(*session, event);
    }
    const std::int64_t base_ns = goes_on ? previous.ts_ns : start_of(event.session);
    if (!pop3ana::decode_event(rest, base_ns, event, summary) ||
        !pop3ana::decode_number(rest, place_code))
        return false; // never: add() wrote it
    stored.text_at = static_cast<std::uint32_t>(place_code) - 1U;
    previous = {event.session + 1, event.ts_ns};
    if (is_error(event) && pop3ana::decode_number(rest, distance) && distance != 0)
        stored.previous_error_frame = static_cast<std::uint32_t>(frame + 1 - distance);
    return true;
}

StoredEvents EventStore::read(std::uint32_t frame, wmem_allocator_t *pool) const {
    const std::size_t entry = find(entries_, frame);
    if (entry == entries_.size()) return {nullptr, 0};
    const std::size_t size = bytes_of(entry);
    auto *const copy = static_cast<std::uint8_t *>(wmem_alloc(pool, size));
    copy_bytes(entry, copy);
    std::span<const std::uint8_t> rest{copy, size};
    std::size_t room = 4;
    StoredEvents result{wmem_alloc_array(pool, StoredEvent, room), 0};
    pop3ana_session_summary summary;
    for (Previous previous;
         read_next(rest, frame, previous, result.events[result.count], summary);) {
        pop3ana_event &event = result.events[result.count].event;
        if (event.summary != nullptr) {
            auto *const kept = wmem_new(pool, pop3ana_session_summary);
            *kept = summary;
            event.summary = kept;
        }
        if (++result.count < room) continue;
        room *= 2;
        result.events = static_cast<StoredEvent *>(
            wmem_realloc(pool, result.events, room * sizeof(StoredEvent)));
    }
    return result;
}

std::size_t EventStore::error_frames(const pop3ana_event &alert, std::uint32_t *frames,
                                     std::size_t room) const {
    const std::string client = client_of(alert);
    std::size_t count = 0;
    for (auto frame = static_cast<std::uint32_t>(alert.frame); frame != 0 && count < room;
         frame = error_frame_before(frame, client))
        frames[count++] = frame;
    return count;
}

std::uint32_t EventStore::error_frame_before(std::uint32_t frame, const std::string &client) const {
    const std::size_t entry = find(entries_, frame);
    if (entry == entries_.size()) return 0;
    std::uint32_t before = 0;
    visit_events(entry, [&](const StoredEvent &stored) {
        if (!is_error(stored.event) || client_of(stored.event) != client) return true;
        // The first one: later ones name this frame.
        before = stored.previous_error_frame < frame ? stored.previous_error_frame : 0;
        return false;
    });
    return before;
}

std::uint32_t EventStore::response_to(std::uint32_t frame) const {
    const std::size_t entry = find(entries_, frame);
    const std::uint32_t response = entry < entries_.size() ? entries_[entry].response : 0;
    if (response == 0) return 0;
    const std::size_t response_entry = find(entries_, response);
    if (response_entry == entries_.size()) return 0;
    bool is_there = false; // What had that number can have been dropped.
    visit_events(response_entry, [&](const StoredEvent &stored) {
        is_there = stored.event.type == POP3ANA_EVENT_REPLY && stored.event.request_frame == frame;
        return !is_there;
    });
    return is_there ? response : 0;
}

template <class Visit> void EventStore::visit_events(std::size_t entry, Visit visit) const {
    std::vector<std::uint8_t> bytes(bytes_of(entry));
    copy_bytes(entry, bytes.data());
    std::span<const std::uint8_t> rest = bytes;
    Previous previous;
    pop3ana_session_summary summary;
    for (StoredEvent one; read_next(rest, entries_[entry].frame, previous, one, summary);)
        if (!visit(one)) return;
}

} // namespace pop3ana_plugin
