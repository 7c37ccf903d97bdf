// Rows of the plugin's statistics when strangers make up clients and users.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistic_rows.hpp"

#include "cmocka.hpp"

#include <cstdint>
#include <string>

using namespace pop3ana_plugin;

namespace {

pop3ana_event event_of(std::uint32_t type) {
    pop3ana_event event{};
    event.type = type;
    event.originator_family = event.address_family = 4;
    event.ts_ns = 1;
    return event;
}

pop3ana_event login_of(const std::string &user, std::uint8_t client = 0) {
    pop3ana_event event = event_of(POP3ANA_EVENT_LOGIN_FAILURE);
    event.user = {user.data(), user.size()};
    event.originator_address[0] = client;
    return event;
}

void add(Rows &rows, const std::string &key, std::uint32_t type, unsigned times = 1) {
    for (unsigned i = 0; i < times; ++i)
        rows.add(rows.at(key), event_of(type));
}

void rows_are_bounded_and_add_up(void **) {
    constexpr std::size_t kMade = 3 * Rows::kMostRows;
    Rows rows({});
    add(rows, "busy", POP3ANA_EVENT_NEW_CONNECTION, 100);
    for (std::size_t i = 0; i < kMade; ++i) {
        add(rows, std::to_string(i), POP3ANA_EVENT_NEW_CONNECTION);
        add(rows, std::to_string(i), POP3ANA_EVENT_LOGIN_FAILURE);
    }
    assert_int_equal(rows.size(), Rows::kMostRows);
    assert_int_equal(rows.other_count(), kMade + 1 - Rows::kMostRows);
    Counts sum = rows.others().counts;
    for (std::size_t place = 0; place < rows.size(); ++place)
        sum.add(rows[place].counts);
    assert_int_equal(sum.sessions, kMade + 100);
    assert_int_equal(sum.logins_failed, kMade);
    assert_int_equal(rows.total().counts.sessions, kMade + 100);
    assert_int_equal(rows[rows.at("busy")].counts.sessions, 100);
}

void who_was_less_busy_and_is_no_more_stays(void **) {
    Rows rows({});
    for (std::size_t i = 0; i < Rows::kMostRows; ++i)
        add(rows, std::to_string(i), POP3ANA_EVENT_NEW_CONNECTION);
    add(rows, "new", POP3ANA_EVENT_NEW_CONNECTION); // The less busy rows are known now.
    const std::size_t place = rows.at("100");
    add(rows, "100", POP3ANA_EVENT_NEW_CONNECTION);
    for (std::size_t i = 0; i < Rows::kMostRows; ++i)
        add(rows, "new" + std::to_string(i), POP3ANA_EVENT_NEW_CONNECTION);
    assert_int_equal(rows.at("100"), place);
    assert_int_equal(rows[place].counts.sessions, 2);
}

void different_users_and_clients_are_counted_by_row(void **) {
    Rows rows({.users = true, .clients = true});
    for (const char *user : {"alice", "bob", "alice", ""})
        for (const std::uint8_t client : {std::uint8_t{1}, std::uint8_t{2}})
            rows.add(rows.at("a"), login_of(user, client));
    rows.add(rows.at("b"), login_of("alice", 3));
    assert_int_equal(rows[rows.at("a")].counts.users, 2);
    assert_int_equal(rows[rows.at("a")].counts.clients, 2);
    assert_int_equal(rows[rows.at("b")].counts.users, 1);
    assert_int_equal(rows.total().counts.users, 2);
    assert_int_equal(rows.total().counts.clients, 3);
}

void different_users_are_bounded(void **) {
    Rows rows({.users = true});
    for (std::size_t i = 0; i < Rows::kMostDistinct; ++i)
        rows.add(rows.at("a"), login_of(std::to_string(i)));
    const Counts &counts = rows[rows.at("a")].counts;
    assert_int_equal(counts.users + rows.total().counts.users, Rows::kMostDistinct);
    assert_int_equal(counts.logins_failed, Rows::kMostDistinct);
}

void a_session_moves_to_the_client_that_is_told(void **) {
    Rows rows({});
    add(rows, "proxy", POP3ANA_EVENT_NEW_CONNECTION, 2);
    const std::size_t told = rows.at("told");
    assert_int_equal(rows.move_session("proxy", told), rows.at("proxy"));
    assert_int_equal(rows[rows.at("proxy")].counts.sessions, 1);
    assert_int_equal(rows[told].counts.sessions, 1);
    assert_int_equal(rows.move_session("never seen", told), rows.size());
    assert_int_equal(rows[told].counts.sessions, 1);
    assert_int_equal(rows.total().counts.sessions, 2);
}

void reset_keeps_rows_and_places(void **) {
    Rows rows({.users = true});
    rows.add(rows.at("a"), login_of("alice"));
    rows.add(rows.at("b"), login_of("alice"));
    const std::size_t place = rows.at("b");
    rows.reset();
    assert_int_equal(rows.size(), 2);
    assert_int_equal(rows.at("b"), place);
    assert_int_equal(rows[place].counts.logins_failed, 0);
    assert_int_equal(rows.total().counts.users, 0);
    rows.add(place, login_of("alice"));
    assert_int_equal(rows[place].counts.users, 1);
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_bounded_and_add_up),
        cmocka_unit_test(who_was_less_busy_and_is_no_more_stays),
        cmocka_unit_test(different_users_and_clients_are_counted_by_row),
        cmocka_unit_test(different_users_are_bounded),
        cmocka_unit_test(a_session_moves_to_the_client_that_is_told),
        cmocka_unit_test(reset_keeps_rows_and_places),
    };
    return cmocka_run_group_tests_name("unit.statistic_rows", tests, nullptr, nullptr);
}
