// Whatever the frames are: each byte is delivered, a duplicate, discarded or held, never lost and
// never two of these, and nothing grows beyond its limit. Both are looked at after each frame.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "dialogue.hpp"
#include "mutate.hpp"
#include "run.hpp"
#include "wrap.hpp"

#include <algorithm>

using namespace pop3ana_test;

namespace {

Options strict_options(Random &random) {
    Options options;
    options.check_each_frame = true;
    options.config.max_held_bytes = random.between(1, 20'000);
    options.config.max_fragment_bytes = random.between(1, 20'000);
    options.config.max_connections = static_cast<std::uint32_t>(random.between(1, 8));
    options.config.max_clients = static_cast<std::uint32_t>(random.between(1, 4));
    options.config.error_threshold = static_cast<std::uint32_t>(random.below(3));
    options.config.midstream = random.chance(0.8);
    options.config.verify_checksums = random.chance(0.1);
    return options;
}

bool obeyed(const Capture &capture, Random &random) {
    const auto outcome = run(capture, strict_options(random));
    return holds("conservation", outcome.broken_law, capture, capture);
}

std::string hostile_bytes(Random &random) {
    constexpr const char *kPieces[] = {
        "+OK",  "-ERR", "USER a", "PASS b", "RETR 1",   "LIST",          "QUIT", "AUTH PLAIN ",
        "AUTH", "\r\n", "\r",     "\n",     ".",        "\r\n.\r\n",     "STLS", "*",
        "+ ",   " ",    "CAPA",   "=",      "APOP a b", "AUTH LOGIN\r\n"};
    std::string text;
    for (std::size_t left = random.below(8); left > 0; --left) {
        if (random.chance(0.1))
            text += random.word(random.below(100));
        else
            text += random.pick(kPieces);
    }
    return text;
}

std::uint8_t hostile_flags(Random &random) {
    constexpr std::uint8_t kUsual[] = {kAck, kAck | kPush, kSyn, kSyn | kAck, kFin | kAck, kRst};
    return random.chance(0.9) ? random.pick(kUsual) : static_cast<std::uint8_t>(random.below(256));
}

/// Segments of a few connections with numbers that are near each other, so that they overlap,
/// leave holes, acknowledge what was never sent, and sometimes jump anywhere.
Capture hostile_segments(Random &random) {
    Capture capture;
    std::int64_t now_ns = kStart;
    const std::uint32_t base = random.number();
    const auto near = [&] {
        return random.chance(0.02) ? random.number()
                                   : base + static_cast<std::uint32_t>(random.below(300));
    };
    for (std::size_t i = 0; i < 600; ++i) {
        auto settings = random_settings(random, static_cast<std::uint16_t>(random.below(4)));
        auto source = settings.client, destination = settings.server;
        if (random.chance(0.05)) source.port = 110;
        if (random.chance(0.5)) std::swap(source, destination);
        const auto payload = hostile_bytes(random);
        const auto seq = near(), ack = near();
        Frame frame{now_ns, kLinkEthernet,
                    ethernet(source.family == 4 ? kEtherIpv4 : kEtherIpv6,
                             tcp_datagram(source, destination, seq, ack, hostile_flags(random),
                                          bytes_of(payload)))};
        if (random.chance(0.1)) frame.bytes.resize(random.below(frame.bytes.size() + 1));
        capture.push_back(frame);
        constexpr std::int64_t kSteps[] = {0, 1000, kSecond / 20, kSecond, 20 * kSecond, -kSecond};
        now_ns += random.chance(0.001) ? 90'000 * kSecond : random.pick(kSteps);
    }
    return capture;
}

bool hostile_segments_obey(Random &random) {
    return obeyed(hostile_segments(random), random);
}

bool damaged_sessions_obey(Random &random) {
    auto capture = random_sessions(random, 5);
    if (random.chance(0.5)) capture = wrapped(capture, random.pick(all_wraps()));
    for (auto &frame : capture) {
        while (!frame.bytes.empty() && random.chance(0.3))
            frame.bytes[random.below(frame.bytes.size())] =
                static_cast<std::uint8_t>(random.next());
        if (random.chance(0.05)) frame.bytes.resize(random.below(frame.bytes.size() + 1));
        if (random.chance(0.02)) frame.bytes = random.bytes(random.below(200));
        if (random.chance(0.02)) frame.link_type = static_cast<std::uint32_t>(random.below(300));
    }
    return obeyed(capture, random);
}

bool lossy_sessions_obey(Random &random) {
    auto capture = resegment(random_sessions(random, 5), random, 60);
    capture = overlap(capture, random, 0.3);
    capture = duplicate(capture, random, 0.2);
    capture = lose(capture, random, 0.1);
    capture = move_packets(capture, random, 20);
    if (random.chance(0.3)) capture = snap(capture, random.between(60, 160));
    return obeyed(capture, random);
}

void hostile_segments_obey_the_conservation_law(void **) {
    assert_true(holds_for_rounds("law.conservation", 100, hostile_segments_obey));
}

void damaged_sessions_obey_the_conservation_law(void **) {
    assert_true(holds_for_rounds("law.conservation", 100, damaged_sessions_obey));
}

void lossy_sessions_obey_the_conservation_law(void **) {
    assert_true(holds_for_rounds("law.conservation", 100, lossy_sessions_obey));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(hostile_segments_obey_the_conservation_law),
        cmocka_unit_test(damaged_sessions_obey_the_conservation_law),
        cmocka_unit_test(lossy_sessions_obey_the_conservation_law),
    };
    return cmocka_run_group_tests_name("law.conservation", tests, nullptr, nullptr);
}
