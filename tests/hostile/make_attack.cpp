// Makes a hostile capture. The same arguments give the same bytes.
//
//     make_attack NAME PACKETS FILE     FILE may be - for stdout
//     make_attack list                  a line for each attack: name, counters, what it is
//
// The verdicts that an analyzer must give are printed on stderr.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "attacks.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

namespace {

using namespace pop3ana_hostile;

std::vector<Attack> all_attacks() {
    std::vector<Attack> all;
    for (const auto &part : {packet_attacks(), tcp_attacks(), session_attacks()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

void make_attack(const Attack &attack, std::uint64_t packets, const std::string &path) {
    Traffic traffic(path);
    attack.make(traffic, packets);
    traffic.close();
    std::fprintf(stderr, "packets=%llu logins=%llu failures=%llu warnings=%llu\n",
                 static_cast<unsigned long long>(traffic.packets()),
                 static_cast<unsigned long long>(traffic.verdicts.logins),
                 static_cast<unsigned long long>(traffic.verdicts.failures),
                 static_cast<unsigned long long>(traffic.verdicts.warnings));
}

} // namespace

int main(int argc, char **argv) {
    const std::string name = argc > 1 ? argv[1] : "";
    if (argc == 2 && name == "list") {
        for (const auto &attack : all_attacks())
            std::printf("%s\t%s\t%s\n", attack.name, attack.counters, attack.what);
        return 0;
    }
    const std::uint64_t packets = argc == 4 ? std::strtoull(argv[2], nullptr, 10) : 0;
    for (const auto &attack : all_attacks()) {
        if (name != attack.name || packets == 0) continue;
        try {
            make_attack(attack, packets, argv[3]);
            return 0;
        } catch (const std::exception &error) {
            std::fprintf(stderr, "make_attack: %s\n", error.what());
            return 1;
        }
    }
    std::fputs("usage: make_attack NAME PACKETS FILE\n       make_attack list\n", stderr);
    return 2;
}
