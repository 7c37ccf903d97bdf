// What --summary counts: a row for each client, user and server of the events, and for what TLS
// handshakes have agreed on.
//
// Each table has at most kSummaryRows; when it is full, the less busy half of its rows becomes one,
// so that whoever makes up clients or users takes no memory, and the counts still add up.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <pop3ana/pop3ana.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

/// Logins by one mechanism.
struct MechanismCount {
    std::string mechanism;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
};

struct SummaryCounts {
    std::int64_t sessions = 0; ///< of clients and servers; TLS handshakes
    std::int64_t open = 0;     ///< of these: their connections are not over
    std::uint64_t logins = 0;  ///< that succeeded
    std::uint64_t failed_logins = 0;
    std::uint64_t cleartext = 0; ///< of both: the password or token crossed the wire in the clear
    std::uint64_t errors = 0;    ///< -ERR replies; of clients and servers
    std::uint64_t alerts = 0;    ///< of all kinds
    std::uint64_t mails = 0;     ///< that RETR fetched in sessions that are over
    std::uint64_t mail_bytes = 0;
    std::int64_t first_ns = 0; ///< of the first event that counts
    std::int64_t last_ns = 0;
    std::vector<MechanismCount> mechanisms; ///< in the order of first use

    [[nodiscard]] std::uint64_t busyness() const {
        return static_cast<std::uint64_t>(sessions) + logins + failed_logins + errors;
    }
};

class SummaryTable {
public:
    /// The row of `name`, which counts at `ts_ns`; a fresh one if there is none.
    SummaryCounts &at(std::string_view name, std::int64_t ts_ns);

    /// The row in which a session of `name` is open: that of the others, if it was merged.
    SummaryCounts &row_with_open(std::string_view name);

    struct Named {
        std::string_view name;
        const SummaryCounts *row;
    };
    /// The busiest first, then by name. Borrowed until the table changes.
    [[nodiscard]] std::vector<Named> sorted() const;

    /// The rows that became one; how many they were.
    [[nodiscard]] const SummaryCounts &others() const { return others_; }
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    [[nodiscard]] std::uint64_t other_count() const { return other_count_; }

private:
    void merge_less_busy();

    std::map<std::string, SummaryCounts, std::less<>> rows_; // ordered: names are a stranger's
    SummaryCounts others_;
    std::uint64_t other_count_ = 0;
};

/// Which counts the rows of a table have.
enum class SummaryColumns : std::uint8_t { kAll, kWithoutSessions, kSessionsAlone };

class SummaryTables {
public:
    void on_event(const pop3ana_event &event);

    struct Titled {
        std::string_view name;  ///< in JSON
        std::string_view title; ///< of what its rows are
        SummaryColumns columns;
        bool is_optional; ///< it is left out when it is empty
        SummaryTable table{};
    };
    [[nodiscard]] const auto &all() const { return tables_; }

    enum Index : std::size_t { kClients, kUsers, kServers, kTls, kServerNames };
    [[nodiscard]] const SummaryTable &of(Index index) const { return tables_[index].table; }

private:
    SummaryTable &table(Index index) { return tables_[index].table; }
    void on_login(const pop3ana_event &event);

    /// By address; by the bytes of the name; by address and port, as in the log; by version and
    /// cipher suite; by the name that clients ask for.
    std::array<Titled, 5> tables_{{
        {"clients", "CLIENT", SummaryColumns::kAll, false},
        {"users", "USER", SummaryColumns::kWithoutSessions, false},
        {"servers", "SERVER", SummaryColumns::kAll, false},
        {"tls", "TLS", SummaryColumns::kSessionsAlone, true},
        {"server_names", "SERVER NAME", SummaryColumns::kSessionsAlone, true},
    }};
};

} // namespace pop3dump
