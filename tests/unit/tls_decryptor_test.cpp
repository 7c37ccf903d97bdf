// One connection from its first byte to its texts: every suite, and what makes it end or go on.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "support.hpp"
#include "tls/decryptor.hpp"
#include "tls_writer.hpp"

#include <algorithm>

using namespace pop3ana;
using pop3ana_test::in_order;
using pop3ana_test::tls_extension;
using pop3ana_test::tls_message;
using pop3ana_test::tls_suites;
using pop3ana_test::TlsCipher;
using pop3ana_test::TlsSuite;
using pop3ana_test::TlsType;
using pop3ana_test::TlsWriter;
using namespace std::string_literals;

namespace {

/// A connection, its secrets, and its texts: "C text", "S text" and "C?" for a gap.
class Bench final : TlsTextSink {
public:
    explicit Bench(const TlsSuite &suite) : writer(suite) {}

    void add_secrets(const TlsWriter &of) {
        for (const auto &secret : of.secrets())
            secrets.add(as_bytes(secret.client_random), find_secret_label(secret.label).value(),
                        as_bytes(secret.secret));
    }
    void send(bool from_server, std::string_view bytes) {
        const unit::FlushCopy flush{bytes};
        decryptor.bytes(side(from_server), flush.bytes(), context);
    }
    void gap(bool from_server, std::uint64_t bytes) {
        decryptor.gap(side(from_server), bytes, context);
    }
    void lose(bool from_server, std::string_view bytes) { gap(from_server, bytes.size()); }
    void shake_hands() {
        for (const auto &flight : writer.handshake())
            send(flight.from_server, flight.bytes);
    }

    Secrets secrets{1};
    std::string buffer;
    pop3ana_counters counters{};
    TlsContext context{secrets, buffer, counters, this};
    TlsWriter writer;
    TlsDecryptor decryptor;
    std::string log;

private:
    static Side side(bool from_server) { return from_server ? Side::kServer : Side::kClient; }
    void on_text(Side from, Bytes text, std::uint64_t /*record*/) override {
        log.append(from == Side::kServer ? "S " : "C ").append(as_text(text)).append("|");
    }
    void on_text_gap(Side from) override { log += from == Side::kServer ? "S?|" : "C?|"; }
};

bool a_session_is_read(const TlsSuite &suite) {
    Bench bench{suite};
    bench.add_secrets(bench.writer);
    bench.shake_hands();
    bench.send(true, bench.writer.data(true, "+OK ready\r\n"));
    bench.send(false,
               in_order({bench.writer.data(false, "USER a\r\n"), bench.writer.data(false, ""),
                         bench.writer.data(false, "PASS b\r\n")}));
    for (const char byte : bench.writer.seal(true, TlsType::Data, "+OK\r\n", 3))
        bench.send(true, {&byte, 1});
    return unit::same("texts", bench.log, "S +OK ready\r\n|C USER a\r\n|C PASS b\r\n|S +OK\r\n|") &&
           unit::same("not opened", bench.counters.tls_not_opened, 0);
}

bool other_secrets_open_nothing(const TlsSuite &suite) {
    Bench bench{suite};
    TlsWriter other{suite, 50};
    for (const auto &secret : other.secrets())
        bench.secrets.add(as_bytes(bench.writer.client_random()),
                          find_secret_label(secret.label).value(), as_bytes(secret.secret));
    bench.shake_hands();
    for (unsigned i = 0; i < 2 * kTlsFailures; ++i)
        bench.send(false, bench.writer.data(false, "USER a\r\n"));
    return unit::holds("no text", bench.log.find(' ') == std::string::npos) &&
           unit::holds("it ends", bench.counters.tls_not_opened <= 2 * kTlsFailures);
}

// With TLS 1.0 a record needs the end of the one before.
bool is_chained(const TlsSuite &suite) {
    return suite.version == 0x0301;
}

bool a_record_that_was_changed_is_a_gap(const TlsSuite &suite) {
    Bench bench{suite};
    bench.add_secrets(bench.writer);
    bench.shake_hands();
    bench.send(false, bench.writer.data(false, "USER a\r\n"));
    std::string bad = bench.writer.data(false, "PASS secret\r\n");
    constexpr std::size_t kAt = RecordHeader::kBytes + 2;
    bad[kAt] = static_cast<char>(bad[kAt] ^ 4);
    bench.send(false, bad);
    bench.send(false, bench.writer.data(false, "STAT\r\n"));
    bench.send(false, bench.writer.data(false, "NOOP\r\n"));
    const bool is_uncertain = is_chained(suite) && suite.encrypts_then_macs;
    return unit::same("texts", bench.log,
                      is_uncertain ? "C USER a\r\n|C?|C NOOP\r\n|"
                                   : "C USER a\r\n|C?|C STAT\r\n|C NOOP\r\n|") &&
           unit::same("not opened", bench.counters.tls_not_opened, 1);
}

bool records_that_are_lost_are_a_gap(const TlsSuite &suite) {
    bool fine = true;
    for (const std::size_t more : {0U, 100U}) {
        Bench bench{suite};
        bench.add_secrets(bench.writer);
        bench.shake_hands();
        bench.send(true, bench.writer.data(true, "+OK\r\n"));
        std::string lost;
        for (int i = 0; i < 5; ++i)
            lost += bench.writer.data(true, "lost\r\n");
        bench.lose(true, lost);
        bench.send(true, bench.writer.data(true, "+OK 1\r\n" + std::string(more, '\n')));
        bench.send(true, in_order({bench.writer.data(true, "+OK 2\r\n"),
                                   bench.writer.data(true, "+OK 3\r\n")}));
        const std::string first =
            is_chained(suite) ? "" : "S +OK 1\r\n" + std::string(more, '\n') + "|";
        fine =
            unit::same("texts", bench.log, "S +OK\r\n|S?|" + first + "S +OK 2\r\n|S +OK 3\r\n|") &&
            fine;
    }
    return fine;
}

bool the_middle_of_a_record_is_lost(const TlsSuite &suite) {
    Bench bench{suite};
    bench.add_secrets(bench.writer);
    bench.shake_hands();
    const std::string record = bench.writer.data(true, std::string(1'000, 'x'));
    bench.send(true, record.substr(0, 300));
    bench.gap(true, 400);
    bench.send(true, record.substr(700));
    bench.send(true, bench.writer.data(true, "+OK 1\r\n"));
    bench.send(true, bench.writer.data(true, "+OK 2\r\n"));
    const char *const first = !is_chained(suite)         ? "S +OK 1\r\n|"
                              : suite.encrypts_then_macs ? ""
                                                         : "S?|";
    return unit::same("texts", bench.log, "S?|"s + first + "S +OK 2\r\n|");
}

// ---------------------------------------------------------------- TLS 1.3

const TlsSuite &kSuite13 = tls_suites().front();

bool keys_are_updated() {
    Bench bench{kSuite13};
    bench.add_secrets(bench.writer);
    bench.shake_hands();
    for (int i = 0; i < 3; ++i) {
        bench.send(false, bench.writer.seal(false, TlsType::Handshake,
                                            tls_message(24, std::string_view{"\0", 1})));
        bench.writer.update_key(false);
        bench.send(false, bench.writer.data(false, "NOOP\r\n"));
    }
    return unit::same("texts", bench.log, "C NOOP\r\n|C NOOP\r\n|C NOOP\r\n|");
}

/// Texts where the traffic secrets are known alone, and the first record of the server is changed
/// or not.
std::string without_handshake_secrets(bool is_changed) {
    Bench bench{kSuite13};
    for (const auto &secret : bench.writer.secrets())
        if (std::string_view{secret.label}.ends_with("TRAFFIC_SECRET_0"))
            bench.secrets.add(as_bytes(secret.client_random),
                              find_secret_label(secret.label).value(), as_bytes(secret.secret));
    bench.shake_hands();
    std::string greeting = bench.writer.data(true, "+OK\r\n");
    if (is_changed) greeting.back() = static_cast<char>(greeting.back() ^ 1);
    bench.send(true, greeting);
    bench.send(true, bench.writer.data(true, "+OK more\r\n"));
    bench.send(false, bench.writer.data(false, "STAT\r\n"));
    return bench.log;
}

bool traffic_secrets_alone_suffice() {
    return unit::same("texts", without_handshake_secrets(false),
                      "S +OK\r\n|S +OK more\r\n|C STAT\r\n|");
}

bool what_may_be_text_is_a_gap() {
    return unit::holds("no text without a gap",
                       without_handshake_secrets(true).find("S ") == std::string::npos);
}

/// A connection with early data of this size, which the server accepts or refuses.
std::string early(std::size_t size, bool is_accepted) {
    Bench bench{kSuite13};
    bench.add_secrets(bench.writer);
    TlsWriter &writer = bench.writer;
    const std::string hello = writer.client_hello(tls_extension(42, ""));
    bench.send(false, writer.plain(TlsType::Handshake, hello));
    writer.start(false, TlsWriter::Epoch::Early);
    for (std::size_t sent = 0; sent < size; sent += 10)
        bench.send(false, writer.data(false, "LIST 1\r\nPA"));
    const std::string finished = tls_message(20, std::string(32, 'f'));
    const std::string extension = is_accepted ? tls_extension(42, "") : "";
    const std::string length{'\0', static_cast<char>(extension.size())};
    bench.send(true, writer.plain(TlsType::Handshake, writer.server_hello()));
    writer.start(true, TlsWriter::Epoch::Handshake);
    bench.send(true,
               in_order({writer.seal(true, TlsType::Handshake, tls_message(8, length + extension)),
                         writer.seal(true, TlsType::Handshake, finished)}));
    if (is_accepted) bench.send(false, writer.seal(false, TlsType::Handshake, tls_message(5, "")));
    writer.start(false, TlsWriter::Epoch::Handshake);
    bench.send(false, writer.seal(false, TlsType::Handshake, finished));
    writer.start(false, TlsWriter::Epoch::Traffic);
    bench.send(false, writer.data(false, "SS x\r\n"));
    return bench.log;
}

bool early_data_waits_for_the_server() {
    return unit::same("accepted", early(20, true), "C LIST 1\r\nPALIST 1\r\nPA|C SS x\r\n|") &&
           unit::same("refused", early(20, false), "C SS x\r\n|");
}

bool early_data_that_is_too_much_is_a_gap() {
    return unit::holds("accepted", early(kTlsEarlyBytes + 20, true).ends_with("|C?|C SS x\r\n|")) &&
           unit::same("refused", early(kTlsEarlyBytes + 20, false), "C SS x\r\n|");
}

// ---------------------------------------------------------------- cost

bool what_is_searched_is_bounded() {
    Bench bench{kSuite13};
    bench.add_secrets(bench.writer);
    bench.shake_hands();
    bench.gap(true, 100'000);
    std::uint64_t most = 0;
    for (int i = 0; i < 1'000; ++i) {
        bench.send(true, bench.writer.plain(TlsType::Data, std::string(1'000, 'x')));
        most = std::max(most, bench.decryptor.held_bytes());
    }
    return unit::holds("held", most <= kTlsSearchBytes + 2'000) &&
           unit::same("and nothing at the end", bench.decryptor.held_bytes(), 0);
}

/// How the texts end when this many gaps come, each with records behind it that do not open.
std::string behind_gaps(unsigned gaps) {
    Bench bench{kSuite13};
    bench.add_secrets(bench.writer);
    bench.shake_hands();
    for (unsigned i = 0; i < gaps; ++i) {
        bench.gap(true, 100);
        for (int records = 0; records < 4; ++records)
            bench.send(true, bench.writer.plain(TlsType::Data, std::string(100, 'x')));
    }
    bench.send(true, bench.writer.data(true, "+OK\r\n"));
    return bench.log.substr(bench.log.rfind('?'));
}

bool gaps_give_no_more_tries() {
    return unit::same("a few", behind_gaps(2), "?|S +OK\r\n|") &&
           unit::same("many", behind_gaps(20), "?|");
}

bool clear_text_is_no_text_of_tls() {
    Bench bench{kSuite13};
    bench.add_secrets(bench.writer);
    bench.send(true, "+OK ready\r\n");
    bench.send(false, "USER a\r\nPASS b\r\n");
    return unit::same("texts", bench.log, "") &&
           unit::same("held", bench.decryptor.held_bytes(), 0);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(keys_are_updated),
                                  UNIT_TEST(traffic_secrets_alone_suffice),
                                  UNIT_TEST(what_may_be_text_is_a_gap),
                                  UNIT_TEST(early_data_waits_for_the_server),
                                  UNIT_TEST(early_data_that_is_too_much_is_a_gap),
                                  UNIT_TEST(what_is_searched_is_bounded),
                                  UNIT_TEST(gaps_give_no_more_tries),
                                  UNIT_TEST(clear_text_is_no_text_of_tls)};
    unit::add_rows<a_session_is_read>(tests, tls_suites());
    unit::add_rows<other_secrets_open_nothing>(tests, tls_suites());
    unit::add_rows<a_record_that_was_changed_is_a_gap>(tests, tls_suites());
    unit::add_rows<records_that_are_lost_are_a_gap>(tests, tls_suites());
    unit::add_rows<the_middle_of_a_record_is_lost>(tests, tls_suites());
    return unit::run("unit.tls_decryptor", tests);
}
