// Makes a capture for the benchmark and the memory tests. The same arguments give the same bytes.
//
//     make_load KIND SIZE FILE
//
// SIZE is in MiB, for the kind `sessions` in sessions; FILE may be - for stdout. The capture simply
// ends at its size, as when somebody stops tcpdump. What is in it is printed on stderr.
// SPDX-License-Identifier: GPL-2.0-or-later

#include "load.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace pop3ana_bench;

constexpr std::uint32_t kSnapLength = 262144; // tcpdump's default
constexpr std::uint64_t kStartTimeUs = 1'700'000'000'000'000;
constexpr std::uint64_t kMiB = 1024 * 1024;

// A pcap file in the byte order of this machine.
class Writer {
public:
    explicit Writer(const std::string &path)
        : file_(path == "-" ? stdout : std::fopen(path.c_str(), "wb")) {
        if (file_ == nullptr) throw std::runtime_error(path + ": " + std::strerror(errno));
        const std::array<std::uint32_t, 6> header{
            0xa1b2c3d4, 4U << 16 | 2, 0, 0, kSnapLength, pop3ana_test::kLinkEthernet};
        write(header.data(), sizeof(header));
    }

    void packet(const Packet &packet, std::uint64_t time_us) {
        const auto size = static_cast<std::uint32_t>(packet.frame.size());
        const std::array<std::uint32_t, 4> header{static_cast<std::uint32_t>(time_us / 1'000'000),
                                                  static_cast<std::uint32_t>(time_us % 1'000'000),
                                                  size, size};
        write(header.data(), sizeof(header));
        write(packet.frame.data(), packet.frame.size());
        ++packets_;
        facts_.add(packet.facts);
    }
    void close() {
        if (std::fclose(file_) != 0) throw std::runtime_error(std::strerror(errno));
    }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t packets() const { return packets_; }
    [[nodiscard]] const Facts &facts() const { return facts_; }

private:
    void write(const void *data, std::size_t size) {
        if (std::fwrite(data, 1, size, file_) != size)
            throw std::runtime_error(std::strerror(errno));
        bytes_ += size;
    }

    std::FILE *file_;
    std::uint64_t bytes_ = 0;
    std::uint64_t packets_ = 0;
    Facts facts_;
};

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
    Writer writer(path);
    std::vector<Running> running(kind.at_once);
    std::uint64_t begun = 0;
    for (std::uint64_t time_us = kStartTimeUs;; time_us += maker.random().between(5, 75)) {
        Running &one = running[maker.random().below(running.size())];
        if (one.next == one.packets.size()) {
            if (by_sessions && begun == size) break;
            one = {(maker.*kind.make)(), 0};
            ++begun;
        }
        writer.packet(one.packets[one.next++], time_us);
        if (!by_sessions && writer.bytes() >= size * kMiB) break;
    }
    writer.close();
    std::fprintf(stderr, "packets=%llu bytes=%llu sessions=%u logins=%u failures=%u\n",
                 static_cast<unsigned long long>(writer.packets()),
                 static_cast<unsigned long long>(writer.bytes()), writer.facts().sessions,
                 writer.facts().logins, writer.facts().failures);
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
