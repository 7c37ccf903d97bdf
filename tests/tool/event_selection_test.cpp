// Which events are selected, and what is said of wrong values.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "output/event_selection.hpp"

#include <arpa/inet.h>
#include <string>
#include <string_view>

using namespace pop3dump;

namespace {

constexpr std::uint32_t kLastType = POP3ANA_EVENT_PROXIED;

pop3ana_event event_of(std::uint32_t type, std::uint64_t session = 7,
                       const char *client = "10.1.2.3", std::string_view user = "") {
    pop3ana_event event{};
    event.type = type;
    event.session = session;
    event.originator_family = std::string_view(client).find(':') == std::string_view::npos ? 4 : 6;
    inet_pton(event.originator_family == 4 ? AF_INET : AF_INET6, client, event.originator_address);
    if (type == POP3ANA_EVENT_THRESHOLD_WARNING) event.alert = POP3ANA_ALERT_ERRORS;
    event.user = {user.data(), user.size()};
    return event;
}

void fine(const std::string &why) {
    assert_string_equal(why.c_str(), "");
}

void says(const std::string &why, const std::string &part) {
    if (why.find(part) == std::string::npos) assert_string_equal(why.c_str(), part.c_str());
}

void nothing_asked_for_is_everything(void **) {
    const EventSelection all;
    assert_true(all.is_everything());
    for (std::uint32_t type = 1; type <= kLastType; ++type)
        assert_true(all.selects(event_of(type, 0)));
}

void types_are_those_of_json(void **) {
    for (std::uint32_t type = 1; type <= kLastType; ++type) {
        EventSelection one;
        fine(one.select_types(pop3ana_event_name(type)));
        assert_false(one.is_everything());
        for (std::uint32_t other = 1; other <= kLastType; ++other)
            assert_int_equal(one.selects(event_of(other)), other == type);
    }
    EventSelection two;
    fine(two.select_types("anomaly"));
    fine(two.select_types("login_success,login_failure"));
    assert_true(two.selects(event_of(POP3ANA_EVENT_LOGIN_FAILURE)));
    assert_false(two.selects(event_of(POP3ANA_EVENT_ANOMALY))); // the last list wins
}

void alerts_have_kinds(void **) {
    const auto alert_of = [](std::uint32_t kind) {
        pop3ana_event event = event_of(POP3ANA_EVENT_ALERT);
        event.alert = kind;
        return event;
    };
    EventSelection some;
    fine(some.select_types("request,errors,breach"));
    assert_true(some.selects(event_of(POP3ANA_EVENT_THRESHOLD_WARNING)));
    assert_true(some.selects(alert_of(POP3ANA_ALERT_BREACH)));
    assert_true(some.selects(event_of(POP3ANA_EVENT_REQUEST)));
    assert_false(some.selects(alert_of(POP3ANA_ALERT_GUESSING)));
    assert_false(some.selects(event_of(POP3ANA_EVENT_REPLY)));
    for (const char *name : {"guessing", "spraying", "distributed", "breach", "stls"}) {
        EventSelection one;
        fine(one.select_types(name));
        int selected = 0;
        for (std::uint32_t kind = POP3ANA_ALERT_GUESSING; kind <= POP3ANA_ALERT_STLS; ++kind)
            selected += one.selects(alert_of(kind)) ? 1 : 0;
        assert_int_equal(selected, 1);
        assert_false(one.selects(event_of(POP3ANA_EVENT_THRESHOLD_WARNING)));
    }
    EventSelection all;
    fine(all.select_types("alert"));
    for (std::uint32_t kind = POP3ANA_ALERT_GUESSING; kind <= POP3ANA_ALERT_STLS; ++kind)
        assert_true(all.selects(alert_of(kind)));
    assert_false(all.selects(event_of(POP3ANA_EVENT_THRESHOLD_WARNING)));
    says(EventSelection().select_types("none"), "no event or alert 'none'");
}

void wrong_types_are_named_with_the_nearest(void **) {
    EventSelection selection;
    says(selection.select_types("login_failed"), "'login_failed': did you mean login_failure?");
    says(selection.select_types("request,Reply"), "'Reply': did you mean reply?");
    says(selection.select_types("error"), "did you mean errors?");
    says(selection.select_types("xyz"), "'xyz': must be one of new_connection, request,");
    says(selection.select_types(""), "'': must be one of");
    says(selection.select_types("reply,"), "''");
    says(selection.select_types(std::string(100'000, 'a')), "must be one of");
    assert_true(selection.is_everything());
}

void sessions_are_numbers_and_ranges(void **) {
    EventSelection selection;
    fine(selection.select_sessions("3,7-9,18446744073709551615"));
    for (const std::uint64_t session : {3ULL, 7ULL, 8ULL, 9ULL, 18'446'744'073'709'551'615ULL})
        assert_true(selection.selects(event_of(POP3ANA_EVENT_REPLY, session)));
    for (const std::uint64_t session : {0ULL, 1ULL, 4ULL, 10ULL})
        assert_false(selection.selects(event_of(POP3ANA_EVENT_REPLY, session)));
    for (const char *wrong : {"", "0", "x", "7-", "-7", "9-7", "1,,2", "1 ", "0-7", "1-2-3", "#7",
                              "18446744073709551616"}) {
        EventSelection none;
        says(none.select_sessions(wrong), "is no session number");
        assert_true(none.is_everything());
    }
}

void users_are_those_that_an_event_names(void **) {
    EventSelection selection;
    fine(selection.add_user("caf\\xe9"));
    fine(selection.add_user("bob"));
    const auto selects = [&selection](std::string_view user) {
        return selection.selects(event_of(POP3ANA_EVENT_LOGIN_FAILURE, 7, "10.0.0.1", user));
    };
    assert_true(selects("bob"));
    assert_true(selects("caf\xe9")); // as the log prints it
    assert_true(selects("caf\\xe9"));
    assert_false(selects("Bob"));
    assert_false(selects("bobby"));
    assert_false(selects(""));
    EventSelection raw;
    fine(raw.add_user("caf\xe9")); // as it was sent
    assert_true(raw.selects(event_of(POP3ANA_EVENT_LOGIN_FAILURE, 7, "10.0.0.1", "caf\xe9")));
    says(EventSelection().add_user(""), "empty");
}

void clients_are_addresses_and_prefixes(void **) {
    struct Row {
        const char *prefix;
        const char *inside;
        const char *outside;
    };
    for (const Row &row :
         {Row{"10.1.2.3", "10.1.2.3", "10.1.2.2"}, Row{"10.1.2.3/32", "10.1.2.3", "10.1.2.2"},
          Row{"10.1.2.3/31", "10.1.2.2", "10.1.2.4"}, Row{"10.1.2.3/8", "10.255.0.0", "11.1.2.3"},
          Row{"10.0.0.0/9", "10.127.0.0", "10.128.0.0"}, Row{"0.0.0.0/0", "255.0.0.1", "::1"},
          Row{"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
          Row{"2001:db8::1", "2001:db8::1", "2001:db8::2"},
          Row{"::/0", "2001:db8::1", "10.0.0.1"}}) {
        EventSelection selection;
        fine(selection.add_client(row.prefix));
        assert_true(selection.selects(event_of(POP3ANA_EVENT_REPLY, 7, row.inside)));
        assert_false(selection.selects(event_of(POP3ANA_EVENT_REPLY, 7, row.outside)));
    }
    EventSelection two;
    fine(two.add_client("10.0.0.1"));
    fine(two.add_client("::1"));
    assert_true(two.selects(event_of(POP3ANA_EVENT_REPLY, 7, "10.0.0.1")));
    assert_true(two.selects(event_of(POP3ANA_EVENT_REPLY, 7, "::1")));
    for (const char *wrong : {"", "x", "10.0.0", "10.0.0.256", "10.0.0.1 ", "mail.example", "/8",
                              "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "::/129"})
        says(EventSelection().add_client(wrong), "not an address or a prefix");
}

void an_event_satisfies_all_options(void **) {
    EventSelection selection;
    fine(selection.select_types("login_failure"));
    fine(selection.add_user("bob"));
    fine(selection.add_client("10.0.0.0/8"));
    const auto selects = [&selection](std::uint32_t type, const char *client, const char *user) {
        return selection.selects(event_of(type, 7, client, user));
    };
    assert_true(selects(POP3ANA_EVENT_LOGIN_FAILURE, "10.0.0.1", "bob"));
    assert_false(selects(POP3ANA_EVENT_LOGIN_SUCCESS, "10.0.0.1", "bob"));
    assert_false(selects(POP3ANA_EVENT_LOGIN_FAILURE, "11.0.0.1", "bob"));
    assert_false(selects(POP3ANA_EVENT_LOGIN_FAILURE, "10.0.0.1", "eve"));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(nothing_asked_for_is_everything),
        cmocka_unit_test(types_are_those_of_json),
        cmocka_unit_test(alerts_have_kinds),
        cmocka_unit_test(wrong_types_are_named_with_the_nearest),
        cmocka_unit_test(sessions_are_numbers_and_ranges),
        cmocka_unit_test(users_are_those_that_an_event_names),
        cmocka_unit_test(clients_are_addresses_and_prefixes),
        cmocka_unit_test(an_event_satisfies_all_options),
    };
    return cmocka_run_group_tests_name("event_selection", tests, nullptr, nullptr);
}
