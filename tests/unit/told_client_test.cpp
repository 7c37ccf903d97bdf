// The client that a proxy tells (docs/semantics.md section 11).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/told_client.hpp"

#include "api/config.hpp"
#include "event_bench.hpp"
#include "events/event_table.hpp"
#include "session_script.hpp"

using namespace pop3ana;
using namespace std::string_view_literals;

namespace {

std::string text_of(const std::optional<ToldClient> &client) {
    if (!client) return "none";
    return unit::endpoint_text(client->address.family, client->address.bytes.data(), client->port);
}

struct ClientRow {
    const char *name;
    std::string_view text;
    const char *client;
};

constexpr ClientRow kPrefaces[] = {
    {"proxy_v1", "PROXY TCP4 192.0.2.1 198.51.100.2 40000 110\r\n", "192.0.2.1/40000"},
    {"proxy_v1_ipv6", "PROXY TCP6 2001:db8::1 2001:db8::2 40000 110\r\n", "2001:db8::1/40000"},
    {"proxy_v1_unknown", "PROXY UNKNOWN 192.0.2.1 198.51.100.2 40000 110\r\n", "none"},
    {"proxy_v1_short", "PROXY TCP4 192.0.2.1\r\n", "none"},
    {"proxy_v1_no_address", "PROXY TCP4 mail.example 198.51.100.2 40000 110\r\n", "none"},
    {"proxy_v1_large_port", "PROXY TCP4 192.0.2.1 198.51.100.2 65536 110\r\n", "none"},
    {"proxy_v2", "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\2\x9c\x40\0\x6e"sv,
     "192.0.2.1/40000"},
    {"proxy_v2_ipv6",
     "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24"
     "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2\x9c\x40\0\x6e"sv,
     "2001:db8::1/40000"},
    {"proxy_v2_local", "\r\n\r\n\0\r\nQUIT\n\x20\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\2\x9c\x40\0\x6e"sv,
     "none"},
    {"proxy_v2_short", "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\4\xc0\0\2\1"sv, "none"},
    {"proxy_v2_unix_socket", "\r\n\r\n\0\r\nQUIT\n\x21\x31\0\0"sv, "none"},
    {"sslproxy", "SSLproxy: [127.0.0.1]:4711,[192.0.2.1]:40000,[198.51.100.2]:110,s\r\n",
     "192.0.2.1/40000"},
    {"sslproxy_short", "SSLproxy: [127.0.0.1]:4711\r\n", "none"},
};

constexpr ClientRow kXclients[] = {
    {"xclient", "ADDR=192.0.2.1 PORT=40000", "192.0.2.1/40000"},
    {"xclient_without_port", "ADDR=192.0.2.1", "192.0.2.1/0"},
    {"xclient_in_small_letters", "port=7 addr=2001:db8::1", "2001:db8::1/7"},
    {"xclient_among_others", "NAME=x ADDR=192.0.2.1 LOGIN=al", "192.0.2.1/0"},
    {"xclient_without_address", "PORT=7", "none"},
    {"xclient_with_a_nul", "ADDR=192.0.2.1\0.example PORT=7"sv, "none"},
    {"xclient_without_anything", "", "none"},
};

bool preface_tells(const ClientRow &row) {
    const unit::FlushCopy copy{row.text};
    return unit::same(row.name, text_of(client_of_preface(as_text(copy.bytes()))), row.client);
}
bool xclient_tells(const ClientRow &row) {
    const unit::FlushCopy copy{row.text};
    return unit::same(row.name, text_of(client_of_xclient(as_text(copy.bytes()))), row.client);
}

pop3ana_config trusting(const char *proxies) {
    pop3ana_config config = default_config();
    config.trusted_proxies = proxies;
    return config;
}

Event told(std::uint8_t last) {
    Event event = unit::event(POP3ANA_EVENT_PROXIED, Command::kUnknown, {});
    event.told_family = 6;
    event.told_address[0] = 0x20;
    event.told_address[15] = last;
    event.told_port = 7;
    event.told_by = POP3ANA_TOLD_BY_PROXY_V2;
    return event;
}

bool only_a_trusted_proxy_is_believed() {
    unit::EventBench stranger{trusting("10.0.0.2,10.1.0.0/16,::/0")};
    stranger.events_of(told(1));
    const bool is_ignored = unit::same("flag", stranger.last.told_is_trusted, 0) &&
                            unit::holds("end", stranger.last.originator_address[0] == 10);
    unit::EventBench bench{trusting("10.0.0.0/31")};
    bench.events_of(told(1));
    const bool is_flagged = unit::same("flag", bench.last.told_is_trusted, 1);
    const std::string line = bench.events_of(unit::reply(true));
    return is_ignored && is_flagged &&
           unit::same("line", line, "#1 2000::1/7 > 10.0.0.2/110: new connection; #1 < OK ") &&
           unit::same("proxy", bench.last.proxy_family, 4) &&
           unit::same("its port", bench.last.proxy_port, 40000);
}

bool the_true_client_stays_with_its_session() {
    unit::EventBench bench{trusting("10.0.0.1")};
    bench.events_of(told(1));
    SessionNumber other;
    bench.builder.set_connection(bench.ends, other, bench.record);
    const std::string others = bench.events_of(unit::reply(true));
    bench.builder.set_connection(bench.ends, bench.session, bench.record);
    const std::string own = bench.events_of(unit::reply(true));
    return unit::same("other", others,
                      "#1 10.0.0.1/40000 > 10.0.0.2/110: new connection; #1 < OK ") &&
           unit::same("own", own, "#2 2000::1/7 > 10.0.0.2/110: new connection; #2 < OK ");
}

bool errors_count_for_the_true_client() {
    unit::EventBench bench{trusting("0.0.0.0/0")};
    std::string warnings;
    for (std::uint8_t client = 1; client <= 2; ++client)
        for (int i = 0; i < 4; ++i) {
            SessionNumber session;
            bench.builder.set_connection(bench.ends, session, bench.record);
            bench.events_of(told(client));
            const std::string events = bench.events_of(unit::reply(false));
            warnings += events.find("WARNING") == std::string::npos ? '-' : 'W';
        }
    return unit::same("warnings", warnings, "---W---W");
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(only_a_trusted_proxy_is_believed),
                                  UNIT_TEST(the_true_client_stays_with_its_session),
                                  UNIT_TEST(errors_count_for_the_true_client)};
    unit::add_rows<preface_tells>(tests, kPrefaces);
    unit::add_rows<xclient_tells>(tests, kXclients);
    return unit::run("unit.told_client", tests);
}
