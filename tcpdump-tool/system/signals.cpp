// Handlers that set a flag and write a byte into a pipe; both are async-signal-safe.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "system/signals.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace pop3dump {

namespace detail {
std::atomic<bool> stop_requested{false};
std::atomic<bool> report_requested{false};
std::atomic<bool> reopen_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "only then may handlers store into it");
} // namespace detail

namespace {

std::array<int, 2> wake_pipe{-1, -1};

void wake() {
    const int saved = errno;
    // A full pipe wakes as well.
    [[maybe_unused]] const ssize_t written = ::write(wake_pipe[1], "", 1);
    errno = saved;
}

extern "C" void handle_stop(int /*signal*/) {
    detail::stop_requested.store(true);
    wake();
}

extern "C" void handle_report(int /*signal*/) {
    detail::report_requested.store(true);
    wake();
}

extern "C" void handle_reopen(int /*signal*/) {
    detail::reopen_requested.store(true);
    wake();
}

void install(int signal, void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
}

} // namespace

void install_signal_handlers() {
    if (::pipe2(wake_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) wake_pipe = {-1, -1};
    install(SIGINT, handle_stop, static_cast<int>(SA_RESETHAND));
    install(SIGTERM, handle_stop, static_cast<int>(SA_RESETHAND));
    install(SIGUSR1, handle_report, SA_RESTART);
    struct sigaction before {};
    sigaction(SIGHUP, nullptr, &before);
    if (before.sa_handler != SIG_IGN) install(SIGHUP, handle_reopen, SA_RESTART);
    install(SIGPIPE, SIG_IGN, 0);
}

void treat_hangup_as_stop() {
    struct sigaction before {};
    sigaction(SIGHUP, nullptr, &before);
    if (before.sa_handler == SIG_IGN) return;
    install(SIGHUP, handle_stop, static_cast<int>(SA_RESETHAND));
    if (detail::reopen_requested.load()) detail::stop_requested.store(true);
}

int signal_descriptor() {
    return wake_pipe[0];
}

void drain_signals() {
    std::array<char, 64> bytes{};
    while (::read(wake_pipe[0], bytes.data(), bytes.size()) > 0) {
    }
}

} // namespace pop3dump
