// Dialogs: POP3 sessions as text, with the log lines that they must give. One step a line:
//
//   # why this dialog exists
//   option NAME VALUE   of the configuration: error_threshold 0, ignore_commands "", redact 1 ...
//   midstream           the first connection was open before the capture started
//   S: text             the server sends a line (CR LF is added); C: the client
//   S> text             bytes without a line end
//   S lost: text        the client received it, the capture did not; also S lost> text
//   S cut 7: text       captured with a snapshot length that left 7 bytes
//   S fin, S rst        ends
//   wait 61             seconds
//   connect             another connection, from the next port; "connect same" from the same port,
//                       "connect ADDRESS" from another client
//   resume 1            goes on with the first connection
//   => #1 > USER bob    a line of the log, without its time; a final | stands behind a blank
//   =! bad_base64       an event that is not in the log: anomaly or "terminated". A dialog that
//                       names one names them all.
//
// Text may hold \r \n \t \0 \s (a blank) \\ \xHH and \{70000*x} for many x. The lines of one side
// that follow each other are one turn; turns are played in pieces of each size. What is expected
// must have been said when the turn before it is over, and not earlier than the turn.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "run.hpp"
#include "traffic.hpp"

#include <string>
#include <vector>

namespace pop3ana_test {

struct Step {
    enum class Kind { Send, Lose, Cut, Fin, Rst, Wait, Connect, Resume, Line, Unlogged };
    Kind kind = Kind::Send;
    Side side = Side::Client;
    std::string text;
    std::size_t number = 0; ///< seconds, bytes, connection
};

struct Dialog {
    std::string name;
    std::vector<Step> steps;
    std::vector<std::pair<std::string, std::string>> options;
    bool midstream = false;
    bool names_unlogged = false;
    std::string error; ///< empty, or what is wrong with the text
};

Dialog read_dialog(const std::string &path);

/// A dialog as captured, with pieces of `piece` bytes.
struct Played {
    struct Expected {
        std::string text;
        std::size_t after_frame; ///< it comes later than this one
        std::size_t until_frame; ///< and with this one at the latest
    };
    Capture capture;
    std::vector<Expected> lines, unlogged;
};

Played play(const Dialog &dialog, std::size_t piece);

/// The sizes to play it at.
std::vector<std::size_t> piece_sizes(const Dialog &dialog);

/// Empty, or why the engine's log is not what the dialog wants.
std::string mismatch(const Dialog &dialog, const Played &played);

} // namespace pop3ana_test
