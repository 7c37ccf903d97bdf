// SPDX-License-Identifier: GPL-2.0-or-later
#include "seed.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace pop3ana_test {

namespace {

/// How many times slower a run is with sanitizers.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kSlowdown = 5;
#elif defined(__has_feature)
constexpr std::uint64_t kSlowdown = __has_feature(address_sanitizer) ? 5 : 1;
#else
constexpr std::uint64_t kSlowdown = 1;
#endif

std::uint64_t from_environment(const char *name, std::uint64_t otherwise) {
    const char *text = std::getenv(name);
    return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 0) : otherwise;
}

} // namespace

bool Random::chance(double probability) {
    // Not std::uniform_real_distribution: libraries differ in what it makes of the same numbers.
    return static_cast<double>(engine_() >> 11) * 0x1p-53 < probability;
}

Bytes Random::bytes(std::size_t count) {
    Bytes result(count);
    for (auto &byte : result)
        byte = static_cast<std::uint8_t>(engine_());
    return result;
}

std::string Random::word(std::size_t length) {
    static constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string result(length, ' ');
    for (auto &letter : result)
        letter = kLetters[below(sizeof(kLetters) - 1)];
    return result;
}

std::uint64_t announced_seed(const char *law) {
    return announced_seed(law, std::random_device{}());
}

std::uint64_t announced_seed(const char *law, std::uint64_t default_seed) {
    const std::uint64_t seed = from_environment("POP3ANA_TEST_SEED", default_seed);
    std::printf("%s: POP3ANA_TEST_SEED=%" PRIu64 "\n", law, seed);
    std::fflush(stdout);
    return seed;
}

std::uint64_t rounds_of(std::uint64_t default_rounds) {
    const auto rounds = std::max<std::uint64_t>(default_rounds / kSlowdown, 1);
    return from_environment("POP3ANA_TEST_ROUNDS", rounds);
}

void announce_broken(const char *law, std::uint64_t seed) {
    std::printf("%s: broken by POP3ANA_TEST_SEED=%" PRIu64 " POP3ANA_TEST_ROUNDS=1\n", law, seed);
}

bool holds_for_rounds(const char *law, std::size_t default_rounds, bool (*holds)(Random &)) {
    const std::uint64_t seed = announced_seed(law);
    const std::uint64_t rounds = from_environment("POP3ANA_TEST_ROUNDS", default_rounds);
    for (std::uint64_t round = 0; round < rounds; ++round) {
        Random random(seed + round);
        if (holds(random)) continue;
        announce_broken(law, seed + round);
        return false;
    }
    return true;
}

} // namespace pop3ana_test
