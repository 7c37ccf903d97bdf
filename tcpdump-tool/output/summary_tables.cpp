// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/summary_tables.hpp"

#include "events/summary_table.hpp"
#include "output/event_text.hpp"
#include "output/output_limits.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace pop3dump {
namespace {

/// Longer names, which no mailbox has, are told apart up to here.
constexpr std::size_t kMostNameBytes = 256;

void add_time(SummaryCounts &row, std::int64_t first_ns, std::int64_t last_ns) {
    if (row.last_ns == 0) row.first_ns = first_ns;
    row.first_ns = std::min(row.first_ns, first_ns);
    row.last_ns = std::max(row.last_ns, last_ns);
}

MechanismCount &mechanism_of(SummaryCounts &row, std::string_view mechanism) {
    for (MechanismCount &count : row.mechanisms)
        if (count.mechanism == mechanism) return count;
    return row.mechanisms.emplace_back(MechanismCount{std::string(mechanism)});
}

void add_row(SummaryCounts &sum, const SummaryCounts &row) {
    sum.sessions += row.sessions;
    sum.open += row.open;
    sum.logins += row.logins;
    sum.failed_logins += row.failed_logins;
    sum.cleartext += row.cleartext;
    sum.errors += row.errors;
    sum.alerts += row.alerts;
    sum.mails += row.mails;
    sum.mail_bytes += row.mail_bytes;
    add_time(sum, row.first_ns, row.last_ns);
    for (const MechanismCount &count : row.mechanisms) {
        MechanismCount &total = mechanism_of(sum, count.mechanism);
        total.succeeded += count.succeeded;
        total.failed += count.failed;
    }
}

void add_login(SummaryCounts &row, const pop3ana_event &event) {
    const bool success = event.type == POP3ANA_EVENT_LOGIN_SUCCESS;
    ++(success ? row.logins : row.failed_logins);
    if (event.inferred == 0) {
        MechanismCount &count = mechanism_of(row, view(event.mechanism));
        ++(success ? count.succeeded : count.failed);
    }
    row.cleartext += event.cleartext;
}

std::string server_name(const pop3ana_event &event) {
    return fmt::format("{}/{}", server_text(event), event.responder_port);
}

/// "TLSv1.3 TLS_AES_256_GCM_SHA384"
std::string tls_name(const pop3ana_event &event) {
    const auto known = [](const pop3ana_slice &text) { return text.len != 0 ? view(text) : "-"; };
    return fmt::format("{} {}", known(event.tls_version), known(event.tls_cipher));
}

void add_mails(SummaryCounts &row, const pop3ana_session_summary &summary) {
    row.mails += pop3ana::SummaryKnownCount::or_zero(summary.retr);
    row.mail_bytes += pop3ana::SummaryKnownCount::or_zero(summary.retr_bytes);
}

} // namespace

SummaryCounts &SummaryTable::at(std::string_view name, std::int64_t ts_ns) {
    name = name.substr(0, kMostNameBytes);
    auto found = rows_.find(name);
    if (found == rows_.end()) {
        if (rows_.size() >= kSummaryRows) merge_less_busy();
        found = rows_.emplace(name, SummaryCounts{}).first;
    }
    add_time(found->second, ts_ns, ts_ns);
    return found->second;
}

SummaryCounts &SummaryTable::row_with_open(std::string_view name) {
    const auto found = rows_.find(name.substr(0, kMostNameBytes));
    return found != rows_.end() && found->second.open > 0 ? found->second : others_;
}

std::vector<SummaryTable::Named> SummaryTable::sorted() const {
    std::vector<Named> named;
    named.reserve(rows_.size());
    for (const auto &[name, row] : rows_)
        named.push_back({name, &row});
    std::ranges::stable_sort(named, std::greater<>{},
                             [](const Named &one) { return one.row->busyness(); });
    return named;
}

void SummaryTable::merge_less_busy() {
    std::vector<std::uint64_t> busyness;
    busyness.reserve(rows_.size());
    for (const auto &[name, row] : rows_)
        busyness.push_back(row.busyness());
    const auto middle = busyness.begin() + static_cast<std::ptrdiff_t>(busyness.size() / 2);
    std::ranges::nth_element(busyness, middle);
    const std::uint64_t most = *middle;
    for (auto row = rows_.begin(); row != rows_.end() && rows_.size() > kSummaryRows / 2;) {
        if (row->second.busyness() > most) {
            ++row;
            continue;
        }
        add_row(others_, row->second);
        ++other_count_;
        row = rows_.erase(row);
    }
}

void SummaryTables::on_event(const pop3ana_event &event) {
    const std::int64_t ts_ns = event.ts_ns;
    const auto client = [&]() -> SummaryCounts & {
        return table(kClients).at(client_text(event), ts_ns);
    };
    const auto server = [&]() -> SummaryCounts & {
        return table(kServers).at(server_name(event), ts_ns);
    };
    switch (event.type) {
    case POP3ANA_EVENT_NEW_CONNECTION:
        for (SummaryCounts *row : {&client(), &server()}) {
            ++row->sessions;
            ++row->open;
        }
        break;
    case POP3ANA_EVENT_PROXIED: { // From now on the session is that of the client that was told.
        if (event.session == 0 || event.told_is_trusted == 0) break;
        AddressBuffer buffer;
        SummaryCounts &told =
            table(kClients).at(address_text(buffer, event.told_family, event.told_address), ts_ns);
        ++told.sessions;
        ++told.open;
        SummaryCounts &proxy = table(kClients).row_with_open(client_text(event));
        --proxy.sessions;
        --proxy.open;
        break;
    }
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE: on_login(event); break;
    case POP3ANA_EVENT_REPLY:
        if (event.status != POP3ANA_STATUS_ERR) break;
        ++client().errors;
        ++server().errors;
        break;
    case POP3ANA_EVENT_ALERT:
    case POP3ANA_EVENT_THRESHOLD_WARNING:
        ++client().alerts;
        ++server().alerts;
        if (event.user.len != 0) ++table(kUsers).at(view(event.user), ts_ns).alerts;
        break;
    case POP3ANA_EVENT_SESSION_END:
        add_mails(client(), *event.summary);
        add_mails(server(), *event.summary);
        --table(kClients).row_with_open(client_text(event)).open;
        --table(kServers).row_with_open(server_name(event)).open;
        if (event.summary->user.len != 0)
            add_mails(table(kUsers).at(view(event.summary->user), ts_ns), *event.summary);
        break;
    case POP3ANA_EVENT_TLS:
        ++table(kTls).at(tls_name(event), ts_ns).sessions;
        if (event.server_name.len != 0)
            ++table(kServerNames).at(view(event.server_name), ts_ns).sessions;
        break;
    default: break;
    }
}

void SummaryTables::on_login(const pop3ana_event &event) {
    add_login(table(kClients).at(client_text(event), event.ts_ns), event);
    add_login(table(kServers).at(server_name(event), event.ts_ns), event);
    if (event.user.len != 0) add_login(table(kUsers).at(view(event.user), event.ts_ns), event);
}

} // namespace pop3dump
