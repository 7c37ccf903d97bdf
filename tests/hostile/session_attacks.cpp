// Attacks on the POP3 session: lines and queues without end, other protocols on the port.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "attacks.hpp"
#include "dialogue.hpp"

namespace pop3ana_hostile {

using namespace pop3ana_test;

namespace {

constexpr std::uint64_t kSegmentsOfATalk = 10'000;

std::string repeated(std::string_view text, std::size_t bytes) {
    std::string result;
    while (result.size() + text.size() <= bytes)
        result += text;
    return result;
}

/// Connections in which one side says the same again and again, after `begin`.
void flood(Traffic &traffic, std::uint64_t packets, void (*begin)(Talk &), Side from,
           const std::string &segment) {
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        begin(talk);
        for (auto left = kSegmentsOfATalk; left > 0 && traffic.packets() < packets; --left)
            talk.say(from, segment);
    }
}

void greet(Talk &talk) {
    talk.greet();
}

/// Many at a time, so that each keeps what is kept of a line.
void lines_without_end(Traffic &traffic, std::uint64_t packets) {
    constexpr std::size_t kTalks = 2000;
    const std::string data(1400, 'a');
    std::vector<Talk> talks;
    for (std::size_t number = 0; number < kTalks; ++number) {
        talks.emplace_back(traffic, number).open();
        talks.back().greet();
    }
    while (traffic.packets() < packets)
        talks[traffic.packets() % kTalks].say(
            traffic.packets() / kTalks % 2 == 0 ? Side::Client : Side::Server, data);
}

void body_without_end(Traffic &traffic, std::uint64_t packets) {
    const auto retrieve = [](Talk &talk) {
        talk.greet();
        talk.log_in();
        talk.say(Side::Client, "RETR 1\r\n");
        talk.say(Side::Server, "+OK\r\n");
    };
    flood(traffic, packets, retrieve, Side::Server, repeated("..\r\n.\r.x\r\n", 1400));
}

void one_error_each(Traffic &traffic, std::uint64_t packets) {
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        talk.say(Side::Server, "-ERR go away\r\n");
    }
}

void unknown_commands(Traffic &traffic, std::uint64_t packets) {
    flood(traffic, packets, greet, Side::Client, repeated("X y\r\n", 1400));
}

void commands_without_replies(Traffic &traffic, std::uint64_t packets) {
    flood(traffic, packets, greet, Side::Client, repeated("CAPA\r\n", 1400));
}

void broken_base64(Traffic &traffic, std::uint64_t packets) {
    Talk talk(traffic, 0);
    talk.open();
    talk.greet();
    talk.say(Side::Client, "AUTH X-NONE\r\n");
    const std::string answer = traffic.random.word(1300) + "=?=\r\n";
    while (traffic.packets() < packets) {
        talk.say(Side::Server, "+ \r\n");
        talk.say(Side::Client, answer);
    }
}

void other_protocol(Traffic &traffic, std::uint64_t packets, const Turn *turns, std::size_t count,
                    std::size_t rounds) {
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        for (std::size_t round = 0; round < rounds; ++round)
            for (std::size_t i = 0; i < count; ++i)
                talk.say(turns[i].from, turns[i].bytes);
    }
}

void redis(Traffic &traffic, std::uint64_t packets) {
    const Turn turns[] = {
        {Side::Client, "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"},
        {Side::Server, "+OK\r\n"},
        {Side::Client, "*1\r\n$4\r\nPING\r\n"},
        {Side::Server, "+PONG\r\n"},
        {Side::Client, "*3\r\n$3\r\nSET\r\n$4\r\nUSER\r\n$4\r\nPASS\r\n"},
        {Side::Server, "+OK\r\n"},
        {Side::Client, "*2\r\n$3\r\nGET\r\n$4\r\nUSER\r\n"},
        {Side::Server, "$4\r\nPASS\r\n"},
        {Side::Client, "*2\r\n$4\r\nINCR\r\n$4\r\nUSER\r\n"},
        {Side::Server, "-WRONGTYPE not a number\r\n"},
    };
    other_protocol(traffic, packets, turns, std::size(turns), 100);
}

void http(Traffic &traffic, std::uint64_t packets) {
    const Turn turns[] = {
        {Side::Client, "POST /login HTTP/1.1\r\nHost: x\r\nUser-Agent: y\r\n"
                       "Content-Length: 24\r\n\r\nUSER bob\r\nPASS secret\r\n\r\n"},
        {Side::Server, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nOKAY\n"},
    };
    other_protocol(traffic, packets, turns, std::size(turns), 50);
}

void tls(Traffic &traffic, std::uint64_t packets) {
    for (std::uint64_t number = 0; traffic.packets() < packets; ++number) {
        Talk talk(traffic, number);
        talk.open();
        for (int round = 0; round < 20; ++round) {
            const Bytes bytes = traffic.random.bytes(1000);
            const std::string record =
                std::string("\x17\x03\x03\x03\xe8", 5) + std::string(bytes.begin(), bytes.end());
            talk.say(round % 3 == 0 ? Side::Client : Side::Server, record);
        }
    }
}

void ssh(Traffic &traffic, std::uint64_t packets) {
    const Turn turns[] = {
        {Side::Server, "SSH-2.0-OpenSSH_9.2\r\n"},
        {Side::Client, "SSH-2.0-libssh_0.10\r\n"},
        {Side::Server, std::string("\0\0\4\x14\n\x14+\r\n", 9) + std::string(500, '\xaa')},
        {Side::Client, std::string("\0\0\4\x14\n\x14-\r\n", 9) + std::string(500, '\x55')},
    };
    other_protocol(traffic, packets, turns, std::size(turns), 20);
}

constexpr Attack kAttacks[] = {
    {"lines-without-end", "both sides of 2,000 connections", lines_without_end,
     "line_bytes_dropped lines_too_long tcp_bytes"},
    {"body-without-end", "a mail full of dots that end nothing", body_without_end,
     "delivered_bytes"},
    {"one-error-each", "-ERR for a greeting, many clients", one_error_each,
     "clients clients_evicted"},
    {"unknown-commands", "pipelined, no reply", unknown_commands, "pending_dropped anomalies"},
    {"commands-without-replies", "pipelined, no reply", commands_without_replies,
     "pending_dropped anomalies"},
    {"broken-base64", "challenges and wrong answers without end", broken_base64, "anomalies"},
    {"redis", "on port 110", redis, "anomalies"},
    {"http", "on port 110, a form with USER and PASS", http, "anomalies"},
    {"tls", "on port 110", tls, "anomalies"},
    {"ssh", "on port 110", ssh, "anomalies"},
};

} // namespace

std::span<const Attack> session_attacks() {
    return kAttacks;
}

} // namespace pop3ana_hostile
