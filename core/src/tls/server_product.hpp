// Lengths of the replies of servers that are in wide use.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pop3ana {

/// Line ends count; 0: there is none of that kind.
struct ServerProduct {
    std::string_view name;
    std::uint32_t user;                     ///< +OK to USER
    std::array<std::uint32_t, 2> failures;  ///< of a login
    std::uint32_t success;                  ///< of a login, where it has one length
    std::array<std::uint32_t, 2> successes; ///< else from, to
    std::uint32_t retr_status;              ///< status line of RETR without its digits
    bool retr_has_size;                     ///< it tells the size of the message
    std::uint32_t quit;                     ///< +OK to QUIT
    std::array<std::uint32_t, 2> uidl;      ///< its status line; an identifier

    [[nodiscard]] constexpr bool is_failure(std::uint32_t length) const {
        return length == failures[0] || (failures[1] != 0 && length == failures[1]);
    }
    [[nodiscard]] constexpr bool is_success(std::uint32_t length) const {
        return success != 0 && length == success;
    }
    [[nodiscard]] constexpr bool may_be_success(std::uint32_t length) const {
        return successes[1] != 0 && successes[0] <= length && length <= successes[1];
    }
};

// clang-format off
inline constexpr std::array kServerProducts{
    //                          USER  failures   success  from, to   RETR, size   QUIT  UIDL
    ServerProduct{"Dovecot",       5, {36,  0},      16,  {0, 0},    13, true,    18,  {5, 16}},
    ServerProduct{"Courier",      24, {20, 29},      16,  {0, 0},    21, true,    14,  {0, 0}},
    ServerProduct{"Cyrus",        29, {27, 52},       0,  {82, 92},  21, false,    5,  {0, 0}},
    ServerProduct{"mailutils",     5, {23,  0},       0,  {0, 0},     5, false,    5,  {0, 0}},
    ServerProduct{"Twisted",      30, {28,  0},      30,  {0, 0},     6, true,     6,  {6, 32}},
    ServerProduct{"WildDuck",     15, {48,  0},       0,  {40, 47},  13, true,     9,  {5, 24}},
};
// clang-format on

} // namespace pop3ana
