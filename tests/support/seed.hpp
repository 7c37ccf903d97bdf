// Seeded random numbers for laws. A law prints its seed; POP3ANA_TEST_SEED repeats a run, and
// POP3ANA_TEST_ROUNDS makes it longer or shorter.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace pop3ana_test {

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t next() { return engine_(); }
    /// 0 to limit - 1; limit must not be 0.
    std::size_t below(std::size_t limit) { return engine_() % limit; }
    /// Both ends included.
    std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
    bool chance(double probability);
    std::uint32_t number() { return static_cast<std::uint32_t>(engine_()); }
    Bytes bytes(std::size_t count);
    /// A word of lower-case letters and digits.
    std::string word(std::size_t length);

    template <typename List> const auto &pick(const List &list) {
        return list[below(std::size(list))];
    }

private:
    std::mt19937_64 engine_;
};

/// Calls `holds` once a round, each with its own seed, until one fails. A failing round is repeated
/// with the seed that is printed and POP3ANA_TEST_ROUNDS=1.
bool holds_for_rounds(const char *law, std::size_t default_rounds, bool (*holds)(Random &));

/// POP3ANA_TEST_ROUNDS; else `default_rounds`, fewer in a build with sanitizers, which is slower.
std::uint64_t rounds_of(std::uint64_t default_rounds);

/// Says how to repeat the round that had this seed.
void announce_broken(const char *law, std::uint64_t seed);

/// The seed of the environment or a random one; printed.
std::uint64_t announced_seed(const char *law);

/// The seed of the environment or `default_seed`; printed. For laws of which exceptions are known
/// (SECURITY.md, "Known exceptions"): a run of the tests says whether the known rounds still
/// hold, one with other seeds finds more exceptions.
std::uint64_t announced_seed(const char *law, std::uint64_t default_seed);

} // namespace pop3ana_test
