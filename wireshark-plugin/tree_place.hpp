// Where fields of the plugin go in the tree of a packet.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <epan/packet.h>

namespace pop3ana_plugin {

/// The tree that fields go to, the item that it belongs to, and what is needed with them.
struct Place {
    proto_tree *tree;
    proto_item *owner;
    tvbuff_t *tvb;
    packet_info *packet;

    /// Whether anybody asks for the field: nothing is formatted for a tree that is not shown.
    [[nodiscard]] bool wants(int which) const { return proto_field_is_referenced(tree, which); }
};

/// Bytes of the frame; length 0: none.
struct ByteRange {
    gint start = 0;
    gint length = 0;
};

/// The item of the field; that of the tree when nobody asks for the field. It highlights `bytes`.
inline proto_item *add_text(const Place &place, int which, const char *text, ByteRange bytes = {}) {
    if (!place.wants(which)) return place.owner;
    proto_item *item =
        proto_tree_add_string(place.tree, which, place.tvb, bytes.start, bytes.length, text);
    if (bytes.length == 0) proto_item_set_generated(item);
    return item;
}

inline void add_number(const Place &place, int which, std::uint64_t number) {
    if (!place.wants(which)) return;
    proto_item_set_generated(proto_tree_add_uint(place.tree, which, place.tvb, 0, 0,
                                                 static_cast<guint32>(MIN(number, G_MAXUINT32))));
}

/// The number of another frame; 0: none.
inline void add_frame(const Place &place, int which, std::uint64_t frame) {
    if (frame != 0) add_number(place, which, frame);
}

/// A time, or how long something took.
inline void add_time(const Place &place, int which, std::int64_t ns) {
    if (!place.wants(which)) return;
    const nstime_t time{static_cast<time_t>(ns / 1'000'000'000),
                        static_cast<int>(ns % 1'000'000'000)};
    proto_item_set_generated(proto_tree_add_time(place.tree, which, place.tvb, 0, 0, &time));
}

} // namespace pop3ana_plugin
