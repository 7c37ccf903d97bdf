// Of the rows in events/event_table.hpp.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "member_tree.hpp"

#include "event_fields.hpp"
#include "event_tree.hpp"

namespace pop3ana_plugin {
namespace {

/// A member goes to a field.
struct Member {
    const Place &place;
    int which;
    const pop3ana_event &event;
    const LineBytes &bytes;
};

void add(const Member &to, pop3ana::TextMember value) {
    if (is_empty(to.event, value) || !to.place.wants(to.which)) return;
    add_text(to.place, to.which, escaped(to.event.*value.member, to.place.packet->pool),
             to.bytes.of(value.member));
}
void add(const Member &to, pop3ana::NameMember value) {
    const bool is_status = value.member == &pop3ana_event::status;
    add_text(to.place, to.which, pop3ana::name_of(to.event.*value.member, value.names),
             is_status ? to.bytes.word() : ByteRange{});
}
void add(const Member &to, pop3ana::FlagMember value) {
    if (!to.place.wants(to.which)) return;
    proto_item_set_generated(proto_tree_add_boolean(to.place.tree, to.which, to.place.tvb, 0, 0,
                                                    to.event.*value.member));
}
void add(const Member &to, pop3ana::AddressMember value) {
    add_text(to.place, to.which,
             address_text(to.event.*value.family, to.event.*value.address, to.place.packet->pool));
}
void add(const Member &to, pop3ana::DurationMember value) {
    if (!is_empty(to.event, value))
        add_time(to.place, to.which, static_cast<std::int64_t>(to.event.*value.member));
}
/// A count, a frame or a port.
template <class Value> void add(const Member &to, Value value) {
    if (!is_empty(to.event, value)) add_number(to.place, to.which, to.event.*value.member);
}

} // namespace

void show_members(const Place &place, const pop3ana_event &event, const LineBytes &bytes) {
    pop3ana::for_each_member(event.type, [&](auto row) {
        if constexpr (pop3ana::kMembers[row].field != nullptr) {
            constexpr std::size_t kFirst = row_with_field(row);
            add(Member{place, member_fields[kFirst], event, bytes}, pop3ana::kMemberValue<row>);
        }
    });
}

} // namespace pop3ana_plugin
