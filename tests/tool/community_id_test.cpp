// The ID against the data that the specification publishes (corelight/community-id-spec, baseline)
// and the tests of its reference implementation.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "output/community_id.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <string>
#include <utility>

using namespace pop3dump;

namespace {

struct Vector {
    const char *client;
    const char *server;
    std::uint16_t client_port;
    std::uint16_t server_port;
    const char *id;
};

constexpr Vector kVectors[] = {
    {"128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {"10.0.0.1", "10.0.0.2", 10, 11569, "1:SXBGMX1lBOwhhoDrZynfROxnhnM="},
    {"1.2.3.4", "5.6.7.8", 1122, 3344, "1:wCb3OG7yAFWelaUydu0D+125CLM="},
    {"2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25,
     "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
};

pop3ana_event event_between(const char *client, std::uint16_t client_port, const char *server,
                            std::uint16_t server_port) {
    pop3ana_event event{};
    event.address_family = std::string_view(client).find(':') == std::string_view::npos ? 4 : 6;
    const int family = event.address_family == 4 ? AF_INET : AF_INET6;
    inet_pton(family, client, event.originator_address);
    inet_pton(family, server, event.responder_address);
    event.originator_port = client_port;
    event.responder_port = server_port;
    return event;
}

std::string id_of(const pop3ana_event &event) {
    const CommunityId id = community_id(event);
    return {id.data(), id.size()};
}

int prepare(void **) {
    std::string error;
    return prepare_community_ids(error) && error.empty() ? 0 : -1;
}

void the_ids_are_those_of_the_specification(void **) {
    for (const Vector &row : kVectors) {
        assert_string_equal(
            id_of(event_between(row.client, row.client_port, row.server, row.server_port)).c_str(),
            row.id);
        assert_string_equal(
            id_of(event_between(row.server, row.server_port, row.client, row.client_port)).c_str(),
            row.id);
    }
}

void the_port_decides_between_equal_addresses(void **) {
    const std::string id = id_of(event_between("127.0.0.1", 110, "127.0.0.1", 40'000));
    assert_string_equal(id_of(event_between("127.0.0.1", 40'000, "127.0.0.1", 110)).c_str(),
                        id.c_str());
    assert_string_not_equal(id_of(event_between("127.0.0.1", 40'001, "127.0.0.1", 110)).c_str(),
                            id.c_str());
}

void behind_a_proxy_the_id_is_that_of_the_packets(void **) {
    const Vector &row = kVectors[0];
    pop3ana_event event = event_between(row.client, row.client_port, row.server, row.server_port);
    event.proxy_family = event.address_family;
    event.proxy_port = std::exchange(event.originator_port, 1);
    std::copy_n(event.originator_address, 16, event.proxy_address);
    event.originator_family = 6;
    event.originator_address[15] = 1;
    assert_string_equal(id_of(event).c_str(), row.id);
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_ids_are_those_of_the_specification),
        cmocka_unit_test(the_port_decides_between_equal_addresses),
        cmocka_unit_test(behind_a_proxy_the_id_is_that_of_the_packets),
    };
    return cmocka_run_group_tests_name("community_id", tests, prepare, nullptr);
}
