// Memory runs out in the middle of a connection: for each allocation of a run there is a run in
// which it fails. The call says so, nothing crashes or leaks, bytes stay conserved, and the engine
// goes on: the next session is analysed whole.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "dialogue.hpp"
#include "failing_new.hpp"
#include "library.hpp"
#include "mutate.hpp"
#include "run.hpp"
#include "wrap.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

using namespace pop3ana_test;

namespace {

/// More than any run below needs, so that a loop ends.
constexpr std::uint64_t kMostAllocations = 20'000;

/// What a run has shown.
struct Result {
    std::string why; ///< empty, or what went wrong
    bool failed = false;
};

const Wrap &wrap_named(const char *name) {
    return *std::find_if(all_wraps().begin(), all_wraps().end(),
                         [&](const Wrap &wrap) { return std::string_view{wrap.name} == name; });
}

class Engine {
public:
    explicit Engine(const char *ports) {
        pop3ana_config config;
        pop3ana_config_init(&config);
        config.ports = ports;
        const pop3ana_sink sink = {sizeof(sink), this, count_login};
        pop3ana_engine_new(&config, &sink, &engine_, nullptr, 0);
    }
    ~Engine() { pop3ana_engine_free(engine_); }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    void feed(const Frame &frame) {
        const pop3ana_frame plain = library_frame(frame, ++number_);
        take(pop3ana_feed_frame(engine_, &plain));
    }
    void decrypted(bool from_responder, const char *text) {
        pop3ana_decrypted plain{};
        plain.struct_size = sizeof(plain);
        plain.data = reinterpret_cast<const std::uint8_t *>(text);
        plain.bytes = std::strlen(text);
        plain.number = ++number_;
        plain.ts_ns = kStart;
        plain.originator_port = 40000;
        plain.responder_port = 995;
        plain.originator_address[0] = 10;
        plain.responder_address[0] = 11;
        plain.address_family = 4;
        plain.from_responder = from_responder ? 1 : 0;
        take(pop3ana_feed_decrypted(engine_, &plain));
    }
    void tick(std::int64_t ts_ns) { take(pop3ana_tick(engine_, ts_ns)); }

    /// Without failures a session with a login is analysed whole.
    void must_go_on() {
        const auto before = logins_;
        Conversation talk({endpoint("192.0.2.77", 33333), endpoint("192.0.2.78", 110), 1, 1,
                           kStart + 4 * 86'400 * kSecond, 1'000'000});
        talk.open();
        talk.send(Side::Server, "+OK\r");
        talk.send(Side::Client, "USER la");
        talk.send(Side::Client, "te\r\nPASS r\r\n");
        talk.send(Side::Server, "\n+OK\r\n+O");
        talk.send(Side::Server, "K\r\n");
        talk.close();
        auto frames = talk.take();
        std::swap(frames[3], frames[4]); // one waits for the other
        for (const auto &frame : wrapped(frames, wrap_named("fragments")))
            feed(frame);
        if (logins_ != before + 1) blame("the engine does not go on");
        if (no_memory_ > 1) blame("more than one call failed by one allocation");
    }

    std::string why;

private:
    static void count_login(void *user_data, const pop3ana_event *event) {
        if (event->type == POP3ANA_EVENT_LOGIN_SUCCESS) ++static_cast<Engine *>(user_data)->logins_;
    }
    void take(pop3ana_status status) {
        const bool failed = failed_allocations() > failed_;
        failed_ = failed_allocations();
        if (status == POP3ANA_E_NOMEM) ++no_memory_;
        if (status < 0 && status != POP3ANA_E_NOMEM) blame(pop3ana_strerror(status));
        if (status == POP3ANA_E_NOMEM && !failed) blame("E_NOMEM without a failure");
        const auto broken = conservation(counters_of(engine_));
        if (!broken.empty()) blame(broken);
    }
    void blame(const std::string &what) {
        if (why.empty()) why = what + " at frame " + std::to_string(number_);
    }

    pop3ana_engine *engine_ = nullptr;
    std::uint64_t number_ = 0;
    std::uint64_t logins_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t no_memory_ = 0;
};

/// Runs `work` with the first, second ... allocation failing until none fails.
template <class Work> bool survives(const char *name, Work work) {
    std::uint64_t count = 0;
    Result result;
    do {
        result = work(++count);
        if (!result.why.empty())
            std::printf("%s, allocation %llu: %s\n", name, static_cast<unsigned long long>(count),
                        result.why.c_str());
    } while (result.why.empty() && result.failed && count < kMostAllocations);
    std::printf("%s: %llu allocations\n", name, static_cast<unsigned long long>(count - 1));
    // One allocation at least, or the test says nothing; and an end to them.
    return result.why.empty() && !result.failed && count > 1;
}

/// Feeds something to an engine whose `count`th allocation fails.
template <class Feed>
Result with_failure(std::uint64_t count, Feed feed, const char *ports = "110") {
    Engine engine(ports);
    fail_allocation(count);
    feed(engine);
    const bool failed = failed_allocations() != 0;
    fail_allocation(0);
    engine.must_go_on();
    return {engine.why, failed};
}

bool capture_is_survived(const char *name, const Capture &capture, const char *ports = "110") {
    return survives(name, [&](std::uint64_t count) {
        const auto feed = [&](Engine &engine) {
            for (const auto &frame : capture)
                engine.feed(frame);
            engine.tick(capture.back().ts_ns + 2 * kSecond);
            engine.tick(capture.back().ts_ns + 2 * 86'400 * kSecond);
        };
        return with_failure(count, feed, ports);
    });
}

Capture sessions() {
    Random random(6);
    return random_sessions(random, 6);
}

bool whole_sessions_are_survived() {
    return capture_is_survived("sessions", sessions());
}

bool undecided_sessions_are_survived() {
    Random random(8);
    const auto capture = move_packets(resegment(sessions(), random, 20), random, 3);
    return capture_is_survived("undecided sessions", capture, "auto");
}

bool lossy_sessions_are_survived() {
    Random random(7);
    auto capture = resegment(sessions(), random, 30);
    capture = overlap(capture, random, 0.3);
    capture = lose(capture, random, 0.1);
    return capture_is_survived("lossy sessions", move_packets(capture, random, 8));
}

bool fragments_are_survived() {
    for (const auto &wrap : all_wraps()) {
        if (std::string{wrap.name}.find("fragment") == std::string::npos) continue;
        if (!capture_is_survived(wrap.name, wrapped(sessions(), wrap))) return false;
    }
    return true;
}

bool decrypted_bytes_are_survived() {
    return survives("decrypted bytes", [](std::uint64_t count) {
        return with_failure(count, [](Engine &engine) {
            engine.decrypted(true, "+OK read");
            engine.decrypted(true, "y\r\n");
            engine.decrypted(false, "AUTH PLAIN\r\nAGFsaWNlAHdvbmRlcg==\r\nSTAT\r\nLI");
            engine.decrypted(true, "+ \r\n+OK\r\n");
        });
    });
}

bool making_an_engine_is_survived() {
    return survives("a new engine", [](std::uint64_t count) {
        pop3ana_config config;
        pop3ana_config_init(&config);
        config.peer_description = "a-name-that-does-not-fit-into-a-string-object-itself";
        const pop3ana_sink sink = {sizeof(sink), nullptr, [](void *, const pop3ana_event *) {}};
        pop3ana_engine *engine = nullptr;
        fail_allocation(count);
        const auto status = pop3ana_engine_new(&config, &sink, &engine, nullptr, 0);
        const bool failed = failed_allocations() != 0;
        fail_allocation(0);
        const bool fine = failed ? status == POP3ANA_E_NOMEM && engine == nullptr
                                 : status == POP3ANA_OK && engine != nullptr;
        pop3ana_engine_free(engine);
        return Result{fine ? "" : "a wrong status", failed};
    });
}

bool a_line_without_memory_is_empty() {
    pop3ana_event event{};
    event.struct_size = sizeof(event);
    event.type = POP3ANA_EVENT_NEW_CONNECTION;
    event.in_log = 1;
    event.address_family = event.originator_family = 4;
    char small[8] = "old";
    fail_allocation(1);
    const auto length = pop3ana_format_log_line(&event, small, sizeof(small));
    fail_allocation(0);
    return length == 0 && small[0] == '\0' &&
           pop3ana_format_log_line(&event, small, sizeof(small)) > sizeof(small);
}

void memory_may_run_out_in_sessions(void **) {
    assert_true(whole_sessions_are_survived());
}
void memory_may_run_out_in_undecided_sessions(void **) {
    assert_true(undecided_sessions_are_survived());
}
void memory_may_run_out_in_lossy_sessions(void **) {
    assert_true(lossy_sessions_are_survived());
}
void memory_may_run_out_in_fragments(void **) {
    assert_true(fragments_are_survived());
}
void memory_may_run_out_in_decrypted_bytes(void **) {
    assert_true(decrypted_bytes_are_survived());
}
void memory_may_run_out_when_an_engine_is_made(void **) {
    assert_true(making_an_engine_is_survived());
}
void line_that_finds_no_memory_is_empty(void **) {
    assert_true(a_line_without_memory_is_empty());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(memory_may_run_out_in_sessions),
        cmocka_unit_test(memory_may_run_out_in_undecided_sessions),
        cmocka_unit_test(memory_may_run_out_in_lossy_sessions),
        cmocka_unit_test(memory_may_run_out_in_fragments),
        cmocka_unit_test(memory_may_run_out_in_decrypted_bytes),
        cmocka_unit_test(memory_may_run_out_when_an_engine_is_made),
        cmocka_unit_test(line_that_finds_no_memory_is_empty),
    };
    return cmocka_run_group_tests_name("api.allocation_failure", tests, nullptr, nullptr);
}
