// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/response_code.hpp"

#include "pop3ana/pop3ana.h"

#include <algorithm>

namespace pop3ana {
namespace {

struct ReasonRow {
    std::string_view code;
    std::uint32_t reason;
};

constexpr ReasonRow kReasons[] = {
    {"AUTH", POP3ANA_REASON_CREDENTIALS},  {"IN-USE", POP3ANA_REASON_IN_USE},
    {"LOGIN-DELAY", POP3ANA_REASON_DELAY}, {"SYS/TEMP", POP3ANA_REASON_SYSTEM},
    {"SYS/PERM", POP3ANA_REASON_SYSTEM},
};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// `word` is in small letters.
bool names(std::string_view text, std::string_view word) {
    return std::search(text.begin(), text.end(), word.begin(), word.end(),
                       [](char a, char b) { return lower(a) == b; }) != text.end();
}

// Servers without response codes say so in words.
bool says_in_use(std::string_view text) {
    return (names(text, "maildrop") || names(text, "mailbox")) &&
           (names(text, "lock") || names(text, "in use") || names(text, "busy"));
}

} // namespace

ResponseCode::ResponseCode(std::string_view message) {
    if (!message.starts_with('[')) return;
    const std::size_t end = message.find(']');
    if (end == std::string_view::npos) return;
    std::string_view code = message.substr(1, end - 1);
    code = code.substr(0, std::min(code.find(' '), kMostBytes));
    std::transform(code.begin(), code.end(), text_.begin(), upper);
    bytes_ = static_cast<std::uint8_t>(code.size());
    is_there_ = true;
}

std::uint32_t reason_of_failure(const ResponseCode &code, std::string_view message) {
    if (!code.is_there())
        return says_in_use(message) ? POP3ANA_REASON_IN_USE : POP3ANA_REASON_UNKNOWN;
    for (const ReasonRow &row : kReasons)
        if (row.code == code.text()) return row.reason;
    return POP3ANA_REASON_OTHER;
}

} // namespace pop3ana
