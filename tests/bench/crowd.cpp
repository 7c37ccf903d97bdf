// What a packet costs while many sessions are idle, and the memory that these take.
//
//     crowd NUMBER
//
// Logs NUMBER sessions in, then feeds traffic of others (`logins`) and keep-alives of the idle ones
// in random order; prints "sessions MiB ns-a-packet-of-others ns-a-keep-alive". Best of five
// passes.
// SPDX-License-Identifier: GPL-2.0-or-later

#include "load.hpp"

#include <pop3ana/pop3ana.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <limits>
#include <stdexcept>
#include <sys/resource.h>
#include <vector>

namespace {

using namespace pop3ana_bench;

constexpr std::size_t kPackets = 400'000; // of each pass
constexpr int kPasses = 5;

double cpu_ns() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double peak_mib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

class Engine {
public:
    Engine() {
        pop3ana_config config{};
        pop3ana_config_init(&config);
        const pop3ana_sink sink{sizeof(sink), &lines_, [](void *lines, const pop3ana_event *event) {
                                    std::array<char, 512> line{};
                                    *static_cast<std::uint64_t *>(lines) +=
                                        pop3ana_format_log_line(event, line.data(), line.size());
                                }};
        if (pop3ana_engine_new(&config, &sink, &engine_, nullptr, 0) != POP3ANA_OK)
            throw std::runtime_error("no engine");
    }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;
    ~Engine() { pop3ana_engine_free(engine_); }

    void feed(const pop3ana_test::Bytes &bytes) {
        const pop3ana_frame frame{.struct_size = sizeof(frame),
                                  .data = bytes.data(),
                                  .captured_bytes = bytes.size(),
                                  .number = ++frames_,
                                  .ts_ns = ts_ns_ += 1'000,
                                  .link_type = pop3ana_test::kLinkEthernet,
                                  .reserved = 0};
        if (pop3ana_feed_frame(engine_, &frame) != POP3ANA_OK)
            throw std::runtime_error("a frame is not analysed");
    }

private:
    pop3ana_engine *engine_ = nullptr;
    std::uint64_t frames_ = 0;
    std::uint64_t lines_ = 0;
    std::int64_t ts_ns_ = 1'700'000'000'000'000'000;
};

double ns_a_packet(Engine &engine, const std::vector<pop3ana_test::Bytes> &frames) {
    const double start = cpu_ns();
    for (const pop3ana_test::Bytes &frame : frames)
        engine.feed(frame);
    return (cpu_ns() - start) / static_cast<double>(frames.size());
}

void measure(std::size_t sessions) {
    Engine engine;
    Maker maker;
    // The last frame of a session is the server's reply: seen again, it is a keep-alive.
    std::vector<pop3ana_test::Bytes> last_frames;
    const std::size_t every = std::max<std::size_t>(1, sessions / kPackets);
    const double before_mib = peak_mib();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < sessions; ++i) {
        Packets packets = maker.sessions();
        for (const Packet &packet : packets)
            engine.feed(packet.frame);
        if (i % every != 0) continue;
        last_frames.push_back(std::move(packets.back().frame));
        kept += sizeof(pop3ana_test::Bytes) + 16 + last_frames.back().capacity();
    }
    const double mib = peak_mib() - before_mib - static_cast<double>(kept) / (1 << 20);

    double others_ns = std::numeric_limits<double>::max();
    double idle_ns = others_ns;
    for (int pass = 0; pass < kPasses; ++pass) {
        std::vector<Packets> traffic; // its own sessions in each pass, 64 at once
        std::size_t count = 0;
        for (; count < kPackets; count += traffic.back().size())
            traffic.push_back(maker.logins());
        std::vector<pop3ana_test::Bytes> frames; // in memory as a capture is read
        for (std::size_t first = 0; first < traffic.size(); first += 64) {
            const std::size_t end = std::min(first + 64, traffic.size());
            for (std::size_t step = 0, more = 1; more != 0; ++step) {
                more = 0;
                for (std::size_t i = first; i < end; ++i) {
                    if (step >= traffic[i].size()) continue;
                    frames.push_back(traffic[i][step].frame);
                    ++more;
                }
            }
        }
        others_ns = std::min(others_ns, ns_a_packet(engine, frames));
        frames.clear();
        for (std::size_t i = 0; i < kPackets; ++i)
            frames.push_back(last_frames[maker.random().below(last_frames.size())]);
        idle_ns = std::min(idle_ns, ns_a_packet(engine, frames));
    }
    std::printf("%zu %.1f %.1f %.1f\n", sessions, mib, others_ns, idle_ns);
}

} // namespace

int main(int argc, char **argv) {
    const unsigned long sessions = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
    if (sessions == 0) {
        std::fputs("usage: crowd NUMBER\n", stderr);
        return 2;
    }
    try {
        measure(sessions);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "crowd: %s\n", error.what());
        return 1;
    }
    return 0;
}
