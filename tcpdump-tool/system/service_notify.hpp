// Tells the service manager how the service is, as sd_notify(3) describes: datagrams to the socket
// that NOTIFY_SOCKET names. The library function opens a socket for each message; after the start
// this program may open none.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "system/file_descriptor.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace pop3dump {

class ServiceNotifier {
public:
    /// Without a service manager, all calls do nothing. False if it cannot be reached: `error` is
    /// then one line.
    bool connect(std::string &error);

    /// Everything is open.
    void ready() { send("READY=1"); }
    /// Outputs are being opened anew; ready() follows.
    void reloading();
    void stopping() { send("STOPPING=1"); }

    /// Whether alive() should be called. Costs nothing without a service manager.
    [[nodiscard]] bool is_due() const {
        return socket_.get() >= 0 && std::chrono::steady_clock::now() >= next_;
    }
    /// The run goes on: feeds the watchdog, and shows `status`, a line, to who asks the manager.
    void alive(const std::string &status);

private:
    void send(std::string_view message) const;

    FileDescriptor socket_;
    std::chrono::microseconds interval_{};
    bool has_watchdog_ = false;
    std::chrono::steady_clock::time_point next_;
};

} // namespace pop3dump
