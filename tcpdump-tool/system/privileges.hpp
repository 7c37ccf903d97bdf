// Giving up what only the start of a run needs: root, capabilities, most system calls.
//
// A run opens its captures and outputs with the rights it was started with, then drops them for
// good, then reads its first packet.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

namespace pop3dump {

/// Whom a run goes on as once everything is open.
struct Account {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    bool change = false;       ///< false: stay who we are
    bool owns_outputs = false; ///< what root creates is given to it
    bool is_fallback = false;  ///< nobody, because user pop3dump does not exist
};

/// Started as root: the user `wanted` (-Z), or pop3dump, or nobody when there is no such user. Else
/// ourselves, and `wanted` may name nobody else. Nothing is changed yet. No value: `error` is then
/// one line that names the user.
std::optional<Account> choose_account(const std::optional<std::string> &wanted, std::string &error);

/// `error`, with what to do when it is `account` that was refused: `code` is of errno, and the
/// process has become that user.
std::string with_remedy(const std::string &error, int code, const Account &account);

/// Becomes `account`, without capabilities, new privileges (execve(2) gives none), core dumps, and
/// system calls but those of system_call_filter.hpp. To be called while there is one thread, and
/// after everything that needs a right or a library that loads on demand. `done` is a line that
/// says what was done. False when the process would keep a right: `error` is then one line.
bool drop_privileges(const Account &account, std::string &done, std::string &error);

} // namespace pop3dump
