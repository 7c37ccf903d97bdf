// A seed means the same packets whatever compiler and standard library the tests are built with, so
// that a law that broke elsewhere can be repeated here. Arguments of a call and operands of + are
// evaluated in any order, and the standard's distributions are free to differ: neither may decide
// which random number goes where.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "damage.hpp"
#include "mutate.hpp"
#include "proper.hpp"
#include "tamper.hpp"

#include <cinttypes>
#include <cstdio>

using namespace pop3ana_test;

namespace {

constexpr std::uint64_t kSeed = 87205038; ///< made other sessions with g++ than with clang

/// FNV-1a, 64 bits.
std::uint64_t hash(const Capture &capture) {
    std::uint64_t sum = 0xcbf29ce484222325;
    const auto add = [&](std::uint64_t byte) { sum = (sum ^ byte) * 0x100000001b3; };
    for (const auto &frame : capture) {
        for (unsigned shift = 0; shift < 64; shift += 8)
            add(static_cast<std::uint64_t>(frame.ts_ns) >> shift & 0xff);
        for (const auto byte : frame.bytes)
            add(byte);
    }
    return sum;
}

Capture sessions(Random &random) {
    return random_sessions(random, 10);
}
Capture conversations(Random &random) {
    std::vector<Capture> all;
    for (const auto kind : kClientKinds)
        all.push_back(proper_conversations(random, kind).capture);
    return interleave(all, random);
}
Capture disordered(Random &random) {
    auto capture = resegment(random_sessions(random, 10), random, 100);
    capture = overlap(capture, random, 0.5);
    capture = duplicate(capture, random, 0.3);
    capture = move_packets(capture, random, 8);
    return wrap_sequences(swap_neighbours(capture, random, 0.1), random);
}
Capture lossy(Random &random) {
    auto capture = lose_copies(conversations(random), random);
    capture = start_late(lose_bursts(lose(capture, random, 0.1), random), random);
    return cut_start(lose_handshakes(capture, random, false), random);
}
Capture tampered(Random &random) {
    const auto capture = with_unanswered_lines(conversations(random), random);
    return with_forged_servers(capture, random);
}

struct Generator {
    const char *name;
    Capture (*generate)(Random &);
    std::uint64_t hash; ///< renewed when the generator changes
};
constexpr Generator kGenerators[] = {
    {"sessions", sessions, 0xc9c818d47131673c},
    {"conversations", conversations, 0x2fa17e21dd2dcec0},
    {"disordered", disordered, 0x22dc3aa18abaa3f5},
    {"lossy", lossy, 0x1eb71ed4ba240202},
    {"tampered", tampered, 0xbca9cfd0bffa954c},
};

bool generators_make_the_same_packets() {
    bool same = true;
    for (const auto &generator : kGenerators) {
        Random random(kSeed);
        const auto found = hash(generator.generate(random));
        if (found == generator.hash) continue;
        std::printf("%s: 0x%016" PRIx64 ", expected 0x%016" PRIx64 "\n", generator.name, found,
                    generator.hash);
        same = false;
    }
    return same;
}

void a_seed_means_the_same_packets_with_every_compiler(void **) {
    assert_true(generators_make_the_same_packets());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_means_the_same_packets_with_every_compiler)};
    return cmocka_run_group_tests_name("law.seed", tests, nullptr, nullptr);
}
