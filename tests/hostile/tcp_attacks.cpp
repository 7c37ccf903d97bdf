// Attacks on the table of connections and on the order of bytes.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "attacks.hpp"

namespace pop3ana_hostile {

using namespace pop3ana_test;

namespace {

void syn_flood(Traffic &traffic, std::uint64_t packets) {
    while (traffic.packets() < packets)
        traffic.segment(client(traffic.packets()), server(), traffic.random.number(), 0, kSyn);
}

void opened_and_left(Traffic &traffic, std::uint64_t packets) {
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        talk.greet();
    }
}

/// Addresses and ports whose sum, or exclusive or, is always the same.
void colliding_addresses(Traffic &traffic, std::uint64_t packets) {
    while (traffic.packets() < packets) {
        const auto number = static_cast<std::uint32_t>(traffic.packets());
        const auto low = static_cast<std::uint16_t>(number / 2);
        Endpoint from = client(0);
        from.address[1] = static_cast<std::uint8_t>(number >> 17);
        from.address[2] = static_cast<std::uint8_t>(low >> 8);
        from.address[3] = static_cast<std::uint8_t>(low);
        from.port = static_cast<std::uint16_t>(number % 2 == 0 ? 0xffff - low : 0x5555 ^ low);
        traffic.segment(from, server(), 1, 0, kSyn);
    }
}

/// Data behind a hole that is never filled, some KiB in each of many connections.
void holes(Traffic &traffic, std::uint64_t packets) {
    const std::string data(1400, 'a');
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        for (std::int64_t at = 1000; at < 30'000; at += 1400)
            talk.inject(Side::Client, at, kAck, data);
    }
}

/// As many pieces as there can be, the last one first.
void holes_between_bytes(Traffic &traffic, std::uint64_t packets) {
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        for (std::int64_t at = 40'000; at > 0 && traffic.packets() < packets; at -= 2)
            talk.inject(Side::Client, at, kAck, "a");
    }
}

void overlaps_behind_a_hole(Traffic &traffic, std::uint64_t packets) {
    constexpr int kSegments = 5000;
    Random &random = traffic.random;
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        for (int left = kSegments; left > 0 && traffic.packets() < packets; --left) {
            const auto at = static_cast<std::int64_t>(random.between(1, 1 << 19));
            talk.inject(Side::Client, at, kAck, random.word(random.between(1, 1400)));
        }
    }
}

/// The password again, with other letters, before and after the reply.
void overlaps_with_other_bytes(Traffic &traffic, std::uint64_t packets) {
    constexpr std::string_view kEvil = "PASS wrong\r\n";
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        talk.greet();
        talk.log_in();
        for (int i = 0; i < 10; ++i) {
            talk.inject(Side::Client, -static_cast<std::int64_t>(kEvil.size()), kAck, kEvil);
            talk.inject(Side::Server, -5, kAck, "-ERR\n");
        }
    }
}

void one_byte_segments(Traffic &traffic, std::uint64_t packets) {
    struct Line {
        Side from;
        std::string_view text;
    };
    constexpr Line kLines[] = {{Side::Server, "+OK ready\r\n"},
                               {Side::Client, "USER bob\r\n"},
                               {Side::Server, "+OK\r\n"},
                               {Side::Client, "PASS right\r\n"},
                               {Side::Server, "+OK\r\n"}};
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        for (const auto &[from, text] : kLines)
            for (std::size_t i = 0; i < text.size(); ++i)
                talk.say(from, text.substr(i, 1));
        ++traffic.verdicts.logins;
    }
}

/// A session that goes on while `inject` adds packets with numbers that are far off.
void disturb(Traffic &traffic, std::uint64_t packets, void (*inject)(Talk &, std::int64_t far)) {
    constexpr std::int64_t kFar = std::int64_t{2} << 20, kHalf = std::int64_t{1} << 31;
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        talk.greet();
        talk.log_in();
        for (int i = 0; i < 200; ++i) {
            const auto room = static_cast<std::size_t>(kHalf - 2 * kFar);
            const auto far = kFar + static_cast<std::int64_t>(traffic.random.below(room));
            inject(talk, traffic.random.chance(0.5) ? far : -far);
            talk.say(Side::Client, "NOOP\r\n");
            talk.say(Side::Server, "+OK\r\n");
        }
    }
}

void resets_and_fins(Traffic &traffic, std::uint64_t packets) {
    disturb(traffic, packets, [](Talk &talk, std::int64_t far) {
        talk.inject(Side::Client, far, kRst);
        talk.inject(Side::Server, far, kRst | kAck);
        talk.inject(Side::Client, far, kFin | kAck);
        talk.inject(Side::Server, far, kFin | kAck);
    });
}

void syn_inside(Traffic &traffic, std::uint64_t packets) {
    disturb(traffic, packets, [](Talk &talk, std::int64_t far) {
        talk.inject(Side::Client, far, kSyn, "USER eve\r\n");
    });
}

void wrapping_numbers(Traffic &traffic, std::uint64_t packets) {
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        const auto before_wrap = [&] {
            return 0xffff'ffff - static_cast<std::uint32_t>(traffic.random.below(40));
        };
        Talk talk(traffic, number, before_wrap(), before_wrap());
        talk.open();
        talk.greet();
        talk.log_in();
        talk.inject(Side::Client, -12, kAck, "PASS right\r\n");
        talk.inject(Side::Client, 3, kAck, "ahead");
    }
}

/// A second SYN with another number in each connection, which is remembered until somebody answers.
void syn_after_syn(Traffic &traffic, std::uint64_t packets) {
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        traffic.segment(client(number), server(), 1000, 0, kSyn);
        traffic.segment(client(number), server(), 5000, 0, kSyn, "USER eve\r\n");
    }
}

/// ACKs of both sides for what was never captured, each with a clock of its own.
void acks_ahead(Traffic &traffic, std::uint64_t packets) {
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        for (std::uint32_t ahead = 1; ahead <= 3; ++ahead) {
            traffic.segment(client(number), server(), 1001, 9001 + 99 * ahead, kAck);
            traffic.segment(server(), client(number), 9001, 1001 + 99 * ahead, kAck);
        }
    }
}

/// The server's answer to nobody, with an error in it.
void forged_syn_acks(Traffic &traffic, std::uint64_t packets) {
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number)
        traffic.segment(server(), client(number), 1, 1, kSyn | kAck, "-ERR\r\n");
}

/// One of those who must find room: a login whose commands come in two segments, in the wrong order
/// where `swapped`.
void log_in_by_halves(Traffic &traffic, std::uint64_t number, bool swapped) {
    constexpr std::size_t kHalf = 5;
    Talk talk(traffic, number);
    talk.open();
    talk.greet();
    for (const std::string_view line : {"USER bob\r\n", "PASS right\r\n"}) {
        const std::string_view rest = line.substr(kHalf);
        if (swapped) talk.inject(Side::Client, kHalf, kAck, rest);
        talk.say(Side::Client, line.substr(0, kHalf));
        talk.say(Side::Client, rest); // Where it has come it is a duplicate.
        talk.say(Side::Server, "+OK\r\n");
    }
    ++traffic.verdicts.logins;
}

/// Early bytes in connections that stay silent then; others still find room.
void full_room_of_early_bytes(Traffic &traffic, std::uint64_t packets) {
    const std::string data(1400, 'a');
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        for (std::int64_t at = 1000; at < 600'000; at += 1400)
            talk.inject(Side::Client, at, kAck, data);
        log_in_by_halves(traffic, ++number, true);
    }
}

/// The same with lines that do not end.
void full_room_of_lines(Traffic &traffic, std::uint64_t packets) {
    const std::string data(1400, 'a');
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        for (int i = 0; i < 45; ++i)
            talk.say(i % 2 == 0 ? Side::Client : Side::Server, data);
        if (number % 20 == 0) log_in_by_halves(traffic, ++number, false);
    }
}

constexpr Attack kAttacks[] = {
    {"syn-flood", "a SYN from each of many addresses", syn_flood,
     "connections connections_evicted"},
    {"opened-and-left", "handshake and greeting, then nothing", opened_and_left,
     "connections connections_evicted"},
    {"colliding-addresses", "addresses and ports of equal sum or exclusive or", colliding_addresses,
     "connections connections_evicted"},
    {"holes", "28 KiB behind a hole in each connection", holes, "held_bytes gap_bytes"},
    {"holes-between-bytes", "every second byte, backwards", holes_between_bytes,
     "held_bytes gap_bytes"},
    {"overlaps-behind-a-hole", "segments over each other, with other bytes", overlaps_behind_a_hole,
     "held_bytes duplicate_bytes gap_bytes"},
    {"overlaps-with-other-bytes", "password and replies again, changed", overlaps_with_other_bytes,
     "duplicate_bytes"},
    {"one-byte-segments", "sessions byte by byte", one_byte_segments, "logins_succeeded"},
    {"resets-and-fins", "RST and FIN with wrong numbers in live sessions", resets_and_fins,
     "resets_ignored"},
    {"syn-inside", "SYNs with data and wrong numbers in live sessions", syn_inside,
     "logins_succeeded segments_ignored"},
    {"syn-after-syn", "a second SYN of another number in each connection", syn_after_syn,
     "connections held_bytes"},
    {"acks-ahead", "ACKs for bytes that were never captured", acks_ahead, "connections gap_bytes"},
    {"forged-syn-acks", "a SYN-ACK with an error to each of many clients", forged_syn_acks,
     "connections connections_evicted"},
    {"full-room-of-early-bytes", "600 KB behind a hole in each connection, logins in between",
     full_room_of_early_bytes, "logins_succeeded gap_bytes"},
    {"full-room-of-lines", "lines without end, logins in between", full_room_of_lines,
     "logins_succeeded line_bytes_dropped"},
    {"wrapping-numbers", "sessions around sequence number 2^32", wrapping_numbers,
     "logins_succeeded"},
};

} // namespace

std::span<const Attack> tcp_attacks() {
    return kAttacks;
}

} // namespace pop3ana_hostile
