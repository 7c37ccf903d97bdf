// Where in its frame the line behind an event stands.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "event_store.hpp"
#include "tree_place.hpp"

namespace pop3ana_plugin {

/// Of a command or reply whose line the frame has whole, and as the event says it. Of any other
/// event, or of a line that began in an earlier frame, there is nothing.
class LineBytes {
public:
    /// `frame` is the one of the event.
    LineBytes(const StoredEvent &stored, tvbuff_t *frame);

    /// Bytes of a member of the event.
    [[nodiscard]] ByteRange of(pop3ana_slice pop3ana_event::*member) const;
    /// The command word, or the status indicator with its sign.
    [[nodiscard]] ByteRange word() const { return word_; }
    /// Word and text.
    [[nodiscard]] ByteRange line() const;

private:
    void find_word(const pop3ana_event &event, const char *frame);

    ByteRange text_;
    ByteRange word_;
    ByteRange response_code_;
    bool is_request_;
};

} // namespace pop3ana_plugin
