// The run of pop3fleet: all its sensors and the server, until the end.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/fleet_options.hpp"
#include "fleet/sensor.hpp"
#include "fleet/server.hpp"

#include "system/service_notify.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace pop3fleet {

class Fleet {
public:
    Fleet(const FleetOptions &options, std::string_view key, Server::Options server);

    /// The exit status.
    int run();

private:
    using Clock = std::chrono::steady_clock;

    void join();
    /// One turn with the server. Whether there was anything to do.
    bool turn();
    bool turn_alone();
    void server_went(const std::string &why);
    void tell_of_missing(std::uint64_t known);
    void write_down();
    void report_notices();
    [[nodiscard]] bool is_over() const;
    void rest(bool is_busy) const;

    const FleetOptions &options_;
    FleetKey key_;
    WarningFile file_;
    Server server_;
    SensorContext context_;
    std::vector<std::unique_ptr<Sensor>> sensors_;
    pop3dump::ServiceNotifier notifier_;
    bool has_joined_ = false;
    bool is_alone_ = false;
    bool has_told_ = false;                  ///< that the server is away
    Clock::time_point tell_of_missing_at_{}; ///< never, once it was told
    Clock::time_point away_since_{};
    Clock::time_point next_try_{};
};

} // namespace pop3fleet
