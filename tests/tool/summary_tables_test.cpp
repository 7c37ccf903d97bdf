// The tables of --summary when strangers make up clients and users.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "output/output_limits.hpp"
#include "output/summary_tables.hpp"

#include <cstdint>
#include <string>

using namespace pop3dump;

namespace {

struct Sums {
    std::int64_t sessions = 0;
    std::int64_t open = 0;
    std::uint64_t errors = 0;
    std::uint64_t mails = 0;
    std::uint64_t rows = 0;
};

Sums sums_of(const SummaryTable &table) {
    const SummaryCounts &others = table.others();
    Sums sums{others.sessions, others.open, others.errors, others.mails, table.other_count()};
    for (const auto &[name, row] : table.sorted()) {
        assert_true(row->sessions >= 0 && row->open >= 0);
        sums.sessions += row->sessions;
        sums.open += row->open;
        sums.errors += row->errors;
        sums.mails += row->mails;
        ++sums.rows;
    }
    return sums;
}

class Bench {
public:
    Bench() {
        event_.address_family = event_.originator_family = 4;
        event_.responder_port = 110;
        event_.session = 1;
    }

    /// Of the client with this number.
    void event(std::uint32_t client, std::uint32_t type) {
        event_.type = type;
        event_.ts_ns += 1'000;
        for (unsigned i = 0; i < 4; ++i)
            event_.originator_address[i] = static_cast<std::uint8_t>(client >> (24 - 8 * i));
        event_.status = type == POP3ANA_EVENT_REPLY ? POP3ANA_STATUS_ERR : POP3ANA_STATUS_NONE;
        event_.summary = type == POP3ANA_EVENT_SESSION_END ? &summary_ : nullptr;
        tables.on_event(event_);
    }

    void session(std::uint32_t client, unsigned errors) {
        event(client, POP3ANA_EVENT_NEW_CONNECTION);
        for (unsigned i = 0; i < errors; ++i)
            event(client, POP3ANA_EVENT_REPLY);
    }
    void end(std::uint32_t client) {
        summary_.retr = 1;
        event(client, POP3ANA_EVENT_SESSION_END);
    }

    SummaryTables tables;

private:
    pop3ana_event event_{};
    pop3ana_session_summary summary_{};
};

void rows_are_bounded_and_add_up(void **) {
    constexpr std::uint32_t kClients = 3 * kSummaryRows;
    constexpr std::uint32_t kBusy = 0xff000001;
    Bench bench;
    bench.session(kBusy, 100);
    for (std::uint32_t client = 0; client < kClients; ++client)
        bench.session(client, client % 3);
    for (std::uint32_t client = 0; client < kClients; client += 2)
        bench.end(client);
    const SummaryTable &clients = bench.tables.of(SummaryTables::kClients);
    const Sums sums = sums_of(clients);
    assert_true(clients.sorted().size() <= kSummaryRows);
    assert_int_equal(sums.sessions, kClients + 1);
    assert_int_equal(sums.open, kClients / 2 + 1);
    assert_int_equal(sums.errors, kClients + 100);
    assert_int_equal(sums.mails, kClients / 2);
    assert_true(sums.rows >= kClients); // who comes back counts again
    assert_string_equal(std::string(clients.sorted().front().name).c_str(), "255.0.0.1");
    assert_int_equal(sums_of(bench.tables.of(SummaryTables::kServers)).sessions, kClients + 1);
}

void a_session_of_a_trusted_proxy_goes_on_as_its_clients(void **) {
    SummaryTables tables;
    pop3ana_event event{};
    event.session = 1;
    event.ts_ns = 1;
    event.address_family = event.originator_family = event.told_family = 4;
    event.originator_address[0] = 10;
    event.told_address[0] = 20;
    event.type = POP3ANA_EVENT_NEW_CONNECTION;
    tables.on_event(event);
    event.type = POP3ANA_EVENT_PROXIED;
    tables.on_event(event);
    assert_int_equal(tables.of(SummaryTables::kClients).sorted().size(), 1); // not trusted
    event.told_is_trusted = 1;
    tables.on_event(event);
    const auto rows = tables.of(SummaryTables::kClients).sorted();
    assert_int_equal(rows.size(), 2);
    assert_string_equal(std::string(rows[0].name).c_str(), "20.0.0.0");
    assert_int_equal(rows[0].row->sessions, 1);
    assert_int_equal(rows[0].row->open, 1);
    assert_int_equal(rows[1].row->sessions, 0);
    assert_int_equal(rows[1].row->open, 0);
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_bounded_and_add_up),
        cmocka_unit_test(a_session_of_a_trusted_proxy_goes_on_as_its_clients),
    };
    return cmocka_run_group_tests_name("tool.summary_tables", tests, nullptr, nullptr);
}
