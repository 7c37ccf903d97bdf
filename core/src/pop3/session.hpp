// One POP3 session: pairs commands with replies and finds out what they mean (docs/semantics.md
// sections 2 to 4 and 6).
//
// The oldest command without a final reply is *pending*: it is started as soon as its predecessor
// is answered. Later ones wait in a queue. A reply acts only through the command that it answers,
// and gives a verdict only where it is certain which one that is (certainty.hpp).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "events/event.hpp"
#include "net/delivery.hpp"
#include "pop3/certainty.hpp"
#include "pop3/exchange.hpp"
#include "pop3/line_splitter.hpp"
#include "pop3/line_words.hpp"
#include "pop3/session_record.hpp"
#include "pop3/stls_watch.hpp"
#include "pop3/sync.hpp"

#include <memory>

namespace pop3ana {

/// What the sessions of an engine share, and where the one at work reports to.
struct SessionContext {
    EventSink &events;
    TextPool &pool;
    ExchangePool &exchanges;
    std::string &scratch;                     ///< for lines whose blanks are joined
    std::uint64_t frame = 0;                  ///< the one at work
    std::int64_t ts_ns = 0;                   ///< its time
    SessionRecord unwanted_record{};          ///< what nobody wants goes there
    SessionRecord *record = &unwanted_record; ///< of the session at work
    std::uint32_t line_end = 0;               ///< sequence number behind the server's line at work
    Bytes tls{}; ///< of the bytes it was handed last, those of TLS; who reads them clears them
};

// NOLINTNEXTLINE(*-identifier*): the names are those of the compiler, which moves arrays.
class Pop3Session {
public:
    /// `midstream`: the capture starts inside the connection. `is_decrypted`: what it is handed
    /// came through TLS.
    explicit Pop3Session(bool midstream, bool is_decrypted = false);

    /// The next bytes that `from` sent, in order.
    void bytes(Side from, const Delivery &delivery, SessionContext &context);

    /// A gap in what `from` sent; 0: nobody knows of how many bytes. `is_wide`: see StreamSink.
    void gap(Side from, std::uint64_t gap_bytes, bool is_wide, SessionContext &context);

    /// What was handed on last was sent before the end of the last gap of `from`, its peer: what
    /// answers it may be in the gap.
    void gap_is_concurrent(Side from, SessionContext &context);

    /// `from` has closed its direction, and all it sent before was handed on.
    void end(Side from, SessionContext &context);

    /// STLS was accepted: what comes is not POP3, unless somebody decrypts it.
    [[nodiscard]] bool is_tls() const { return tls_; }

    /// What comes next was decrypted: the session goes on behind STLS (RFC 2595 s.4), and nothing
    /// of a line or command before it is kept.
    void continue_decrypted(SessionContext &context);

    /// Gives all memory back to the pool. Nothing may follow but continue_decrypted().
    void release(SessionContext &context);

    /// What it keeps until later packets come, in bytes: unfinished lines, open commands, a long
    /// name of a user.
    [[nodiscard]] std::uint64_t buffered_text() const {
        return splitters_[0].cost() + splitters_[1].cost() + (exchange_ ? exchange_->cost() : 0) +
               cost_of_user();
    }

    /// Makes way for others: what takes most of its buffered_text() is lost. There must be some.
    void give_way(SessionContext &context);

    [[nodiscard]] Phase phase() const { return phase_; }

    /// Reports an anomaly (POP3ANA_ANOMALY_*) that `from` gave rise to; `text` may hold a secret.
    void anomaly(std::uint32_t kind, Side from, std::string_view text, SessionContext &context);

private:
    /// Where the user at hand comes from.
    enum class UserSource : std::uint8_t { kNone, kUser, kApop, kAuth };

    /// Whether PASS is accepted in AUTHORIZATION. RFC 1939 s.7: right after a USER that succeeded.
    /// Unknown and refused commands in between do not matter (K2).
    enum class PassRule : std::uint8_t {
        kNeedsUser,
        kFollowsUser, ///< the last accepted command is USER, not answered with -ERR
        kNeedsNoUser, ///< after a loss, which may have taken USER
    };

    /// The multi-line response that the server is sending.
    enum class Body : std::uint8_t {
        kNone,
        kSearched,     ///< for its end, without being cut into lines
        kCapabilities, ///< of CAPA, cut into lines, which prove something
        kListed,       ///< the same, and one of its lines is no status
        kListedStls,   ///< the same, and one of its lines is STLS
        kAfterGap,     ///< cut into lines; its end may lie in a gap
    };

    LineSplitter &splitter(Side side) { return splitters_[static_cast<unsigned>(side)]; }

    void cut_into_lines(Side from, Bytes bytes, StreamPosition position, SessionContext &context);
    void line(Side from, const LineSplitter::Line &line, StreamPosition end,
              SessionContext &context);

    // The preface.
    [[gnu::noinline]] bool strip_preface(const Delivery &delivery, SessionContext &context);
    [[gnu::noinline]] void give_up_preface(SessionContext &context);
    void tell_client(const std::optional<ToldClient> &client, SessionContext &context);

    // Client lines.
    void client_line(const LineSplitter::Line &line, StreamPosition end, SessionContext &context);
    void queue_line(const LineSplitter::Line &line, StreamPosition end, const LineWords &words,
                    Command command, bool may_be_point, SessionContext &context);
    [[nodiscard]] bool may_wait(std::string_view line) const;
    void start_next_command(SessionContext &context);
    void start_command(const ClientLine &command, std::string_view argument,
                       SessionContext &context);
    void refuse(const CommandRow &row, std::string_view reason, std::string_view argument,
                SessionContext &context);
    void accept(const CommandRow &row, std::string_view argument, SessionContext &context);
    [[nodiscard]] std::string_view reason_to_refuse(const CommandRow &row) const;

    // SASL.
    void begin_sasl(std::string_view argument, SessionContext &context);
    void take_sasl_line(std::string_view line, SessionContext &context);
    void take_waiting_sasl_lines(SessionContext &context);

    // Server lines.
    void server_line(const LineSplitter::Line &line, SessionContext &context);
    void body_line(std::string_view line, SessionContext &context);
    void no_status(const LineSplitter::Line &line, WordKind kind, SessionContext &context);
    void status(bool ok, std::string_view message, bool is_cut, SessionContext &context);
    [[nodiscard]] bool answers_pending(bool greeting);
    struct Status;
    void act_on_accepted(const Status &status, SessionContext &context);
    void act_on_refused(const Status &status, SessionContext &context);
    void act_uncertain(bool is_login, SessionContext &context);
    void login_result(const Status &status, std::string_view user, SessionContext &context);
    [[nodiscard]] bool starts_multi_line(bool ok) const;
    void begin_body(SessionContext &context);
    [[nodiscard]] bool lists_capabilities() const {
        return body_ == Body::kCapabilities || body_ == Body::kListed || body_ == Body::kListedStls;
    }
    void cut_body_into_lines(SessionContext &context);
    void leave_body(SessionContext &context);
    void complete(SessionContext &context);
    void begin_tls(SessionContext &context);

    // STLS.
    [[gnu::noinline]] void bytes_before_tls(const Delivery &delivery, SessionContext &context);
    void tls_bytes(Side from, Bytes bytes, SessionContext &context);
    void check_stls_offer(SessionContext &context);
    void stls_alert(std::string_view text, Side from, SessionContext &context);

    // Loss.
    void status_before_gap(SessionContext &context);
    void lose_sync(Side from, SessionContext &context);
    void drop_unfinished_line(Side from, SessionContext &context);
    void drop_newest(std::size_t commands, SessionContext &context);
    void give_up_replies(SessionContext &context);
    void empty_queue(SessionContext &context);
    void lose_phase();
    void forget_login();
    void forget_user();
    void set_user(std::string_view user, UserSource source);

    Event &begin_event(std::uint32_t type, Side from, SessionContext &context);
    Event &begin_anomaly(std::uint32_t kind, Side from, SessionContext &context);
    /// `lost`: which member of the event has the number.
    void loss(std::uint32_t kind, Side from, std::uint64_t Event::*lost, std::uint64_t number,
              SessionContext &context);
    void unexpected(std::string_view word, std::string_view detail, Side from,
                    SessionContext &context, std::size_t secret_offset = Event::kNoSecret);

    /// Short names have no memory of their own.
    [[nodiscard]] std::uint64_t cost_of_user() const {
        return user_.capacity() > std::string{}.capacity() ? user_.size() : 0;
    }

    /// What is open, to look at.
    [[nodiscard]] const Exchange &open() const { return exchange_ ? *exchange_ : nothing_open; }
    static const Exchange nothing_open;
    Exchange &opened(SessionContext &context);
    /// There must be one.
    PendingCommand &pending() { return exchange_->pending; }
    [[nodiscard]] const PendingCommand &pending() const { return exchange_->pending; }

    LineSplitter splitters_[2];
    std::unique_ptr<Exchange> exchange_; ///< NULL: no command is open
    std::string user_;                   ///< at hand: whose password comes next, or came last
    Certainty certainty_;
    Phase phase_ : 3;
    UserSource user_source_ : 2 = UserSource::kNone;
    PassRule pass_rule_ : 2 = PassRule::kNeedsUser;
    Body body_ : 3 = Body::kNone;
    bool awaits_preface_ : 1; ///< the client's first bytes may be one
    bool greeted_ : 1;        ///< the first status has come, or is lost
    bool tls_ : 1 = false;    ///< STLS was accepted: what follows is not POP3
    bool is_decrypted_ : 1;   ///< what it is handed came through TLS
    Sync sync_;
    StlsWatch stls_watch_;
};

} // namespace pop3ana
