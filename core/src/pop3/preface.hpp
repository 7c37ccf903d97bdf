// What a balancer puts in front of the client's bytes (docs/semantics.md section 2, K15): the PROXY
// protocol, versions 1 and 2, and SSLproxy's line.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pop3ana {

struct Preface {
    enum class State : std::uint8_t {
        kNone,       ///< the client's own bytes come first
        kUnfinished, ///< more bytes must tell
        kWhole,      ///< `bytes` of it
    };
    State state = State::kNone;
    std::size_t bytes = 0;
};

/// Whether a direction of which `start` are the first bytes begins with a preface.
Preface find_preface(std::string_view start);

} // namespace pop3ana
