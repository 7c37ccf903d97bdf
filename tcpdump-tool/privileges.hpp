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
};

/// Started as root: the user `wanted` (-Z), or pop3dump; for files alone nobody when there is no
/// such user. Else ourselves, and `wanted` may name nobody else. Nothing is changed yet. No value:
/// `error` is then one line that names the user.
std::optional<Account> choose_account(const std::optional<std::string> &wanted, bool is_live,
                                      std::string &error);

/// Gives the regular file `fd` to `account` when it belongs to root, so that it can be opened anew
/// later. To be called before drop_privileges(). False with errno.
bool give_output(int fd, const Account &account);

/// Becomes `account`, without capabilities, new privileges (execve(2) gives none), core dumps, and
/// system calls but those of system_call_filter.hpp. To be called while there is one thread, and
/// after everything that needs a right or a library that loads on demand. `done` is a line that
/// says what was done. False when the process would keep a right: `error` is then one line.
bool drop_privileges(const Account &account, std::string &done, std::string &error);

} // namespace pop3dump
