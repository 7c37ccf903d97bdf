// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_tree.hpp"

#include "base/address_text.hpp"
#include "event_fields.hpp"
#include "events/log_line.hpp"
#include "member_tree.hpp"
#include "preferences.hpp"
#include "session_end_tree.hpp"
#include "utf8_text.hpp"

#include <cstring>

namespace pop3ana_plugin {
namespace {

/// What `format`, called as snprintf, writes; NULL if that is nothing.
template <class Format> const char *formatted(wmem_allocator_t *pool, Format format) {
    const std::size_t length = format(nullptr, 0);
    if (length == 0) return nullptr;
    auto *text = static_cast<char *>(wmem_alloc(pool, length + 1));
    format(text, length + 1);
    return text;
}

const char *log_line(const pop3ana_event &event, wmem_allocator_t *pool) {
    return formatted(pool, [&event](char *buffer, std::size_t size) {
        return pop3ana_format_log_line(&event, buffer, size);
    });
}

void show_login(const Place &place, const pop3ana_event &event) {
    const bool success = event.type == POP3ANA_EVENT_LOGIN_SUCCESS;
    proto_item *item = add_text(place, field::login, success ? "success" : "failure");
    if (!success)
        expert_add_info_format(place.packet, item, expert_of(event).field,
                               "POP3 login failed: user %s",
                               escaped(event.user, place.packet->pool));
}

const char *alert_text(const pop3ana_event &event, wmem_allocator_t *pool) {
    return formatted(pool, [&event](char *buffer, std::size_t size) {
        return pop3ana::format_alert(event, buffer, size);
    });
}

/// Which alerts of a frame get links to the replies behind them. Each one looks at events of 32
/// frames, and a frame can hold thousands of alerts, most of the same client: the same links.
class LinkedAlerts {
public:
    bool add(const pop3ana_event &alert) {
        if (number_ == kMost || (number_ != 0 && is_of_last(alert))) return false;
        ++number_;
        std::copy_n(alert.originator_address, sizeof(last_), last_);
        return true;
    }

private:
    static constexpr unsigned kMost = 4;

    [[nodiscard]] bool is_of_last(const pop3ana_event &alert) const {
        return std::equal(last_, last_ + sizeof(last_), alert.originator_address);
    }

    unsigned number_ = 0;
    std::uint8_t last_[16] = {};
};

/// The alert with its numbers, which that on errors does not have in the log.
const char *alert_summary(const pop3ana_event &event, const char *text, wmem_allocator_t *pool) {
    if (event.alert != POP3ANA_ALERT_ERRORS) return text;
    return wmem_strdup_printf(pool, "%" G_GUINT64_FORMAT " errors, limit %u",
                              guint64{event.error_count}, preferences().error_threshold);
}

void show_alert(const Place &place, const pop3ana_event &event, const EventStore &store,
                LinkedAlerts &linked) {
    const char *text = alert_text(event, place.packet->pool);
    proto_item *item = add_text(place, field::alert, text);
    add_text(place, field::alert_summary, alert_summary(event, text, place.packet->pool));
    // Without numbers: Expert Information puts equal texts of a client together.
    expert_add_info_format(place.packet, item, expert_of(event).field, "POP3 client %s: %s",
                           client_text(event, place.packet->pool), text);
    if (event.alert != POP3ANA_ALERT_ERRORS) return;
    if (!place.wants(field::error_frame) || !linked.add(event)) return;
    constexpr std::size_t kLinks = 32;
    std::uint32_t frames[kLinks];
    const std::size_t room = MIN(kLinks, event.error_count);
    std::size_t count = 0;
    try {
        count = store.error_frames(event, frames, room);
    } catch (...) { // Out of memory: no links.
    }
    for (std::size_t i = 0; i < count; ++i)
        add_frame(place, field::error_frame, frames[i]);
}

/// What is more than a member.
void show_verdict(const Place &place, const pop3ana_event &event, const EventStore &store,
                  LinkedAlerts &linked) {
    switch (event.type) {
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE: return show_login(place, event);
    case POP3ANA_EVENT_THRESHOLD_WARNING:
    case POP3ANA_EVENT_ALERT: return show_alert(place, event, store, linked);
    case POP3ANA_EVENT_UNEXPECTED:
        expert_add_info_format(
            place.packet, place.owner, expert_of(event).field, "Unexpected POP3 command: %s: %s",
            escaped(event.command, place.packet->pool), escaped(event.text, place.packet->pool));
        return;
    case POP3ANA_EVENT_ANOMALY:
        expert_add_info(place.packet, place.owner, expert_of(event).field);
        return;
    default: return;
    }
}

/// One of two fields, by the family; none when the address is not known: family 0.
void add_address(const Place &place, int which_4, int which_6, std::uint8_t family,
                 const std::uint8_t *address) {
    const int which = family == 4 ? which_4 : which_6;
    if (family == 0 || !place.wants(which)) return;
    proto_item *item;
    if (family == 4) {
        ws_in4_addr ipv4;
        std::memcpy(&ipv4, address, sizeof(ipv4));
        item = proto_tree_add_ipv4(place.tree, which, place.tvb, 0, 0, ipv4);
    } else {
        ws_in6_addr ipv6;
        std::memcpy(&ipv6, address, sizeof(ipv6));
        item = proto_tree_add_ipv6(place.tree, which, place.tvb, 0, 0, &ipv6);
    }
    proto_item_set_generated(item);
}

void show_session(const Place &place, const pop3ana_event &event) {
    add_number(place, field::session, event.session);
    add_address(place, field::client, field::client6, event.originator_family,
                event.originator_address);
    add_number(place, field::client_port, event.originator_port);
    add_address(place, field::server, field::server6, event.address_family,
                event.responder_address);
    add_number(place, field::server_port, event.responder_port);
    add_frame(place, field::first_frame, event.first_frame);
}

/// Once a frame, so that sums count it once: the last of the session.
void show_errors(const Place &place, const StoredEvents &stored, std::uint64_t session) {
    if (!place.wants(field::errors)) return;
    std::uint64_t errors = 0;
    for (std::size_t i = 0; i < stored.count; ++i) {
        const pop3ana_event &event = stored.events[i].event;
        if (event.error_count != 0 && (session == 0 || event.session == session))
            errors = event.error_count;
    }
    if (errors != 0)
        proto_item_set_generated(
            proto_tree_add_uint64(place.tree, field::errors, place.tvb, 0, 0, errors));
}

void show_response(const Place &place, const EventStore &store) {
    if (!place.wants(field::response_in)) return;
    std::uint32_t frame = 0;
    try {
        frame = store.response_to(place.packet->num);
    } catch (...) { // Out of memory: no link.
    }
    add_frame(place, field::response_in, frame);
}

/// The item of the protocol, and the subtree in it; `session` is 0 when it is not known.
Place add_protocol(std::uint64_t session, tvbuff_t *tvb, packet_info *packet, proto_tree *tree) {
    proto_item *top = proto_tree_add_item(tree, field::protocol, tvb, 0, 0, ENC_NA);
    proto_item_set_generated(top);
    if (session != 0)
        proto_item_set_text(top, "POP3 Analysis, Session: %" G_GUINT64_FORMAT, guint64{session});
    return {proto_item_add_subtree(top, tree_of_protocol), top, tvb, packet};
}

/// The end of a session is a record of it: it is no event of the frame.
bool is_record(const pop3ana_event &event) {
    return event.type == POP3ANA_EVENT_SESSION_END;
}

/// What the events of a frame are of.
struct Sessions {
    bool has_events = false;
    bool has_own = false;
    std::uint64_t first = 0; ///< 0: none has one
};

Sessions sessions_of(const StoredEvents &stored, std::uint64_t own) {
    Sessions found;
    for (std::size_t i = 0; i < stored.count; ++i) {
        const pop3ana_event &event = stored.events[i].event;
        if (is_record(event)) continue;
        found.has_events = true;
        found.has_own = found.has_own || event.session == own;
        if (found.first == 0) found.first = event.session;
    }
    return found;
}

/// Where a frame ends other sessions, as one that moves the clock does, they are none of its own.
void show_end_of(std::uint64_t session, const Place &place, const StoredEvents &stored) {
    for (std::size_t i = 0; i < stored.count; ++i) {
        const pop3ana_event &event = stored.events[i].event;
        if (is_record(event) && event.session == session) show_session_end(place, event);
    }
}

} // namespace

const char *escaped(pop3ana_slice text, wmem_allocator_t *pool) {
    auto *result = static_cast<char *>(wmem_alloc(pool, room_for_utf8(text)));
    write_utf8(text, result);
    return result;
}

const char *address_text(std::uint8_t family, const std::uint8_t *address, wmem_allocator_t *pool) {
    auto *text = static_cast<char *>(wmem_alloc0(pool, pop3ana::kAddressTextBytes));
    if (family != 0) *pop3ana::write_address(text, family, address) = '\0';
    return text;
}

const char *client_text(const pop3ana_event &event, wmem_allocator_t *pool) {
    return address_text(event.originator_family, event.originator_address, pool);
}

void show_session_number(std::uint32_t session, tvbuff_t *tvb, packet_info *packet,
                         proto_tree *tree) {
    if (session == 0) return;
    const Place place = add_protocol(session, tvb, packet, tree);
    add_number(place, field::session, session);
}

void show_events(const StoredEvents &stored, const EventStore &store, tvbuff_t *tvb,
                 packet_info *packet, proto_tree *tree) {
    // Events of other sessions can be due to the frame: it moves the clock.
    const std::uint32_t own_session = store.session_of(packet->num);
    const Sessions sessions = sessions_of(stored, own_session);
    if (!sessions.has_events && own_session == 0) return;
    const bool adds_own = own_session != 0 && !sessions.has_own;
    const Place outer = add_protocol(adds_own ? own_session : sessions.first, tvb, packet, tree);
    if (adds_own) add_number(outer, field::session, own_session);
    LinkedAlerts linked;
    std::uint64_t session = 0;
    for (std::size_t i = 0; i < stored.count; ++i) {
        const pop3ana_event &event = stored.events[i].event;
        if (is_record(event)) continue;
        if (event.session != session && event.session != 0) {
            session = event.session;
            show_session(outer, event);
        }
        const LineBytes bytes{stored.events[i], tvb};
        proto_item *item =
            add_text(outer, field::event, pop3ana_event_name(event.type), bytes.line());
        const bool has_own_tree = item != outer.owner;
        const Place inner{has_own_tree ? proto_item_add_subtree(item, tree_of_event) : outer.tree,
                          item, tvb, packet};
        const char *line = inner.wants(field::log) ? log_line(event, packet->pool) : nullptr;
        if (line != nullptr) {
            add_text(inner, field::log, line);
            if (has_own_tree)
                proto_item_set_text(item, "Event: %s: %s", pop3ana_event_name(event.type), line);
        }
        show_verdict(inner, event, store, linked);
        show_members(inner, event, bytes);
    }
    show_response(outer, store);
    show_errors(outer, stored, own_session);
    if (own_session != 0) show_end_of(own_session, outer, stored);
}

} // namespace pop3ana_plugin
