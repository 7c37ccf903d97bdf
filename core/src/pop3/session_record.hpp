// What is known of a session as a whole when its connection is over (docs/semantics.md section 9).
// Sessions have one only if somebody wants to know: see pop3ana_config.session_end.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "pop3/line_splitter.hpp"
#include "pop3/told_client.hpp"
#include "pop3ana/pop3ana.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pop3ana {

class SessionRecord {
public:
    /// The connection opens with a packet.
    SessionRecord(std::uint64_t frame, std::int64_t ts_ns) : SessionRecord() {
        summary_.first_frame = frame;
        summary_.first_ts_ns = ts_ns;
        on_packet(frame, ts_ns);
    }

    /// For sessions whose record nobody wants: what they say is thrown away.
    SessionRecord() {
        summary_.struct_size = sizeof(summary_);
        summary_.greeting_ns = summary_.login_ns = kNoTime;
    }

    /// Of the connection, of either side.
    void on_packet(std::uint64_t frame, std::int64_t ts_ns) {
        summary_.last_frame = frame;
        summary_.last_ts_ns = ts_ns;
    }
    void on_client_syn(std::int64_t ts_ns) {
        if (syn_ns_ == kNoTime) syn_ns_ = ts_ns;
    }
    /// Bytes of a side, of POP3 or TLS.
    void on_bytes(bool from_server, std::uint64_t bytes) {
        (from_server ? summary_.responder_bytes : summary_.originator_bytes) += bytes;
    }
    /// The session begins anew inside its connection.
    void restart(bool is_certain) {
        SessionRecord fresh(summary_.first_frame, summary_.first_ts_ns);
        fresh.on_packet(summary_.last_frame, summary_.last_ts_ns);
        fresh.syn_ns_ = syn_ns_;
        fresh.is_certain_ = is_certain;
        fresh.is_sealed_ = is_sealed_;
        *this = std::move(fresh);
    }

    // -- What the session finds out.

    void on_command() { ++summary_.commands; }
    void on_gap(std::uint64_t bytes) {
        ++summary_.gaps;
        summary_.gap_bytes += bytes;
    }
    void on_anomaly() { ++summary_.anomalies; }

    void on_status(bool ok) { ++(ok ? summary_.replies_ok : summary_.replies_err); }
    /// The first status.
    void on_greeting(std::int64_t ts_ns) {
        if (syn_ns_ != kNoTime) summary_.greeting_ns = ts_ns - syn_ns_;
    }
    /// A status answers a command.
    void on_answer(std::int64_t ts_ns, std::int64_t command_ns) {
        const std::int64_t waited_ns = ts_ns - command_ns;
        summary_.reply_ns += waited_ns;
        summary_.longest_reply_ns = std::max(summary_.longest_reply_ns, waited_ns);
    }

    /// A command that a login begins with; PASS only where no USER came before.
    void on_login_begins(std::int64_t command_ns) { login_began_ns_ = command_ns; }
    void on_pass(std::int64_t command_ns) {
        if (login_began_ns_ == kNoTime) login_began_ns_ = command_ns;
    }
    /// `mechanism` is static.
    void on_login(bool ok, std::string_view user, std::string_view mechanism, std::int64_t ts_ns) {
        if (ok) {
            user_ = user;
            summary_.mechanism = {mechanism.data(), mechanism.size()};
        } else {
            ++summary_.failed_logins;
        }
        if (login_began_ns_ == kNoTime) return;
        summary_.login_ns = ts_ns - login_began_ns_;
        login_began_ns_ = kNoTime;
    }

    /// There is TLS; what is in it is not known unless its text comes.
    void on_tls() { is_sealed_ = true; }
    void on_tls_text() { is_sealed_ = false; }

    /// The result of a login in TLS whose text nobody knows: so is what is fetched.
    void on_inferred_login(bool ok) {
        on_tls();
        if (!ok) ++summary_.failed_logins;
        if (summary_.inferred == 0) on_inferred_mail(kNotKnown, std::nullopt);
        summary_.inferred = 1;
    }
    void on_inferred_mail(std::uint64_t messages, std::optional<std::uint64_t> bytes) {
        summary_.retr = messages;
        summary_.retr_bytes = bytes.value_or(kNotKnown);
    }

    /// Something was missed, or it is not certain what was answered.
    void on_uncertainty() { is_certain_ = false; }
    void on_dele() { ++marked_deleted_; }
    void on_rset() { marked_deleted_ = 0; }
    void on_quit() { has_quit_ = true; }

    /// Of the multi-line response in progress; for LineSplitter to count.
    BodyCount body;
    void on_retr() { add_body(summary_.retr, summary_.retr_bytes); }
    void on_top() { add_body(summary_.top, summary_.top_bytes); }

    void on_stls_offered() { summary_.stls_offered = 1; }
    void on_stls_refused() { summary_.stls_refused = 1; }
    void on_stls_used() { summary_.stls_used = 1; }

    void on_client_told(const ToldClient &client) { told_client_ = client; }

    // -- The end.

    /// The summary, for a connection that ended as `reason` says (POP3ANA_END_*). Borrowed.
    const pop3ana_session_summary &finish(std::uint32_t reason) {
        const bool is_closed = reason == POP3ANA_END_FIN || reason == POP3ANA_END_RST;
        summary_.why = has_quit_ && is_closed ? std::uint32_t{POP3ANA_END_QUIT} : reason;
        summary_.deleted = !is_certain_ ? -1 : has_quit_ ? marked_deleted_ : 0;
        summary_.user = {user_.data(), user_.size()};
        if (is_sealed_) forget_text();
        return summary_;
    }
    /// The client that a proxy has told, trusted or not.
    [[nodiscard]] const std::optional<ToldClient> &told_client() const { return told_client_; }
    [[nodiscard]] std::int64_t first_ts_ns() const { return summary_.first_ts_ns; }

    // -- Memory: names may be long.

    [[nodiscard]] std::uint64_t text_cost() const {
        return user_.capacity() > std::string{}.capacity() ? user_.capacity() : 0;
    }
    /// The user is not known any more.
    void drop_text() {
        user_ = std::string{};
        summary_.mechanism = {};
    }

private:
    static constexpr std::int64_t kNoTime = -1, kNotCertain = -1;
    static constexpr std::uint64_t kNotKnown = std::numeric_limits<std::uint64_t>::max();

    /// What the text would tell.
    void forget_text() {
        summary_.commands = summary_.replies_ok = summary_.replies_err = kNotKnown;
        summary_.top = summary_.top_bytes = kNotKnown;
        if (summary_.inferred == 0)
            summary_.failed_logins = summary_.retr = summary_.retr_bytes = kNotKnown;
        summary_.deleted = summary_.reply_ns = summary_.longest_reply_ns = kNotCertain;
    }
    void add_body(std::uint64_t &count, std::uint64_t &bytes) const {
        ++count;
        bytes += body.bytes;
    }

    pop3ana_session_summary summary_{};
    std::string user_;
    std::optional<ToldClient> told_client_;
    std::int64_t syn_ns_ = kNoTime;         ///< of the client's first SYN
    std::int64_t login_began_ns_ = kNoTime; ///< the one in progress
    std::int64_t marked_deleted_ = 0;
    bool has_quit_ = false; ///< QUIT was answered +OK
    bool is_certain_ = true;
    bool is_sealed_ = false; ///< what is in its TLS is not known
};

} // namespace pop3ana
