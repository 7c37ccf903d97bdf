// Conversations whose client and server keep to RFC 1939, 2449 and 5034, with three kinds of
// clients. What was said is known, so they are what laws damage.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "dialogue.hpp"

namespace pop3ana_test {

enum class ClientKind : std::uint8_t {
    Waits,     ///< for each reply before the next command
    Pipelines, ///< now and then sends several commands at once
    Window,    ///< always keeps one to three commands ahead
    Any,       ///< one of the first two, by chance
};
constexpr ClientKind kClientKinds[] = {ClientKind::Waits, ClientKind::Pipelines, ClientKind::Window,
                                       ClientKind::Any};

const char *name_of(ClientKind kind);

struct ProperScript {
    Script said;
    Script lockstep; ///< each reply behind its command, as if the client had waited
};

/// Right and wrong logins by any mechanism, then mails; a command or a reply is a turn of its own.
ProperScript proper_script(Random &random, ClientKind kind);

struct Conversations {
    Capture capture;
    Capture lockstep; ///< what was said, where each reply shows what it answers: the truth
};

/// One or two connections with such a script, in segments of any size, with ACKs in between,
/// ended in any of the usual ways. Two run at the same time.
Conversations proper_conversations(Random &random, ClientKind kind);

} // namespace pop3ana_test
