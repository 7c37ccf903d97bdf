// Makes a capture for the benchmark and the memory tests. The same arguments give the same bytes.
//
//     make_load KIND SIZE FILE
//     make_load keys NUMBER FILE
//
// SIZE is in MiB, for kinds of sessions in sessions; FILE may be - for stdout. The capture simply
// ends at its size, as when somebody stops tcpdump. What is in it is printed on stderr. `keys` is
// the key log of so many TLS connections, the first ones of a load.
// SPDX-License-Identifier: GPL-2.0-or-later

#include "load.hpp"
#include "pcap_stream.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
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
    Kind{"bodies", &Maker::bodies, 16},         Kind{"logins", &Maker::logins, 64},
    Kind{"other", &Maker::other, 64},           Kind{"lossy", &Maker::lossy, 16},
    Kind{"pipelined", &Maker::pipelined, 16},   Kind{"sessions", &Maker::sessions, 1},
    Kind{"tls_bodies", &Maker::tls_bodies, 16}, Kind{"tls_sessions", &Maker::tls_sessions, 1},
};

void make_load(const Kind &kind, std::uint64_t size, const std::string &path) {
    struct Running {
        Packets packets;
        std::size_t next = 0;
    };
    const bool by_sessions = kind.name.ends_with("sessions");
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

void make_keys(std::uint64_t count, const std::string &path) {
    std::FILE *const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) throw std::runtime_error(path);
    for (std::uint64_t number = 0; number < count; ++number)
        for (const pop3ana_test::TlsSecret &secret : tls_of_session(number).secrets())
            std::fputs(secret.line().c_str(), file);
    if (std::fclose(file) != 0) throw std::runtime_error(path);
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
    const bool is_for_keys = argc == 4 && std::string_view{argv[1]} == "keys";
    if ((kind == nullptr && !is_for_keys) || size == 0) {
        std::fputs("usage: make_load bodies|logins|other|lossy|pipelined|tls_bodies MIB FILE\n"
                   "       make_load sessions|tls_sessions|keys NUMBER FILE\n",
                   stderr);
        return 2;
    }
    try {
        if (is_for_keys)
            make_keys(size, argv[3]);
        else
            make_load(*kind, size, argv[3]);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "make_load: %s\n", error.what());
        return 1;
    }
    return 0;
}
