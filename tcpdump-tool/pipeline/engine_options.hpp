// The options of the engine; those not given keep the default of the library.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pop3dump {

struct EngineOptions {
    std::optional<std::string> ports;
    std::optional<std::string> tls_ports;
    bool tls_facts = false;
    bool tls_infer = false;
    bool has_key_logs = false; ///< secrets of TLS come

    std::optional<std::string> ignore_commands;
    std::optional<std::string> peer;
    std::optional<std::string> alerts;
    std::optional<std::string> alert_limits;
    std::optional<std::string> trusted_proxies;
    std::string fleet_key; ///< empty: there is none
    std::optional<std::uint32_t> error_threshold;
    std::optional<std::uint64_t> expire_minutes;
    std::uint64_t sessions_before = 0; ///< in the log that the run goes on with
    bool alert_once = false;
    bool midstream = true;
    bool verify_checksums = false;
    bool redact = false;
    bool session_end = false; ///< an output wants to know

    [[nodiscard]] bool reads_tls() const {
        return tls_ports || tls_facts || tls_infer || has_key_logs;
    }
    /// Of POP3S (RFC 8314 s.7.1), as a list; "": TLS is not read.
    [[nodiscard]] std::string used_tls_ports() const {
        return reads_tls() ? tls_ports.value_or("995") : "";
    }
};

} // namespace pop3dump
