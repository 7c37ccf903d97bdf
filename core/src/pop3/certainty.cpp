// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/certainty.hpp"

namespace pop3ana {

// ---------------------------------------------------------------- bytes

void Certainty::on_client_bytes(const Delivery &delivery) {
    client_covers_all_ = delivery.covers_all;
    client_end_ = static_cast<std::uint32_t>(delivery.position + delivery.bytes.size());
    if (has_client_byte_) return;
    has_client_byte_ = true;
    first_client_byte_ = static_cast<std::uint32_t>(delivery.position);
}

void Certainty::on_server_acknowledges(const Delivery &delivery) {
    has_acknowledged_ = delivery.acknowledged != kNoPosition;
    server_acknowledged_ = static_cast<std::uint32_t>(delivery.acknowledged);
}

bool Certainty::server_may_have_heard() const {
    return has_client_byte_ &&
           (!has_acknowledged_ || is_before(first_client_byte_, server_acknowledged_));
}

// When the ACKs cover bytes of the client for the first time, and a reply was taken before although
// they did not, what was certain is not.
void Certainty::on_server_speaks() {
    server_spoke_ = true;
    if (!awaits_first_ack_ || !server_has_heard()) return;
    awaits_first_ack_ = is_proven_ = false;
    is_lossy_ = true;
    end_certainty();
}

// ---------------------------------------------------------------- lines of the client

bool Certainty::on_client_line() {
    if (!server_spoke_) sends_ahead_ = true;
    server_spoke_ = false;
    const bool may_be_point = !has_unasked_lines_;
    has_unasked_lines_ = false;
    return may_be_point;
}

bool Certainty::has_passed_over(std::uint32_t end) const {
    return client_covers_all_ && has_last_status_ && !is_before(last_status_, end);
}

void Certainty::on_queued(const ClientLine &line, bool into_empty, bool may_be_point,
                          bool greeted) {
    if (into_empty) {
        is_alone_ = client_covers_all_ && may_be_point;
        const bool nothing_under_way = !is_lossy_ || (!sends_ahead_ && is_proven_);
        is_point_ = is_alone_ && (greeted || is_fresh_) && nothing_under_way;
        // What the +OK acknowledges beside the client's first byte was sent and not captured.
        const bool is_next = !has_last_status_ || last_status_ == first_client_byte_;
        is_first_ = follows_ok_ && is_next && is_alone_ && line.is_plain;
    }
    follows_ok_ = is_first_line_ = is_fresh_ = false;
}

// ---------------------------------------------------------------- the oldest command

bool Certainty::start_command(bool is_plain) {
    if (is_point_) {
        is_certain_ = true;
        is_lossy_ = false;
    }
    if (!is_plain) is_certain_ = false;
    is_pending_certain_ = began_certain_ = is_certain_;
    return is_certain_;
}

// ---------------------------------------------------------------- replies

void Certainty::note_status() {
    has_last_status_ = has_acknowledged_;
    last_status_ = server_acknowledged_;
}

void Certainty::on_stray_status() {
    note_status();
    end_certainty();
}

bool Certainty::on_status(std::uint32_t end) {
    note_status();
    if (!has_acknowledged_ || !is_before(server_acknowledged_, end)) return true;
    end_certainty();
    if (server_has_heard()) return false;
    awaits_first_ack_ = true; // Or its ACKs never say anything.
    return true;
}

void Certainty::on_user_accepted() {
    if (!is_first_) return;
    is_proven_ = is_certain_ = is_pending_certain_ = true;
    is_lossy_ = false;
}

void Certainty::on_capabilities() {
    if (is_alone_ && !sends_ahead_) is_proven_ = true;
}

// ---------------------------------------------------------------- doubt

void Certainty::end_certainty() {
    is_certain_ = is_pending_certain_ = is_point_ = is_first_ = false;
}

void Certainty::on_loss() {
    end_certainty();
    is_lossy_ = true;
    is_fresh_ = follows_ok_ = false;
}

// Lines were sent in a gap of known length.
void Certainty::on_client_gap(bool has_bytes) {
    if (has_bytes) {
        is_first_line_ = is_proven_ = false;
        if (!server_spoke_) sends_ahead_ = true;
    }
    server_spoke_ = !has_bytes;
}

void Certainty::on_server_gap(bool greeted) {
    if (!greeted) is_proven_ = false; // The greeting may come yet.
    server_spoke_ = true;
}

} // namespace pop3ana
