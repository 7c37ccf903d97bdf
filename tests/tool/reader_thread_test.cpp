// Sources that threads read ahead: what comes out is what one thread would have read, in the same
// order, whatever the threads' times.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/packet_merge.hpp"
#include "capture/reader_thread.hpp"
#include "cmocka.hpp"
#include "live/fanout_capture.hpp"
#include "seed.hpp"

#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace pop3dump;
using pop3ana_test::Random;

namespace {

constexpr std::size_t kMostBytes = std::size_t{64} * 1024;

using Times = std::vector<std::int64_t>;

/// What a packet is told by.
using Seen = std::tuple<std::int64_t, std::uint32_t, std::string>;

Seen seen(const Packet &packet) {
    return {packet.ts_ns, packet.wire_bytes, std::string(packet.data.begin(), packet.data.end())};
}

/// Packets of given times, whose bytes tell the source and the place in it.
class Listed final : public PacketSource {
public:
    Listed(std::string name, Times times, std::string error = {})
        : name_(std::move(name)), times_(std::move(times)), final_error_(std::move(error)) {}

    bool next(Packet &packet) override {
        if (next_ == times_.size()) {
            error_ = final_error_;
            if (error_ == "throw") throw std::runtime_error(name_);
            return false;
        }
        // Bytes that are gone with the next packet.
        bytes_ = name_ + std::to_string(next_) + std::string(next_ * 37 % 600, 'x');
        packet.ts_ns = times_[next_++];
        packet.link_type = 1;
        packet.wire_bytes = static_cast<std::uint32_t>(bytes_.size());
        packet.data = {reinterpret_cast<const std::uint8_t *>(bytes_.data()), bytes_.size()};
        return true;
    }
    [[nodiscard]] const std::string &error() const override { return error_; }

private:
    std::string name_, bytes_, error_;
    Times times_;
    std::string final_error_;
    std::size_t next_ = 0;
};

/// Gives its packets when the descriptor is readable, not before.
class Late final : public PacketSource {
public:
    Late(InputWatcher &watcher, int descriptor, Times times)
        : watcher_(watcher), descriptor_(descriptor), packets_("late", std::move(times)) {}

    bool next(Packet &packet) override {
        watcher_.on_quiet(quiet_ns);
        return watcher_.wait_readable(std::span(&descriptor_, 1), InputWatcher::kForever) &&
               packets_.next(packet);
    }
    bool stop() override { return true; }
    [[nodiscard]] const std::string &error() const override { return packets_.error(); }

    std::int64_t quiet_ns = 0;

private:
    InputWatcher &watcher_;
    int descriptor_;
    Listed packets_;
};

/// Waits as Run does.
class Watcher final : public InputWatcher {
public:
    bool wait_readable(std::span<const int> descriptors, int timeout_ms) override {
        if (before_wait) before_wait();
        if (stopped) return false;
        std::vector<pollfd> waiting;
        for (const int descriptor : descriptors)
            waiting.push_back({descriptor, POLLIN, 0});
        ::poll(waiting.data(), waiting.size(), timeout_ms);
        return true;
    }
    void on_quiet(std::int64_t ts_ns) override { quiet_ns = ts_ns; }

    std::function<void()> before_wait;
    std::int64_t quiet_ns = 0;
    bool stopped = false;
};

std::unique_ptr<ReaderThread> reader(std::unique_ptr<PacketSource> source, Watcher &watcher,
                                     const std::string &filter = {}, std::uint32_t file = 0) {
    auto thread = std::make_unique<ReaderThread>(kMostBytes, watcher);
    thread->set_source(std::move(source), filter, file);
    return thread;
}

std::vector<Seen> all_of(PacketSource &source) {
    std::vector<Seen> all;
    Packet packet;
    while (source.next(packet))
        all.push_back(seen(packet));
    return all;
}

Times random_times(Random &random) {
    Times times;
    std::int64_t now_ns = 0;
    for (std::size_t count = random.below(200); count > 0; --count) {
        now_ns += static_cast<std::int64_t>(random.below(4));
        if (random.chance(0.1)) now_ns -= static_cast<std::int64_t>(random.below(20));
        times.push_back(now_ns);
    }
    return times;
}

// Files in turn to the threads, as pop3dump divides them.
bool any_division_gives_the_same(Random &random) {
    const std::size_t files = random.between(1, 9);
    const std::size_t threads = random.between(1, files);
    std::vector<std::unique_ptr<PacketSource>> all;
    std::vector<std::vector<std::unique_ptr<PacketSource>>> shares(threads);
    for (std::size_t file = 0; file < files; ++file) {
        const std::string name(1, static_cast<char>('a' + file));
        const Times times = random_times(random);
        const std::string error = random.chance(0.3) ? name + ": is cut" : "";
        all.push_back(std::make_unique<Listed>(name, times, error));
        shares[file % threads].push_back(std::make_unique<Listed>(name, times, error));
    }
    Watcher watcher;
    std::vector<std::unique_ptr<PacketSource>> readers;
    for (std::size_t share = 0; share < threads; ++share) {
        const FileNumbers numbers{static_cast<std::uint32_t>(share),
                                  static_cast<std::uint32_t>(threads)};
        readers.push_back(reader(merge_sources(std::move(shares[share]), {}, numbers), watcher, "",
                                 numbers.first));
    }
    const auto one = merge_sources(std::move(all), {});
    const auto several = merge_sources(std::move(readers), {});
    return all_of(*one) == all_of(*several) && one->error() == several->error();
}

void files_are_merged_alike_by_any_number_of_threads(void **) {
    assert_true(
        pop3ana_test::holds_for_rounds("tool.reader_thread", 200, any_division_gives_the_same));
}

void many_packets_wait_for_room(void **) {
    Times times;
    for (std::int64_t now_ns = 0; now_ns < 20'000; ++now_ns)
        times.push_back(now_ns);
    Watcher watcher;
    Listed alone("p", times);
    const auto thread = reader(std::make_unique<Listed>("p", times), watcher);
    assert_true(all_of(*thread) == all_of(alone));
}

void an_error_comes_behind_the_packets(void **) {
    Watcher watcher;
    const auto thread = reader(std::make_unique<Listed>("p", Times{1, 2}, "p: is cut"), watcher);
    Packet packet;
    assert_true(thread->next(packet));
    assert_string_equal(thread->error().c_str(), "");
    assert_true(thread->next(packet));
    assert_false(thread->next(packet));
    assert_string_equal(thread->error().c_str(), "p: is cut");
}

void an_exception_comes_out_where_packets_are_taken(void **) {
    Watcher watcher;
    const auto thread = reader(std::make_unique<Listed>("memory", Times{1}, "throw"), watcher);
    std::string caught;
    std::size_t packets = 0;
    try {
        Packet packet;
        while (thread->next(packet))
            ++packets;
    } catch (const std::runtime_error &failure) {
        caught = failure.what();
    }
    assert_int_equal(packets, 0); // what it had not handed over is lost
    assert_string_equal(caught.c_str(), "memory");
}

// The thread stands before a full queue; its end is waited for.
void who_wants_no_more_is_free_to_go(void **) {
    Watcher watcher;
    const auto thread = reader(std::make_unique<Listed>("p", Times(20'000, 1)), watcher);
    Packet packet;
    assert_true(thread->next(packet));
    while (!thread->is_half_full())
        std::this_thread::yield();
}

void a_stop_ends_the_wait(void **) {
    std::array<int, 2> never{};
    assert_int_equal(::pipe(never.data()), 0);
    Watcher watcher;
    watcher.stopped = true;
    auto thread = std::make_unique<ReaderThread>(kMostBytes, watcher);
    thread->set_source(std::make_unique<Late>(thread->watcher(), never[0], Times{1}), "", 0);
    Packet packet;
    assert_false(thread->next(packet));
    thread.reset();
    ::close(never[0]);
    ::close(never[1]);
}

void the_filter_is_applied(void **) {
    Watcher watcher;
    const auto thread = reader(std::make_unique<Listed>("p", Times{1, 2, 3}), watcher, "len > 36");
    Packet packet;
    assert_true(thread->next(packet));
    assert_true(packet.filtered == Packet::Filtered::Out && packet.data.empty());
    assert_int_equal(packet.wire_bytes, 2);
    assert_true(thread->next(packet));
    assert_true(packet.filtered == Packet::Filtered::In && packet.data.size() == 39);
}

void a_filter_that_means_nothing_is_left_to_who_takes_the_packet(void **) {
    Watcher watcher;
    const auto thread = reader(std::make_unique<Listed>("p", Times{1, 2, 3}), watcher, "wlan type");
    Packet packet;
    assert_true(thread->next(packet));
    assert_true(packet.filtered == Packet::Filtered::NotYet && packet.data.size() == 2);
    assert_false(thread->next(packet));
}

/// Two threads: one has packets at 10 and 30, the other one gets one at 20 later.
struct Fanout {
    explicit Fanout(std::int64_t quiet_ns) {
        assert_int_equal(::pipe(ends.data()), 0);
        std::vector<std::unique_ptr<ReaderThread>> threads;
        threads.push_back(reader(std::make_unique<Listed>("early", Times{10, 30}), watcher));
        auto late = std::make_unique<ReaderThread>(kMostBytes, watcher);
        auto source = std::make_unique<Late>(late->watcher(), ends[0], Times{20});
        source->quiet_ns = quiet_ns;
        late->set_source(std::move(source), "", 1);
        threads.push_back(std::move(late));
        merged = merge_threads(std::move(threads), watcher);
    }
    ~Fanout() {
        merged.reset();
        ::close(ends[0]);
        ::close(ends[1]);
    }
    Fanout(const Fanout &) = delete;
    Fanout &operator=(const Fanout &) = delete;

    void release() const { assert_int_equal(::write(ends[1], "x", 1), 1); }
    std::int64_t next() {
        Packet packet;
        return merged->next(packet) ? packet.ts_ns : 0;
    }

    std::array<int, 2> ends{};
    Watcher watcher;
    std::unique_ptr<PacketSource> merged;
};

void a_packet_waits_for_threads_that_are_behind(void **) {
    Fanout fanout(10);
    fanout.release();
    assert_int_equal(fanout.next(), 10);
    assert_int_equal(fanout.next(), 20);
    assert_int_equal(fanout.next(), 30);
    assert_int_equal(fanout.next(), 0);
}

void a_thread_that_has_nothing_holds_nobody_up(void **) {
    Fanout fanout(30);
    assert_int_equal(fanout.next(), 10);
    assert_int_equal(fanout.next(), 30);
    // Time goes on by what it tells.
    fanout.watcher.before_wait = [&fanout] {
        if (fanout.watcher.quiet_ns == 30) fanout.release();
    };
    assert_int_equal(fanout.next(), 20);
    assert_int_equal(fanout.watcher.quiet_ns, 30);
    assert_int_equal(fanout.next(), 0);
}

void a_stopped_capture_ends(void **) {
    Fanout fanout(30);
    assert_int_equal(fanout.next(), 10);
    assert_true(fanout.merged->stop());
    assert_int_equal(fanout.next(), 30);
    assert_int_equal(fanout.next(), 0);
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(files_are_merged_alike_by_any_number_of_threads),
        cmocka_unit_test(many_packets_wait_for_room),
        cmocka_unit_test(an_error_comes_behind_the_packets),
        cmocka_unit_test(an_exception_comes_out_where_packets_are_taken),
        cmocka_unit_test(who_wants_no_more_is_free_to_go),
        cmocka_unit_test(a_stop_ends_the_wait),
        cmocka_unit_test(the_filter_is_applied),
        cmocka_unit_test(a_filter_that_means_nothing_is_left_to_who_takes_the_packet),
        cmocka_unit_test(a_packet_waits_for_threads_that_are_behind),
        cmocka_unit_test(a_thread_that_has_nothing_holds_nobody_up),
        cmocka_unit_test(a_stopped_capture_ends),
    };
    return cmocka_run_group_tests_name("tool.reader_thread", tests, nullptr, nullptr);
}
