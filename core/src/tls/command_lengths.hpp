// What the length of a client's line tells of it (RFC 1939, RFC 5034); its line end counts.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace pop3ana {

/// CAPA, STAT, LIST, UIDL, RSET, NOOP, QUIT, STLS, LAST.
inline constexpr std::uint32_t kShortestCommandBytes = 6;
/// PASS with an empty password.
inline constexpr std::uint32_t kShortestLoginLineBytes = 7;
/// USER, a blank, a name of one byte; USER without the name.
inline constexpr std::uint32_t kShortestUserBytes = 8;
inline constexpr std::uint32_t kUserWordBytes = 7;
/// USER and PASS in one record.
inline constexpr std::uint32_t kUserAndPassBytes = 15;
/// APOP with a digest, without the name.
inline constexpr std::uint32_t kApopBytes = 40;
/// AUTH PLAIN and AUTH LOGIN; AUTH CRAM-MD5.
inline constexpr std::uint32_t kAuthPlainBytes = 12, kAuthCramMd5Bytes = 15;
/// "*", which gives a SASL exchange up.
inline constexpr std::uint32_t kSaslCancelBytes = 3;

/// RETR with a number below 1000; DELE, LIST and UIDL may be so long, too.
constexpr bool is_retr(std::uint32_t line) {
    return line >= 8 && line <= 10;
}

/// A line of base64 (RFC 4648 s.4).
constexpr bool is_base64_line(std::uint32_t line) {
    return line % 4 == 2;
}

/// Before a login: no AUTH with an initial response, no APOP.
constexpr bool can_only_be_user(std::uint32_t line) {
    return line >= kShortestUserBytes && line != 11 && line != 12 && line != 14 && line != 15 &&
           line % 4 != 1 && line < kApopBytes + 1;
}

} // namespace pop3ana
