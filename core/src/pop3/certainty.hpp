// Whether it can be told which command a reply answers (docs/semantics.md section 3, K16).
//
// A client line on which nothing is open is a *certain point*: commands are certain from there on,
// as long as they are plain. Lost bytes, and replies that do not fit, end certainty until the next
// such point. One who sends commands ahead has no point after a loss, and where it cannot be seen
// whether something was under way, a command whose reply shows what it answers must prove first
// that nothing was.
//
// This holds what is known of the oldest command of the queue. Only a command that found the queue
// empty can be a certain point; what comes behind it has its certainty from it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "net/delivery.hpp"
#include "pop3/command.hpp"

#include <string_view>

namespace pop3ana {

/// A command line as it came.
struct ClientLine {
    std::string_view text;
    std::uint64_t frame = 0; ///< that completed it
    std::int64_t ts_ns = 0;  ///< of the frame
    std::uint32_t end = 0;   ///< sequence number behind its LF
    Command command = Command::kUnknown;
    /// Where its argument begins, up to the end of `text`; kNoArgument, or kSplitAgain where
    /// split_words() had to change the line or the offset is too large.
    std::uint32_t argument_offset = kNoArgument;
    bool is_plain = false; ///< certainty lasts over it: a known command, is_plain_text()

    static constexpr std::uint32_t kNoArgument = 0;
    static constexpr std::uint32_t kSplitAgain = 0xff;

    [[nodiscard]] bool is_known() const { return command != Command::kUnknown; }
    [[nodiscard]] bool has_argument() const { return argument_offset != kNoArgument; }
    /// A multi-line response may answer it.
    [[nodiscard]] bool may_open() const { return may_open_response(command, has_argument()); }
};

class Certainty {
public:
    explicit Certainty(bool midstream) : is_lossy_(midstream), is_proven_(!midstream) {}

    // -- Bytes.

    /// Bytes of the client are processed next.
    void on_client_bytes(const Delivery &delivery);

    /// Bytes of the server are processed next: what their ACK covers; then, once what the client
    /// had sent before them is processed, that the server speaks.
    void on_server_acknowledges(const Delivery &delivery);
    void on_server_speaks();

    /// The server's bytes at hand were sent when it had received some of the client's, or nobody
    /// knows.
    [[nodiscard]] bool server_may_have_heard() const;

    /// Sequence numbers of the client's first byte, and behind its last one.
    [[nodiscard]] std::uint32_t first_client_byte() const { return first_client_byte_; }
    [[nodiscard]] std::uint32_t client_end() const { return client_end_; }

    // -- Lines of the client.

    /// A line, whatever becomes of it.
    void on_any_client_line() { is_first_line_ = false; }

    /// A line that is no SASL line. False: it follows an AUTH that has taken lines which no
    /// challenge had asked for, and is no certain point.
    bool on_client_line();

    /// A line of AUTH. One behind it that does not wait for the server is sent ahead.
    void on_sasl_line() { server_spoke_ = false; }

    /// Lines that has_passed_over() is true of left the queue. Of a client that does not wait,
    /// their replies may still come.
    void on_passed_over() { replies_may_lag_ = replies_may_lag_ || sends_ahead_; }

    /// A line behind an AUTH may have been one of its own to the server: see SaslExchange.
    void on_line_missing() { replies_may_lag_ = true; }

    /// Every reply may be the one before, however long the client waits now: no login is certain.
    [[nodiscard]] bool replies_may_lag() const { return replies_may_lag_; }

    /// Whether the server has received everything before `end` and gone on without an answer, and
    /// the client knows it.
    [[nodiscard]] bool has_passed_over(std::uint32_t end) const;

    /// A line joins the queue, which may be `into_empty`. `may_be_point` is false where something
    /// other than the queue speaks against it.
    void on_queued(const ClientLine &line, bool into_empty, bool may_be_point, bool greeted);

    // -- The oldest command.

    /// It becomes the pending one. Whether its reply is certain.
    bool start_command(bool is_plain);

    /// It leaves the queue.
    void finish_command() { is_point_ = is_first_ = is_alone_ = is_pending_certain_ = false; }

    /// Whether its reply is certain; and whether it was when the command became the pending one.
    [[nodiscard]] bool is_certain() const { return is_pending_certain_; }
    [[nodiscard]] bool began_certain() const { return began_certain_; }

    // -- Replies.

    /// A status came after the greeting while nothing is pending.
    void on_stray_status();

    /// A status came while a command is pending that ends at `end`. Whether it answers that.
    bool on_status(std::uint32_t end);

    /// A status came while server lines do not count, or as the greeting.
    void note_status();

    /// The pending USER is answered +OK. After the start of a capture that shows the line before it
    /// it proves that nothing is under way.
    void on_user_accepted();

    /// A CAPA was answered by a list, whole and without a gap.
    void on_capabilities();

    /// AUTH has taken client lines that no challenge asked for: what follows is not certain.
    void on_unasked_lines() {
        is_certain_ = false;
        has_unasked_lines_ = true;
    }

    // -- Doubt.

    /// Neither what comes nor what waits is certain.
    void end_certainty();

    /// Bytes or lines are lost.
    void on_loss();

    /// A gap of the client, or of the server; called before on_loss().
    void on_client_gap(bool has_bytes);
    void on_server_gap(bool greeted);

    /// A preface came: the first command must wait for the greeting to be certain.
    void on_preface() { is_certain_ = is_fresh_ = false; }

    /// A server line while the capture does not tell what it answers. `is_ok_after_gap`: it is a
    /// status +OK whose start may be in the gap.
    void on_doubtful_line(bool is_ok_after_gap) {
        follows_ok_ = is_first_line_ && is_ok_after_gap; // What has a body is no greeting.
        is_first_line_ = false;
    }

private:
    [[nodiscard]] bool server_has_heard() const {
        return has_acknowledged_ && server_may_have_heard();
    }

    // Sequence numbers: what they are compared with is near.
    std::uint32_t first_client_byte_ = 0;
    std::uint32_t client_end_ = 0;          ///< behind its last byte
    std::uint32_t server_acknowledged_ = 0; ///< by the server's bytes at hand
    std::uint32_t last_status_ = 0;         ///< what the last status acknowledged

    bool has_client_byte_ : 1 = false;
    bool has_acknowledged_ : 1 = false;
    bool has_last_status_ : 1 = false;
    bool client_covers_all_ : 1 = true; ///< see Delivery, of the client's last bytes

    bool is_certain_ : 1 = false;        ///< the next plain command is
    bool is_lossy_ : 1;                  ///< since the last certain point something was lost
    bool is_proven_ : 1;                 ///< nothing can be under way that was not seen
    bool sends_ahead_ : 1 = false;       ///< the client has sent before it had an answer
    bool server_spoke_ : 1 = true;       ///< since the client's last line
    bool replies_may_lag_ : 1 = false;   ///< see replies_may_lag()
    bool is_fresh_ : 1 = true;           ///< the first command may come before the greeting
    bool is_first_line_ : 1 = true;      ///< the server's next line is the first thing captured
    bool follows_ok_ : 1 = false;        ///< what was captured first is a status +OK
    bool has_unasked_lines_ : 1 = false; ///< see on_unasked_lines()
    bool awaits_first_ack_ : 1 = false;  ///< a reply was taken though no ACK had covered a byte

    // Of the oldest command.
    bool is_point_ : 1 = false;
    bool is_first_ : 1 = false; ///< the first line captured of the client, plain, behind +OK
    bool is_alone_ : 1 = false; ///< it found nothing open
    bool is_pending_certain_ : 1 = false;
    bool began_certain_ : 1 = false;
};

} // namespace pop3ana
