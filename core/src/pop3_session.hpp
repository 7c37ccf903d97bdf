// One POP3 session: pairs commands with replies and judges them (SEMANTICS.md sections 3, 4, 6).
//
// The oldest command without a final reply is *pending*: it is judged as soon as its predecessor is
// answered. Later ones wait in a queue. A reply acts only through the command that it answers.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "command_queue.hpp"
#include "delivery.hpp"
#include "fact.hpp"
#include "line_splitter.hpp"
#include "line_words.hpp"
#include "sasl.hpp"

#include <memory>

namespace pop3ana {

/// What the sessions of an engine share, and where the one at work reports to.
struct SessionContext {
    FactSink &facts;
    TextPool &pool;
    std::string &scratch;      ///< for lines whose blanks are joined
    std::string &command_line; ///< the waiting command that is being judged
    std::uint64_t frame = 0;   ///< the one at work
};

// NOLINTNEXTLINE(*-identifier*): the names are those of the compiler, which copies arrays.
class Pop3Session {
public:
    /// `midstream`: the capture starts inside the connection.
    explicit Pop3Session(bool midstream);

    /// The next bytes that `from` sent, in order.
    void bytes(Side from, const Delivery &delivery, SessionContext &context);

    /// `missing_bytes` that `from` sent are lost; 0: nobody knows how many. `is_wide`: see
    /// StreamSink.
    void gap(Side from, std::uint64_t missing_bytes, bool is_wide, SessionContext &context);

    /// What was handed on last was sent before the end of the last gap of `from`, its peer: what
    /// answers it may be lost.
    void gap_goes_on(Side from, SessionContext &context);

    /// `from` has closed its direction, and all it sent before was handed on.
    void end(Side from, SessionContext &context);

    /// STLS was accepted: what comes is not POP3, unless somebody decrypts it.
    [[nodiscard]] bool is_tls() const { return tls_; }

    /// What comes next was decrypted: the session goes on behind STLS (RFC 2595 s.4), and nothing
    /// of a line or command before it is kept.
    void continue_decrypted(SessionContext &context);

    /// Gives all memory back to the pool. Nothing may follow but continue_decrypted().
    void release(TextPool &pool);

    [[nodiscard]] Phase phase() const { return phase_; }

private:
    /// How the pending command was judged.
    enum class Verdict : std::uint8_t {
        kNone, ///< there is none
        kAccepted,
        kRefused,
        kRefusedWithGuess,
        kUnknown,
    };

    struct Pending {
        std::uint64_t frame = 0;
        std::uint32_t line_bytes = 0;
        SaslExchange sasl;
        Command command = Command::kUnknown;
        Verdict verdict = Verdict::kNone;
        bool has_argument = false;
    };
    // A temporary would be written in small pieces and copied in large ones; see segment.hpp.
    static const Pending kNoPending; // NOLINT(readability-identifier-naming): constexpr, see there

    LineSplitter &splitter(Side side) { return splitters_[static_cast<unsigned>(side)]; }

    void line(Side from, const LineSplitter::Line &line, SessionContext &context);

    // Client lines.
    void client_line(const LineSplitter::Line &line, SessionContext &context);
    [[nodiscard]] bool may_wait(std::string_view line) const;
    void judge_next(SessionContext &context);
    void judge(const CommandQueue::Waiting &command, const LineWords &words,
               SessionContext &context);
    void accept(const CommandRow &row, std::string_view argument, SessionContext &context);
    [[nodiscard]] std::string_view reason_to_refuse(const CommandRow &row) const;
    [[nodiscard]] bool pass_follows_user() const;

    // SASL.
    void begin_sasl(std::string_view argument, SessionContext &context);
    void take_sasl_line(std::string_view line, SessionContext &context);
    void take_waiting_sasl_lines(SessionContext &context);

    // Server lines.
    void server_line(const LineSplitter::Line &line, SessionContext &context);
    void no_status(std::string_view line, WordKind kind, SessionContext &context);
    void status(bool ok, std::string_view message, SessionContext &context);
    void act_on_accepted(bool ok, SessionContext &context);
    void login_result(bool ok, SessionContext &context);
    [[nodiscard]] bool starts_multi_line(bool ok) const;
    void complete(SessionContext &context);
    void begin_tls(SessionContext &context);

    // Loss.
    void lost(Side from, SessionContext &context);
    void forget_login();

    void report(Fact &fact, SessionContext &context);
    void anomaly(std::uint32_t kind, Side from, std::string_view text, SessionContext &context);
    void unexpected(std::string_view word, std::string_view detail, Side from,
                    SessionContext &context);

    [[nodiscard]] std::size_t commands() const {
        return (pending_.verdict == Verdict::kNone ? 0U : 1U) + waiting_.size();
    }
    Credentials &credentials();

    LineSplitter splitters_[2];
    Pending pending_;
    CommandQueue waiting_;
    std::unique_ptr<Credentials> credentials_; ///< NULL: nothing is known
    Phase phase_;
    bool greeted_ : 1;               ///< the first status has come, or is lost
    bool in_body_ : 1 = false;       ///< inside a multi-line response
    bool body_gap_ : 1 = false;      ///< the terminator of that may be lost
    bool tls_ : 1 = false;           ///< STLS was accepted: what follows is not POP3
    bool user_accepted_ : 1 = false; ///< the last accepted command is USER, not answered with -ERR

    // After loss (SEMANTICS.md section 6).
    bool in_doubt_ : 1;              ///< server lines count only from the next command on
    bool commands_lost_ : 1 = false; ///< those pending are answered, then the session is in doubt
    bool awaits_server_ : 1 = false; ///< client lines are dropped until the server has spoken
    bool pass_needs_no_user_ : 1 = false;
};

} // namespace pop3ana
