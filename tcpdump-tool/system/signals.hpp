// Signals as questions that the run asks when it is ready for the answer.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <atomic>

namespace pop3dump {

/// Installs the handlers, once: SIGINT and SIGTERM ask to stop (a second one kills, should an
/// output be stuck), SIGUSR1 for a report, SIGHUP to open the log anew; SIGPIPE is ignored, writing
/// then fails with EPIPE. A SIGHUP that was ignored before (nohup) stays ignored.
void install_signal_handlers();

namespace detail {
extern std::atomic<bool> stop_requested;
extern std::atomic<bool> report_requested;
extern std::atomic<bool> reopen_requested;
} // namespace detail

/// Whether SIGINT or SIGTERM has come. Costs nothing.
inline bool stop_requested() {
    return detail::stop_requested.load(std::memory_order_relaxed);
}

/// Whether SIGUSR1 has come since take_report_request() was called. Costs nothing.
inline bool report_requested() {
    return detail::report_requested.load(std::memory_order_relaxed);
}
inline void take_report_request() {
    detail::report_requested.store(false);
}

/// Whether SIGHUP has come since take_reopen_request() was called. Costs nothing.
inline bool reopen_requested() {
    return detail::reopen_requested.load(std::memory_order_relaxed);
}
inline void take_reopen_request() {
    detail::reopen_requested.store(false);
}

/// Makes SIGHUP a request to stop: without a log file it means that the terminal has gone.
void treat_hangup_as_stop();

/// Becomes readable when a signal comes, so that poll(2) misses none; -1 before
/// install_signal_handlers().
int signal_descriptor();

/// Makes signal_descriptor() wait for the next signal.
void drain_signals();

} // namespace pop3dump
