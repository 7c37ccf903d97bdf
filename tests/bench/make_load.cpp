// Makes a capture for the benchmark and the memory tests. The same arguments give the same bytes.
//
//     make_load KIND SIZE FILE
//
// SIZE is in MiB, for the kind `sessions` in sessions; FILE may be - for stdout. The capture simply
// ends at its size, as when somebody stops tcpdump. What is in it is printed on stderr.
// SPDX-License-Identifier: GPL-2.0-or-later

#include "load.hpp"
#include "pcap_stream.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace pop3ana_bench;

constexpr std::uint64_t kStartTimeUs = 1'700'000'000'000'000;
constexpr std::uint64_t kMiB = 1024 * 1024;

struct Kind {
    std::string_view name;
    Packets (Maker::*make)();
    std::size_t at_once; // sessions whose packets are mixed
};

constexpr std::array kKinds{
    Kind{"bodies", &Maker::bodies, 16},       Kind{"logins", &Maker::logins, 64},
    Kind{"other", &Maker::other, 64},         Kind{"lossy", &Maker::lossy, 16},
    Kind{"pipelined", &Maker::pipelined, 16}, Kind{"sessions", &Maker::sessions, 1},
};

void make_load(const Kind &kind, std::uint64_t size, const std::string &path) {
    struct Running {
        Packets packets;
        std::size_t next = 0;
    };
    const bool by_sessions = kind.name == "sessions";
    Maker maker;
    pop3ana_test::PcapStream writer(path);
    Facts facts;
    std::vector<Running> running(kind.at_once);
    std::uint64_t begun = 0;
    for (std::uint64_t time_us = kStartTimeUs;; time_us += maker.random().between(5, 75)) {
        Running &one = running[maker.random().below(running.size())];
        if (one.next == one.packets.size()) {
            if (by_sessions && begun == size) break;
            one = {(maker.*kind.make)(), 0};
            ++begun;
        }
        const Packet &packet = one.packets[one.next++];
        writer.packet(packet.frame, time_us);
        facts.add(packet.facts);
        if (!by_sessions && writer.bytes() >= size * kMiB) break;
    }
    writer.close();
    std::fprintf(stderr, "packets=%llu bytes=%llu sessions=%u logins=%u failures=%u\n",
                 static_cast<unsigned long long>(writer.packets()),
                 static_cast<unsigned long long>(writer.bytes()), facts.sessions, facts.logins,
                 facts.failures);
}

} // namespace

int main(int argc, char **argv) {
    const Kind *kind = nullptr;
    std::uint64_t size = 0;
    if (argc == 4) {
        for (const Kind &row : kKinds) {
            if (row.name == argv[1]) kind = &row;
        }
        char *end = nullptr;
        size = std::strtoull(argv[2], &end, 10);
        if (*end != '\0') size = 0;
    }
    if (kind == nullptr || size == 0) {
        std::fputs("usage: make_load bodies|logins|other|lossy|pipelined MIB FILE\n"
                   "       make_load sessions NUMBER FILE\n",
                   stderr);
        return 2;
    }
    try {
        make_load(*kind, size, argv[3]);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "make_load: %s\n", error.what());
        return 1;
    }
    return 0;
}
