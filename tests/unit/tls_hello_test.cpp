// The hellos of both sides, what a handshake tells, and JA4.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.hpp"
#include "tls/facts.hpp"
#include "tls/ja4.hpp"
#include "tls_writer.hpp"

using namespace pop3ana;
using pop3ana_test::tls_extension;
using pop3ana_test::tls_message;
using pop3ana_test::tls_suites;
using pop3ana_test::TlsSuite;
using pop3ana_test::TlsType;
using pop3ana_test::TlsWriter;
using namespace std::string_literals;

namespace {

/// The body of a message.
Bytes body(std::string_view message) {
    return skip(as_bytes(message), MessageHeader::kBytes);
}

std::string name_of(std::string_view host) {
    std::string entry{'\0'};
    entry.append({static_cast<char>(host.size() >> 8), static_cast<char>(host.size())});
    entry.append(host);
    const std::string length{static_cast<char>(entry.size() >> 8), static_cast<char>(entry.size())};
    return tls_extension(0, length + entry);
}

// ---------------------------------------------------------------- JA4

// The example of the description of JA4, whose parts are published.
ClientHello example() {
    ClientHello hello;
    hello.version = 0x0304;
    hello.suites = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
                    0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035};
    hello.extensions = {0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d,
                        0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015};
    hello.signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
    hello.has_server_name = true;
    hello.alpn = "h2";
    return hello;
}

bool ja4_is_that_of_its_description() {
    return unit::same("ja4", ja4_of(example()), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

bool ja4_of_little() {
    ClientHello hello;
    bool fine = unit::same("nothing", ja4_of(hello), "t00i000000_000000000000_000000000000");
    hello = example();
    hello.has_server_name = false;
    fine = unit::same("no name", ja4_of(hello).substr(0, 10), "t13i1516h2") && fine;
    hello.alpn = "\xab";
    fine = unit::same("a name of bytes", ja4_of(hello).substr(0, 10), "t13i1516ab") && fine;
    hello.alpn = "p";
    fine = unit::same("a name of one letter", ja4_of(hello).substr(0, 10), "t13i1516pp") && fine;
    hello.suites.assign(120, 0x1301);
    return unit::same("many", ja4_of(hello).substr(0, 6), "t13i99") && fine;
}

// ---------------------------------------------------------------- hellos

bool a_hello_that_is_cut_is_none() {
    const TlsWriter writer{tls_suites().front()};
    bool fine = true;
    const std::string client = writer.client_hello(name_of("pop.example"));
    for (std::size_t size = MessageHeader::kBytes; size < client.size(); ++size) {
        const unit::FlushCopy cut{
            client.substr(MessageHeader::kBytes, size - MessageHeader::kBytes)};
        const auto hello = parse_client_hello(cut.bytes());
        // Without extensions a hello may end behind the compression methods.
        const bool has_end = hello && hello->extensions.empty();
        fine = unit::holds("client, " + std::to_string(size), !hello || has_end) && fine;
    }
    const std::string server = writer.server_hello();
    for (std::size_t size = MessageHeader::kBytes; size < server.size(); ++size) {
        const unit::FlushCopy cut{
            server.substr(MessageHeader::kBytes, size - MessageHeader::kBytes)};
        const auto hello = parse_server_hello(cut.bytes());
        fine = unit::holds("server, " + std::to_string(size), !hello || hello->version == 0x0303) &&
               fine;
    }
    return fine;
}

bool greases_are_left_out() {
    const TlsWriter writer{tls_suites().front()};
    const std::string grease = tls_extension(0x0a0a, "") + tls_extension(0xfafa, "x");
    const std::string hello = writer.client_hello(grease);
    const std::string plain = writer.client_hello();
    return unit::same("ja4", ja4_of(parse_client_hello(body(hello)).value()),
                      ja4_of(parse_client_hello(body(plain)).value()));
}

bool a_name_is_read_as_it_is() {
    const TlsWriter writer{tls_suites().front()};
    bool fine = true;
    for (const std::string &name :
         {"pop.example"s, ""s, "\n\x1b[31m"s, std::string(5'000, 'x'), "a\0b"s}) {
        const std::string message = writer.client_hello(name_of(name));
        const auto hello = parse_client_hello(body(message));
        fine = unit::same("name", hello->server_name, name) &&
               unit::holds("extension", hello->has_server_name) && fine;
    }
    return fine;
}

bool damaged_names_are_none() {
    const TlsWriter writer{tls_suites().front()};
    bool fine = true;
    for (const std::string &data :
         {""s, "\0"s, "\0\1"s, "\0\4\0\0\2a"s, "\0\7\1\0\4name"s, "\xff\xff\0\0\1a"s}) {
        const std::string message = writer.client_hello(tls_extension(0, data));
        const auto hello = parse_client_hello(body(message));
        fine = unit::same("name", hello ? hello->server_name : "no hello", "") && fine;
    }
    return fine;
}

// ---------------------------------------------------------------- facts

std::string facts_of(const TlsSuite &suite, std::string_view client_more = {},
                     std::string_view server_more = {}) {
    TlsWriter writer{suite};
    TlsFactsReader reader;
    bool is_whole =
        reader.bytes(Side::kClient,
                     as_bytes(writer.plain(TlsType::Handshake, writer.client_hello(client_more))));
    const auto flights = writer.handshake();
    std::string server = flights[1].bytes;
    if (!server_more.empty())
        server = writer.plain(TlsType::Handshake, writer.server_hello(server_more));
    is_whole = reader.bytes(Side::kServer, as_bytes(server)) || is_whole;
    const TlsFacts &facts = reader.facts();
    return std::string{tls_version_name(facts.version)} + " " + cipher_suite_text(facts.suite) +
           " " + facts.server_name + (facts.is_resumed ? " resumed" : "") +
           (is_whole ? "" : " more");
}

bool every_suite_has_its_facts(const TlsSuite &suite) {
    const char *const versions[] = {"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"};
    const std::string expected = std::string{versions[suite.version - 0x0301]} + " " +
                                 find_cipher_suite(suite.number)->name + " pop.example";
    return unit::same("facts", facts_of(suite, name_of("pop.example")), expected);
}

bool a_session_goes_on() {
    const std::string key_share = tls_extension(41, std::string_view{"\0\0", 2});
    return unit::same("TLS 1.3", facts_of(tls_suites().front(), {}, key_share),
                      "TLSv1.3 TLS_AES_128_GCM_SHA256  resumed");
}

bool a_fatal_alert_ends_it() {
    const TlsWriter writer{tls_suites().front()};
    TlsFactsReader reader;
    reader.bytes(Side::kClient, as_bytes(writer.plain(TlsType::Handshake, writer.client_hello())));
    bool fine =
        unit::holds("a warning does not",
                    !reader.bytes(Side::kServer, as_bytes(writer.plain(TlsType::Alert, "\1\x70"))));
    fine = unit::holds(
               "a fatal one does",
               reader.bytes(Side::kServer, as_bytes(writer.plain(TlsType::Alert, "\2\x28")))) &&
           fine;
    return unit::same("alert", tls_alert_name(reader.facts().fatal_alert.value()),
                      "handshake_failure") &&
           fine;
}

bool nothing_is_told_of_what_is_no_tls() {
    const TlsWriter writer{tls_suites().front()};
    TlsFactsReader reader;
    // What looks like TLS behind it is none any more.
    bool is_whole = reader.bytes(Side::kClient, as_bytes("CAPA\r\nUSER a\r\n"));
    is_whole = reader.bytes(Side::kClient,
                            as_bytes(writer.plain(TlsType::Handshake, writer.client_hello()))) ||
               is_whole;
    is_whole = reader.bytes(Side::kServer, as_bytes("+OK ready\r\n")) || is_whole;
    return unit::holds("nothing", !is_whole && !reader.is_worth_telling()) &&
           unit::same("ja4", reader.facts().ja4, "");
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(ja4_is_that_of_its_description),
                                  UNIT_TEST(ja4_of_little),
                                  UNIT_TEST(a_hello_that_is_cut_is_none),
                                  UNIT_TEST(greases_are_left_out),
                                  UNIT_TEST(a_name_is_read_as_it_is),
                                  UNIT_TEST(damaged_names_are_none),
                                  UNIT_TEST(a_session_goes_on),
                                  UNIT_TEST(a_fatal_alert_ends_it),
                                  UNIT_TEST(nothing_is_told_of_what_is_no_tls)};
    unit::add_rows<every_suite_has_its_facts>(tests, tls_suites());
    return unit::run("unit.tls_hello", tests);
}
