// The client that a proxy tells, in a preface or with XCLIENT (docs/semantics.md section 11).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"

#include <optional>
#include <string_view>

namespace pop3ana {

struct ToldClient {
    Address address;
    std::uint16_t port = 0;    ///< 0: not told
    std::uint32_t told_by = 0; ///< POP3ANA_TOLD_BY_*
};

/// None: it tells none, as LOCAL and UNKNOWN do, or is malformed.
std::optional<ToldClient> client_of_preface(std::string_view preface);

/// Of the argument of XCLIENT: ADDR=, PORT=.
std::optional<ToldClient> client_of_xclient(std::string_view argument);

} // namespace pop3ana
