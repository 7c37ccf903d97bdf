// SPDX-License-Identifier: GPL-2.0-or-later
#include "line_bytes.hpp"

#include "events/event_table.hpp"

#include <cstring>

namespace pop3ana_plugin {
namespace {

bool is_same_word(const char *bytes, pop3ana_slice word) {
    return g_ascii_strncasecmp(bytes, word.ptr, word.len) == 0;
}

pop3ana_slice word_of(const pop3ana_event &event) {
    if (event.type == POP3ANA_EVENT_REQUEST) return event.command;
    if (event.type != POP3ANA_EVENT_REPLY) return {nullptr, 0};
    const char *status = pop3ana::name_of(event.status, pop3ana::kStatusNames);
    return {status, std::strlen(status)};
}

} // namespace

LineBytes::LineBytes(const StoredEvent &stored, tvbuff_t *frame)
    : is_request_(stored.event.type == POP3ANA_EVENT_REQUEST) {
    const pop3ana_event &event = stored.event;
    const std::size_t captured = tvb_captured_length(frame);
    if (stored.text_at == StoredEvent::kNowhere || stored.text_at > captured ||
        event.text.len > captured - stored.text_at)
        return;
    text_ = {static_cast<gint>(stored.text_at), static_cast<gint>(event.text.len)};
    const auto *bytes = reinterpret_cast<const char *>(tvb_get_ptr(frame, 0, -1));
    find_word(event, bytes);
    const pop3ana_slice code = event.response_code;
    if (code.len != 0 && code.len + 2 <= event.text.len && bytes[text_.start] == '[' &&
        is_same_word(bytes + text_.start + 1, code))
        response_code_ = {text_.start + 1, static_cast<gint>(code.len)};
}

void LineBytes::find_word(const pop3ana_event &event, const char *frame) {
    const pop3ana_slice word = word_of(event);
    const gint length = static_cast<gint>(word.len);
    gint end = text_.start;
    if (end > 0 && frame[end - 1] == ' ') --end;
    gint start = end - length;
    if (length == 0 || start < 0 || !is_same_word(frame + start, word)) return;
    if (!is_request_ && start > 0 && (frame[start - 1] == '+' || frame[start - 1] == '-')) --start;
    word_ = {start, end - start};
}

ByteRange LineBytes::of(pop3ana_slice pop3ana_event::*member) const {
    if (member == &pop3ana_event::text) return text_;
    if (member == &pop3ana_event::command) return is_request_ ? word_ : ByteRange{};
    if (member == &pop3ana_event::response_code) return response_code_;
    return {};
}

ByteRange LineBytes::line() const {
    if (word_.length == 0) return text_;
    return {word_.start, text_.start + text_.length - word_.start};
}

} // namespace pop3ana_plugin
