// Of the rows in events/summary_table.hpp.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "session_end_tree.hpp"

#include "event_fields.hpp"
#include "event_tree.hpp"

namespace pop3ana_plugin {
namespace {

using Summary = pop3ana_session_summary;

void add(const Place &place, int which, const Summary &summary, pop3ana::SummaryCount value) {
    proto_item_set_generated(
        proto_tree_add_uint64(place.tree, which, place.tvb, 0, 0, summary.*value.member));
}
void add(const Place &place, int which, const Summary &summary, pop3ana::SummaryFrame value) {
    add_number(place, which, summary.*value.member);
}
void add(const Place &place, int which, const Summary &summary, pop3ana::SummaryCertain value) {
    if (summary.*value.member < 0) return;
    proto_item_set_generated(
        proto_tree_add_int64(place.tree, which, place.tvb, 0, 0, summary.*value.member));
}
void add(const Place &place, int which, const Summary &summary, pop3ana::SummaryKnownCount value) {
    if (summary.*value.member == value.kNotKnown) return;
    add(place, which, summary, pop3ana::SummaryCount{value.member});
}
void add(const Place &place, int which, const Summary &summary, pop3ana::SummaryFlag value) {
    if (summary.*value.member == 0) return;
    proto_item_set_generated(proto_tree_add_boolean(place.tree, which, place.tvb, 0, 0, 1));
}
void add(const Place &place, int which, const Summary &summary, pop3ana::SummaryTime value) {
    add_time(place, which, summary.*value.member);
}
void add(const Place &place, int which, const Summary &summary, pop3ana::SummaryDuration value) {
    if (summary.*value.member >= 0) add_time(place, which, summary.*value.member);
}
void add(const Place &place, int which, const Summary &summary, pop3ana::SummaryText value) {
    const pop3ana_slice text = summary.*value.member;
    if (text.len != 0) add_text(place, which, escaped(text, place.packet->pool));
}
void add(const Place &place, int which, const Summary &summary, pop3ana::SummaryName value) {
    add_text(place, which, pop3ana::name_of(summary.*value.member, value.names));
}
void add(const Place &place, int which, const Summary &summary,
         const pop3ana::SummaryFlags &value) {
    for (const auto &flag : value.flags)
        if (summary.*flag.member != 0) add_text(place, which, flag.name);
}

} // namespace

void show_session_end(const Place &place, const pop3ana_event &end) {
    proto_item *item =
        add_text(place, field::session_end, pop3ana::name_of(end.summary->why, pop3ana::kEndNames));
    const bool has_own_tree = item != place.owner;
    const Place inner{has_own_tree ? proto_item_add_subtree(item, tree_of_event) : place.tree, item,
                      place.tvb, place.packet};
    pop3ana::for_each_summary_member([&](auto row) {
        if (inner.wants(summary_fields[row]))
            add(inner, summary_fields[row], *end.summary, pop3ana::kSummaryValue<row>);
    });
}

} // namespace pop3ana_plugin
