// Whether commands and replies of a session are in step, and what leads back there after something
// was lost (docs/semantics.md section 6).
//
//                          lose(client), commands open     lose(client)        lose(server)
//                                      |                        |                   |
//                                      v                        v                   |
//                              kCommandsLostUnheard      kInDoubtUnheard            |
//                                      | server line            | server line       |
//                                      v                        v                   |
//                                kCommandsLost ---------->  kInDoubt  <-------------+
//                                             last reply        | command
//                                                               v
//                                                            kInStep
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"

#include <cstdint>

namespace pop3ana {

class Sync {
    enum class State : std::uint8_t {
        kInStep,
        kInDoubt,             ///< server lines count only from the next command on
        kInDoubtUnheard,      ///< and client lines are dropped until the server has spoken
        kCommandsLost,        ///< the open commands are answered, and client lines dropped, before
                              ///< kInDoubt
        kCommandsLostUnheard, ///< and the server has not spoken since
        kStrayLine,           ///< kCommandsLost with nothing open, and what came is no status
    };
    State state_;

public:
    explicit Sync(bool midstream) : state_(midstream ? State::kInDoubt : State::kInStep) {}

    /// What is said of a server line would be said of a guess.
    [[nodiscard]] bool in_doubt() const {
        return state_ == State::kInDoubt || state_ == State::kInDoubtUnheard ||
               state_ == State::kStrayLine;
    }
    /// Behind the open commands some are lost.
    [[nodiscard]] bool commands_lost() const {
        return state_ == State::kCommandsLost || state_ == State::kCommandsLostUnheard ||
               state_ == State::kStrayLine;
    }
    /// Client lines are dropped until the server has spoken.
    [[nodiscard]] bool awaits_server() const {
        return state_ == State::kInDoubtUnheard || state_ == State::kCommandsLostUnheard;
    }

    /// Bytes or lines of a side are lost.
    void lose(Side from, bool has_open_commands) {
        if (from == Side::kServer)
            state_ = State::kInDoubt;
        else
            state_ = has_open_commands ? State::kCommandsLostUnheard : State::kInDoubtUnheard;
    }

    void on_server_line() {
        if (state_ == State::kInDoubtUnheard) state_ = State::kInDoubt;
        if (state_ == State::kCommandsLostUnheard) state_ = State::kCommandsLost;
    }

    /// A server line that is no status came while nothing is open.
    void on_stray_line() {
        if (state_ == State::kInStep) state_ = State::kInDoubt;
        if (state_ == State::kCommandsLost) state_ = State::kStrayLine;
    }

    /// A command joins the queue.
    void on_command() {
        if (state_ == State::kInDoubt) state_ = State::kInStep;
        if (state_ == State::kStrayLine) state_ = State::kCommandsLost;
    }

    /// The last open command has its reply.
    void on_last_reply() {
        if (state_ == State::kCommandsLostUnheard)
            state_ = State::kInDoubtUnheard;
        else if (commands_lost())
            state_ = State::kInDoubt;
    }
};

} // namespace pop3ana
