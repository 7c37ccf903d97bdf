// The options of the engine; those not given keep the default of the library.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pop3dump {

struct EngineOptions {
    std::optional<std::string> ports;
    std::optional<std::string> ignore_commands;
    std::optional<std::string> peer;
    std::optional<std::string> alerts;
    std::optional<std::string> alert_limits;
    std::optional<std::string> trusted_proxies;
    std::optional<std::uint32_t> error_threshold;
    std::optional<std::uint64_t> expire_minutes;
    bool midstream = true;
    bool verify_checksums = false;
    bool redact = false;
    bool session_end = false; ///< an output wants to know
};

} // namespace pop3dump
