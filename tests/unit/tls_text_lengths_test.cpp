// The lengths of clear text inside of TLS records.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.hpp"
#include "tls/shadow_session.hpp"
#include "tls_writer.hpp"

using namespace pop3ana;
using pop3ana_test::tls_extension;
using pop3ana_test::tls_suites;
using pop3ana_test::TlsCipher;
using pop3ana_test::TlsSuite;
using pop3ana_test::TlsType;
using pop3ana_test::TlsWriter;

namespace {

struct Bench {
    void feed(bool from_server, std::string_view bytes) {
        if (is_over) return;
        const Side side = from_server ? Side::kServer : Side::kClient;
        is_over = !reader.bytes(side, as_bytes(bytes), [&](Side from, std::uint32_t length) {
            log += from == Side::kServer ? 's' : 'c';
            log.append(std::to_string(length)).append(" ");
        });
    }
    void handshake(TlsWriter &writer) {
        for (const auto &flight : writer.handshake())
            feed(flight.from_server, flight.bytes);
    }
    TextLengthReader reader;
    std::string log;
    bool is_over = false;
};

bool lengths_are_told(const TlsSuite &suite) {
    TlsWriter writer(suite);
    Bench bench;
    bench.handshake(writer);
    const bool is_cbc = suite.cipher == TlsCipher::Cbc;
    const std::string greeting = writer.data(true, "+OK ready\r\n");
    bench.feed(true, greeting.substr(0, 7));
    bench.feed(true, greeting.substr(7));
    bench.feed(false, writer.data(false, "CAPA\r\n"));
    bench.feed(true, writer.data(true, std::string(9'000, 'x')));
    return unit::same(suite.name, bench.log, is_cbc ? "" : "s11 c6 s9000 ") &&
           unit::same("over", bench.is_over ? 1 : 0, is_cbc ? 1 : 0);
}

bool nothing_but_headers_is_held() {
    for (const TlsSuite &suite : tls_suites()) {
        if (suite.cipher == TlsCipher::Cbc) continue;
        TlsWriter writer(suite);
        Bench bench;
        bench.handshake(writer);
        bench.feed(true, writer.data(true, std::string(16'000, 'x')).substr(0, 15'000));
        if (!unit::same(suite.name, bench.reader.held_bytes(), 0)) return false;
    }
    return true;
}

bool early_data_is_left_alone() {
    TlsWriter writer(tls_suites().front());
    Bench bench;
    bench.feed(false, writer.plain(TlsType::Handshake, writer.client_hello(tls_extension(42, ""))));
    return unit::holds("over", bench.is_over);
}

bool what_is_no_tls_is_left_alone() {
    Bench bench;
    bench.feed(true, "+OK ready\r\n");
    return unit::holds("over", bench.is_over);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(nothing_but_headers_is_held),
                                  UNIT_TEST(early_data_is_left_alone),
                                  UNIT_TEST(what_is_no_tls_is_left_alone)};
    unit::add_rows<lengths_are_told>(tests, tls_suites());
    return unit::run("unit.tls_text_lengths", tests);
}
