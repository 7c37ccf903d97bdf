// SPDX-License-Identifier: GPL-2.0-or-later
#include "system/service_notify.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace pop3dump {
namespace {

constexpr std::chrono::seconds kBetweenStatuses{5};

/// A whole number in the environment; 0 when there is none.
std::uint64_t number_of(const char *name) {
    const char *text = std::getenv(name);
    std::uint64_t value = 0;
    if (text == nullptr) return 0;
    const char *end = text + std::strlen(text);
    const auto result = std::from_chars(text, end, value);
    return result.ec == std::errc() && result.ptr == end ? value : 0;
}

/// The watchdog's time, when it is for this process; 0: there is none.
std::chrono::microseconds watchdog_time() {
    const std::uint64_t process = number_of("WATCHDOG_PID");
    if (process != 0 && process != static_cast<std::uint64_t>(::getpid())) return {};
    return std::chrono::microseconds(number_of("WATCHDOG_USEC"));
}

} // namespace

bool ServiceNotifier::connect(std::string &error) {
    const char *name = std::getenv("NOTIFY_SOCKET");
    if (name == nullptr || *name == '\0') return true;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(name);
    if (length >= sizeof(address.sun_path)) {
        error = fmt::format("NOTIFY_SOCKET: '{}': the name is too long", name);
        return false;
    }
    std::memcpy(address.sun_path, name, length);
    if (*name == '@') address.sun_path[0] = '\0'; // no file, but a name of its own kind
    FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    if (socket.get() < 0 ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr *>(&address), size) != 0) {
        error = fmt::format("NOTIFY_SOCKET: '{}': {}", name, std::strerror(errno));
        return false;
    }
    socket_ = std::move(socket);
    const std::chrono::microseconds watchdog = watchdog_time();
    has_watchdog_ = watchdog.count() > 0;
    interval_ = kBetweenStatuses;
    if (has_watchdog_) interval_ = std::min(interval_, watchdog / 2);
    return true;
}

void ServiceNotifier::reloading() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now_us));
}

void ServiceNotifier::alive(const std::string &status) {
    next_ = std::chrono::steady_clock::now() + interval_;
    send(fmt::format("STATUS={}{}", status, has_watchdog_ ? "\nWATCHDOG=1" : ""));
}

/// Ignores errors: pop3dump runs on if the service manager does not listen.
void ServiceNotifier::send(std::string_view message) const {
    if (socket_.get() < 0) return;
    [[maybe_unused]] const ssize_t sent = ::write(socket_.get(), message.data(), message.size());
}

} // namespace pop3dump
