// Users by getpwnam(3), capabilities by libcap-ng.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "system/privileges.hpp"

#include "system/diagnostics.hpp"
#include "system/sanitized.hpp"
#include "system/system_call_filter.hpp"

#include <cap-ng.h>
#include <cerrno>
#include <cstring>
#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace pop3dump {
namespace {

constexpr const char *kServiceUser = "pop3dump";
constexpr const char *kFallbackUser = "nobody";

std::optional<Account> find_account(const std::string &name) {
    const passwd *entry = ::getpwnam(name.c_str());
    if (entry == nullptr) return std::nullopt;
    return Account{name, entry->pw_uid, entry->pw_gid, false, false, false};
}

std::optional<Account> choose_for_root(const std::optional<std::string> &wanted,
                                       std::string &error) {
    auto account = find_account(wanted.value_or(kServiceUser));
    const bool is_fallback = !account && !wanted;
    if (is_fallback) account = find_account(kFallbackUser);
    if (!account) {
        error = wanted ? fmt::format("-Z: '{}': no such user", *wanted)
                       : fmt::format("no user '{}' or '{}' to run as: name one with -Z",
                                     kServiceUser, kFallbackUser);
        return std::nullopt;
    }
    account->change = account->uid != 0;
    account->owns_outputs = account->change && !is_fallback;
    account->is_fallback = is_fallback;
    return account;
}

std::optional<Account> choose_for_user(const std::optional<std::string> &wanted,
                                       std::string &error) {
    const passwd *own = ::getpwuid(::geteuid());
    Account self{own != nullptr ? own->pw_name : "a user without a name",
                 ::geteuid(),
                 ::getegid(),
                 false,
                 false,
                 false};
    if (!wanted) return self;
    const auto account = find_account(*wanted);
    if (account && account->uid == self.uid) return self;
    error = fmt::format("-Z: '{}': {}", *wanted,
                        account ? "only root can become another user" : "no such user");
    return std::nullopt;
}

/// Only who may change its own sets can shrink the bounding set; without new privileges it bounds
/// nothing anyway.
bool can_bound() {
    capng_get_caps_process();
    return capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 1;
}

/// False with errno.
bool change_user(const Account &account) {
    unsigned flags = CAPNG_INIT_SUPP_GRP;
    if (can_bound()) flags |= CAPNG_CLEAR_BOUNDING;
    capng_clear(CAPNG_SELECT_ALL);
    return capng_change_id(static_cast<int>(account.uid), static_cast<int>(account.gid),
                           static_cast<capng_flags_t>(flags)) == 0;
}

/// False with errno.
bool empty_capabilities() {
    const bool bound = can_bound();
    capng_clear(CAPNG_SELECT_ALL);
    if (bound && capng_apply(CAPNG_SELECT_BOUNDS) != 0) return false;
    return capng_apply(CAPNG_SELECT_CAPS) == 0 && capng_apply(CAPNG_SELECT_AMBIENT) == 0;
}

/// Asks the kernel, rather than to believe that all of the above worked.
bool is_dropped(const Account &account) {
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    if (::getresuid(&real, &effective, &saved) != 0) return false;
    if (account.change &&
        (real != account.uid || effective != real || saved != real || ::setresuid(0, 0, 0) == 0)) {
        return false;
    }
    if (capng_get_caps_process() != 0) return false;
    return capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE &&
           capng_have_capabilities(CAPNG_SELECT_AMBIENT) == CAPNG_NONE &&
           ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

} // namespace

std::optional<Account> choose_account(const std::optional<std::string> &wanted,
                                      std::string &error) {
    return ::geteuid() == 0 ? choose_for_root(wanted, error) : choose_for_user(wanted, error);
}

std::string with_remedy(const std::string &error, int code, const Account &account) {
    if (!account.change || (code != EACCES && code != EPERM)) return error;
    return fmt::format("{} for user {}: grant it write access, or name another user with -Z", error,
                       account.name);
}

bool drop_privileges(const Account &account, std::string &done, std::string &error) {
    if (!(account.change ? change_user(account) : empty_capabilities())) {
        error = fmt::format("failed to drop privileges to {}: {}{}", account.name,
                            std::strerror(errno), account.change ? "; -Z root keeps root" : "");
        return false;
    }
    // The leak check of sanitizers reads the process like a debugger.
    ::prctl(PR_SET_DUMPABLE, kSanitized ? 1 : 0, 0, 0, 0);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !is_dropped(account)) {
        error = fmt::format("failed to drop privileges to {}: some remain", account.name);
        return false;
    }
    std::string why;
    const FilterResult filter = confine_system_calls(why);
    if (filter == FilterResult::Failed) {
        error = why;
        return false;
    }
    if (filter == FilterResult::NotSupported && !kSanitized) report(why + "; running without");
    done = fmt::format("dropped privileges, running as {} (uid {}, gid {}): no capabilities, no "
                       "new privileges, {}",
                       account.name, account.uid, account.gid,
                       filter == FilterResult::Installed ? "system calls filtered" : why);
    return true;
}

} // namespace pop3dump
