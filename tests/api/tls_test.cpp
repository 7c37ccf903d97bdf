// Secrets of TLS through the C interface: wrong ones, late ones, those of other connections; and
// what waits for them.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "library.hpp"
#include "run.hpp"
#include "tls_writer.hpp"
#include "traffic.hpp"

#include <cstdio>
#include <cstring>
#include <gcrypt.h>
#include <memory>

using namespace pop3ana_test;

namespace {

const TlsSuite &suite(bool is_13) {
    return tls_suites()[is_13 ? 0 : 5];
}

class Engine {
public:
    explicit Engine(bool tells_facts = false) {
        pop3ana_config config;
        pop3ana_config_init(&config);
        config.tls_ports = "995";
        config.tls_wait = tells_facts ? 0 : 1;
        config.tls_facts = tells_facts ? 1 : 0;
        const pop3ana_sink sink = {sizeof(sink), this, on_event};
        pop3ana_engine_new(&config, &sink, &engine_, nullptr, 0);
    }
    ~Engine() { pop3ana_engine_free(engine_); }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    void feed(const Capture &capture) {
        for (const Frame &frame : capture) {
            const pop3ana_frame plain = library_frame(frame, ++frame_);
            assert_true(pop3ana_feed_frame(engine_, &plain) >= 0);
        }
    }
    pop3ana_status add(const char *label, std::string_view random, std::string_view secret) {
        return pop3ana_add_tls_secret(engine_, label, bytes_of(random).data(),
                                      bytes_of(secret).data(), secret.size());
    }
    void add(const TlsWriter &writer) {
        for (const TlsSecret &secret : writer.secrets())
            assert_int_equal(add(secret.label, secret.client_random, secret.secret), POP3ANA_OK);
    }
    void use() { assert_int_equal(pop3ana_use_tls_secrets(engine_), POP3ANA_OK); }
    [[nodiscard]] pop3ana_counters counters() const { return counters_of(engine_); }

    pop3ana_engine *engine_ = nullptr;
    std::uint64_t frame_ = 0;
    std::string log; ///< without times
    bool calls_back = false;
    pop3ana_status status_inside = POP3ANA_OK;

private:
    static void on_event(void *user_data, const pop3ana_event *event) {
        auto *engine = static_cast<Engine *>(user_data);
        if (engine->calls_back) engine->status_inside = pop3ana_use_tls_secrets(engine->engine_);
        std::string line(pop3ana_format_log_line(event, nullptr, 0), '\0');
        pop3ana_format_log_line(event, line.data(), line.size() + 1);
        if (!line.empty()) engine->log.append(line.substr(line.find(' ') + 1)).append("\n");
    }
};

/// A session in TLS, of a client with this port.
struct Session {
    explicit Session(std::uint16_t port, bool is_13 = true, std::uint8_t number = 1)
        : writer(suite(is_13), number), talk([port] {
              ConversationSettings settings;
              settings.client.port = port;
              settings.server.port = 995;
              return settings;
          }()) {}

    void shake_hands() {
        talk.open();
        for (const auto &flight : writer.handshake())
            talk.send(flight.from_server ? Side::Server : Side::Client, flight.bytes);
    }
    void say(Side from, std::string_view text) {
        talk.send(from, writer.data(from == Side::Server, text));
    }
    void log_in() {
        say(Side::Server, "+OK ready\r\n");
        say(Side::Client, "USER alice\r\n");
        say(Side::Server, "+OK\r\n");
        say(Side::Client, "PASS wonder\r\n");
        say(Side::Server, "+OK in\r\n");
    }
    Capture whole() {
        shake_hands();
        log_in();
        talk.close();
        return talk.take();
    }

    TlsWriter writer;
    Conversation talk;
};

std::string login_log(const char *number, std::uint16_t port) {
    const std::string start = std::string{"#"} + number + " ";
    std::string log =
        start + "10.0.0.1/" + std::to_string(port) + " > 10.0.0.2/995: new connection\n";
    for (const char *line : {"< OK ready", "> USER alice", "< OK ", "> PASS wonder",
                             "> login successful: user alice password: wonder", "< OK in"})
        log += start + line + "\n";
    return log;
}

// TLS begins once in a connection: what STLS inside of it starts is not that of the next packet.
void stls_inside_is_of_no_other_session(void ** /*state*/) {
    Engine engine;
    Session inside(4000);
    engine.add(inside.writer);
    inside.shake_hands();
    inside.say(Side::Server, "+OK ready\r\n");
    inside.say(Side::Client, "STLS\r\n");
    inside.say(Side::Server, "+OK begin\r\n\x16\x03\x03");
    ConversationSettings clear_text;
    clear_text.client.port = 4001;
    Conversation other(clear_text);
    other.open();
    other.send(Side::Server, "+OK other\r\n");
    other.send(Side::Client, "QUIT\r\n");
    engine.feed(inside.talk.take());
    engine.feed(other.take());
    assert_non_null(std::strstr(engine.log.c_str(), "#2 > QUIT"));
    assert_int_equal(engine.counters().tls_connections, 1);
}

// Else it complains in the system's log. The first test: nothing else has used it.
void libgcrypt_is_told(void ** /*state*/) {
    Engine engine;
    assert_int_not_equal(gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P), 0);
}

void wrong_secrets_are_refused(void ** /*state*/) {
    Engine engine;
    const std::string random(32, 'r'), secret(48, 's');
    const auto *bytes = bytes_of(secret).data();
    const auto *client = bytes_of(random).data();
    const auto add = [&](const char *label, const std::uint8_t *of, const std::uint8_t *data,
                         std::size_t size) {
        return pop3ana_add_tls_secret(engine.engine_, label, of, data, size);
    };
    assert_int_equal(add("CLIENT_RANDOM", client, bytes, 0), POP3ANA_E_INVALID);
    assert_int_equal(add("CLIENT_RANDOM", client, bytes, 49), POP3ANA_E_INVALID);
    assert_int_equal(add("CLIENT_RANDOM", client, bytes, SIZE_MAX), POP3ANA_E_INVALID);
    assert_int_equal(add("CLIENT_RANDOM", client, nullptr, 48), POP3ANA_E_INVALID);
    assert_int_equal(add("CLIENT_RANDOM", nullptr, bytes, 48), POP3ANA_E_INVALID);
    assert_int_equal(add(nullptr, client, bytes, 48), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_add_tls_secret(nullptr, "CLIENT_RANDOM", client, bytes, 48),
                     POP3ANA_E_INVALID);
    for (const char *label : {"", "client_random", "CLIENT_RANDOM ", "EXPORTER_SECRET", "RSA",
                              "CLIENT_TRAFFIC_SECRET_1"})
        assert_int_equal(add(label, client, bytes, 48), POP3ANA_E_UNSUPPORTED);
    assert_int_equal(add("CLIENT_RANDOM", client, bytes, 1), POP3ANA_OK);
    assert_int_equal(add("CLIENT_RANDOM", client, bytes, 48), POP3ANA_OK);
    assert_int_equal(pop3ana_use_tls_secrets(nullptr), POP3ANA_E_INVALID);
    engine.use();
    assert_string_equal(engine.log.c_str(), "");
}

void secrets_may_come_first_or_last(void ** /*state*/) {
    for (const bool is_13 : {true, false}) {
        for (const bool is_late : {false, true}) {
            Engine engine;
            Session session{40001, is_13};
            if (!is_late) engine.add(session.writer);
            engine.feed(session.whole());
            if (is_late) {
                assert_string_equal(engine.log.c_str(), "");
                engine.add(session.writer);
                engine.use();
            }
            assert_string_equal(engine.log.c_str(), login_log("1", 40001).c_str());
            assert_int_equal(engine.counters().tls_given_up, 0);
            assert_int_equal(engine.counters().tls_not_opened, 0);
        }
    }
}

void secrets_may_come_between_packets(void ** /*state*/) {
    Session whole{40001};
    const Capture capture = whole.whole();
    for (std::size_t at = 0; at <= capture.size(); ++at) {
        Engine engine;
        Session session{40001};
        const auto middle = capture.begin() + static_cast<std::ptrdiff_t>(at);
        engine.feed({capture.begin(), middle});
        engine.add(session.writer);
        engine.feed({middle, capture.end()});
        engine.use();
        assert_string_equal(engine.log.c_str(), login_log("1", 40001).c_str());
    }
}

void one_secret_at_a_time_is_enough(void ** /*state*/) {
    Session session{40001};
    const Capture capture = session.whole();
    const auto secrets = session.writer.secrets();
    Engine engine;
    std::size_t fed = 0;
    for (const Frame &frame : capture) {
        engine.feed({frame});
        if (fed < secrets.size())
            engine.add(secrets[fed].label, secrets[fed].client_random, secrets[fed].secret);
        ++fed;
    }
    engine.use();
    assert_string_equal(engine.log.c_str(), login_log("1", 40001).c_str());
}

void secrets_of_others_open_nothing(void ** /*state*/) {
    Engine engine;
    Session session{40001};
    engine.add(TlsWriter{suite(true), 50});
    engine.feed(session.whole());
    engine.use();
    assert_string_equal(engine.log.c_str(), "");
    // Those of another session, under its random.
    for (const TlsSecret &secret : TlsWriter{suite(true), 50}.secrets())
        engine.add(secret.label, session.writer.client_random(), secret.secret);
    engine.use();
    assert_null(std::strstr(engine.log.c_str(), "login"));
    assert_null(std::strstr(engine.log.c_str(), "alice"));
}

void sessions_go_on_in_the_order_of_the_capture(void ** /*state*/) {
    Engine engine;
    Session one{40001}, other{40002, true, 60};
    one.shake_hands();
    engine.feed(one.talk.take());
    engine.feed(other.whole());
    one.log_in();
    engine.feed(one.talk.take());
    engine.add(one.writer);
    engine.add(other.writer);
    engine.use();
    const std::string expected = login_log("1", 40002) + login_log("2", 40001);
    assert_string_equal(engine.log.c_str(), expected.c_str());
}

void a_callback_may_not_use_secrets(void ** /*state*/) {
    Engine engine;
    engine.calls_back = true;
    Session session{40001};
    engine.add(session.writer);
    engine.feed(session.whole());
    assert_int_equal(engine.status_inside, POP3ANA_E_REENTRANT);
}

// The limits of base/limits.hpp: 4 MiB of a connection, 64 MiB of all.
constexpr std::size_t kHeldBytes = std::size_t{4} << 20, kHeldBytesTotal = std::size_t{64} << 20;

void a_connection_that_brings_too_much_is_given_up(void ** /*state*/) {
    Engine engine;
    Session big{40001}, small{40002, true, 60};
    big.shake_hands();
    engine.feed(small.whole());
    for (std::size_t sent = 0; sent < kHeldBytes; sent += 1'400) {
        big.talk.send(Side::Server, big.writer.plain(TlsType::Data, std::string(1'395, 'x')));
        engine.feed(big.talk.take());
    }
    assert_int_equal(engine.counters().tls_given_up, 1);
    engine.add(big.writer);
    engine.add(small.writer);
    engine.use();
    assert_string_equal(engine.log.c_str(), login_log("1", 40002).c_str());
}

// Each of them ends at another distance from the limit, so that bytes, ends and what follows
// nothing are the last drop in turn.
void connections_are_given_up_with_their_last_bytes(void ** /*state*/) {
    Engine engine;
    constexpr std::uint16_t kConnections = 150;
    for (std::uint16_t i = 0; i < kConnections; ++i) {
        Session session{static_cast<std::uint16_t>(40'000 + i)};
        session.talk.open();
        session.talk.send(Side::Client,
                          session.writer.plain(TlsType::Handshake, session.writer.client_hello()));
        engine.feed(session.talk.take());
        const std::size_t pieces = kHeldBytes / 60'000;
        for (std::size_t piece = 0; piece < pieces; ++piece) {
            session.talk.send(Side::Server, std::string(60'000, 'x'));
            engine.feed(session.talk.take());
        }
        const std::size_t rest = kHeldBytes - pieces * 60'000 - pieces * 200 - 12'000;
        session.talk.send(Side::Server, std::string(rest + 100U * i, 'x'));
        if (i % 3 == 0) session.talk.rst(Side::Client);
        if (i % 3 == 1) session.talk.close();
        engine.feed(session.talk.take());
        // Another connection of the same ends: the first one is released.
        Session next{static_cast<std::uint16_t>(40'000 + i)};
        next.talk.at(session.talk.now_ns() + 600 * kSecond);
        next.talk.open();
        next.talk.send(Side::Client, "x");
        engine.feed(next.talk.take());
    }
    assert_true(engine.counters().tls_given_up > 0);
    assert_int_equal(engine.counters().internal_errors, 0);
}

void the_longest_waiting_give_way(void ** /*state*/) {
    Engine engine;
    constexpr std::size_t kEach = std::size_t{1} << 20;
    std::vector<std::unique_ptr<Session>> sessions;
    const std::size_t count = kHeldBytesTotal / kEach + 8;
    for (std::size_t i = 0; i < count; ++i) {
        sessions.push_back(std::make_unique<Session>(static_cast<std::uint16_t>(40'000 + i), true,
                                                     static_cast<std::uint8_t>(2 * i)));
        Session &session = *sessions.back();
        session.shake_hands();
        session.log_in();
        for (std::size_t sent = 0; sent < kEach; sent += 60'000)
            session.talk.send(Side::Client, std::string(60'000, 'x'));
        engine.feed(session.talk.take());
    }
    const auto given_up = engine.counters().tls_given_up;
    assert_true(given_up >= 8 && given_up < 20);
    engine.add(sessions.front()->writer);
    engine.use();
    assert_string_equal(engine.log.c_str(), "");
    engine.add(sessions.back()->writer);
    engine.use();
    assert_non_null(std::strstr(engine.log.c_str(), "login successful: user alice"));
}

// Who opens connections without end makes the sensor blind to handshakes that are not over, and
// takes no more memory.
void the_first_handshakes_are_not_told(void ** /*state*/) {
    constexpr std::uint32_t kHandshakes = 65'536;
    Engine engine{/*tells_facts=*/true};
    const auto talk_of = [](std::uint32_t number) {
        ConversationSettings settings;
        settings.client = endpoint("10.0.0.0", 1024);
        settings.client.address[1] = static_cast<std::uint8_t>(number >> 16);
        settings.client.address[2] = static_cast<std::uint8_t>(number >> 8);
        settings.client.address[3] = static_cast<std::uint8_t>(number);
        settings.server.port = 995;
        return Conversation{settings};
    };
    TlsWriter writer(suite(true), 1);
    const auto flights = writer.handshake();
    std::vector<Conversation> first;
    for (std::uint32_t number = 0; number < kHandshakes + 1; ++number) {
        Conversation talk = talk_of(number);
        talk.open();
        talk.send(Side::Client, flights.front().bytes);
        engine.feed(talk.take());
        if (number < 2) first.push_back(std::move(talk));
    }
    for (Conversation &talk : first) {
        talk.send(Side::Server, flights[1].bytes);
        engine.feed(talk.take());
    }
    assert_int_equal(engine.counters().tls_handshakes, 1);
    assert_non_null(std::strstr(engine.log.c_str(), "10.0.0.1/1024 > "));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(libgcrypt_is_told),
        cmocka_unit_test(stls_inside_is_of_no_other_session),
        cmocka_unit_test(wrong_secrets_are_refused),
        cmocka_unit_test(secrets_may_come_first_or_last),
        cmocka_unit_test(secrets_may_come_between_packets),
        cmocka_unit_test(one_secret_at_a_time_is_enough),
        cmocka_unit_test(secrets_of_others_open_nothing),
        cmocka_unit_test(sessions_go_on_in_the_order_of_the_capture),
        cmocka_unit_test(a_callback_may_not_use_secrets),
        cmocka_unit_test(a_connection_that_brings_too_much_is_given_up),
        cmocka_unit_test(connections_are_given_up_with_their_last_bytes),
        cmocka_unit_test(the_longest_waiting_give_way),
        cmocka_unit_test(the_first_handshakes_are_not_told),
    };
    return cmocka_run_group_tests_name("api.tls", tests, nullptr, nullptr);
}
