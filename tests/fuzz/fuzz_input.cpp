// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz_input.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace fuzz {
namespace {

constexpr std::string_view kLines[] = {
    "+OK ready <1896.697170952@x>",
    "-ERR",
    "+OK",
    "+ ",
    "USER alice",
    "PASS wonder land",
    "APOP alice c4c9334bac560ecc979e58001b3e22fb",
    "AUTH",
    "AUTH PLAIN",
    "AUTH PLAIN AGFsaWNlAHdvbmRlcg==",
    "AGFsaWNlAHdvbmRlcg==",
    "AUTH LOGIN",
    "YWxpY2U=",
    "AUTH CRAM-MD5",
    "AUTH XOAUTH2",
    "*",
    "=",
    "STAT",
    "LIST",
    "LIST 1",
    "UIDL",
    "RETR 1",
    "TOP 1 0",
    ".",
    "..",
    "",
    "Subject: x",
    "DELE 1",
    "NOOP",
    "RSET",
    "LAST",
    "XSENDER 1",
    "CAPA",
    "STLS",
    "QUIT",
    "XYZZY",
    "AUTH LOGIN YWxpY2U=",
    "AUTH PLAIN =",
};

} // namespace

std::uint8_t Input::byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
}

std::uint64_t Input::number(unsigned bytes) {
    std::uint64_t result = 0;
    for (unsigned i = 0; i < bytes; ++i)
        result = result << 8 | byte();
    return result;
}

std::span<const std::uint8_t> Input::bytes(std::size_t count) {
    const auto result = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(result.size());
    return result;
}

std::string Input::pop3_bytes() {
    constexpr std::uint8_t kFromTable = 0x80, kWithoutEnd = 0x40;
    const std::uint8_t kind = byte();
    if ((kind & kFromTable) == 0) {
        const auto raw = bytes(kind);
        return {raw.begin(), raw.end()};
    }
    std::string line{kLines[(kind & 0x3f) % std::size(kLines)]};
    if ((kind & kWithoutEnd) == 0) line += "\r\n";
    return line;
}

void law(std::string_view what, bool holds) {
    if (holds) return;
    std::fprintf(stderr, "broken law: %.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}

void same(std::string_view what, std::string_view one, std::string_view other) {
    if (one == other) return;
    std::fprintf(stderr, "one:   %.*s\nother: %.*s\n", static_cast<int>(one.size()), one.data(),
                 static_cast<int>(other.size()), other.data());
    law(what, false);
}

} // namespace fuzz
