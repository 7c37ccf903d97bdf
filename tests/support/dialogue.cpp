// SPDX-License-Identifier: GPL-2.0-or-later
#include "dialogue.hpp"

namespace pop3ana_test {

namespace {

const char *line_end(Random &random) {
    constexpr const char *kEnds[] = {"\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r\r\n"};
    return random.pick(kEnds);
}

std::string body(Random &random) {
    std::string text;
    for (std::size_t lines = random.below(6); lines > 0; --lines) {
        constexpr const char *kStarts[] = {"Subject: ", "+OK ", "-ERR ", "..",
                                           " .",        ".x",   "",      "USER "};
        text += random.pick(kStarts);
        text += random.word(random.below(70)) + "\r\n";
    }
    return text + ".\r\n";
}

std::string status(Random &random, double failures) {
    if (random.chance(failures)) return random.chance(0.3) ? "-ERR\r\n" : "-ERR no\r\n";
    return random.chance(0.2) ? "+OK\r\n" : "+OK " + random.word(random.below(20)) + "\r\n";
}

struct Exchange {
    std::string command;
    std::string reply;
};

Exchange random_exchange(Random &random) {
    constexpr const char *kOneLine[] = {"STAT",   "DELE 1", "RSET", "NOOP",   "LAST",  "XSENDER 1",
                                        "LIST 2", "UIDL 2", "stat", "noop",   "XYZZY", "",
                                        "QUIT",   "+NOOP",  "END",  "RETRX 1"};
    constexpr const char *kMultiLine[] = {"LIST",   "UIDL",  "RETR 1", "TOP 1 0",
                                          "RETR 2", "CAPA ", "capa",   "AUTH"};
    const auto line = [&](const std::string &text) { return text + line_end(random); };
    const auto kind = random.below(10);
    if (kind < 2) {
        Exchange exchange;
        exchange.command = line("USER " + random.word(random.below(8)));
        exchange.command += line("PASS " + random.word(6));
        exchange.reply = status(random, 0.2);
        exchange.reply += status(random, 0.3);
        return exchange;
    }
    if (kind < 5) return {line(random.pick(kOneLine)), status(random, 0.2)};
    if (kind < 8) {
        const auto reply = status(random, 0.2);
        const bool accepted = reply[0] == '+';
        return {line(random.pick(kMultiLine)), accepted ? reply + body(random) : reply};
    }
    if (kind < 9)
        return {line("AUTH PLAIN " + base64(std::string("\0u\0", 3) + random.word(5))),
                status(random, 0.3)};
    const auto user = random.word(5);
    return {line("APOP " + user + ' ' + random.word(32)), status(random, 0.3)};
}

} // namespace

Script random_script(Random &random, std::size_t exchanges) {
    Script script{{Side::Server, status(random, 0.05)}};
    if (random.chance(0.6)) {
        script.push_back({Side::Client, "USER " + random.word(4) + "\r\n"});
        script.push_back({Side::Server, "+OK\r\n"});
        script.push_back({Side::Client, "PASS " + random.word(6) + "\r\n"});
        script.push_back({Side::Server, status(random, 0.2)});
    }
    for (std::size_t left = 1 + random.below(exchanges); left > 0;) {
        std::string commands, replies;
        do {
            const auto exchange = random_exchange(random);
            commands += exchange.command;
            replies += exchange.reply;
            --left;
        } while (left > 0 && random.chance(0.3));
        script.push_back({Side::Client, commands});
        script.push_back({Side::Server, replies});
    }
    return script;
}

Capture play(const Script &script, const ConversationSettings &settings, Random &random) {
    Conversation conversation(settings);
    conversation.open();
    for (const auto &turn : script)
        conversation.send(turn.from, turn.bytes);
    switch (random.below(4)) {
    case 0: conversation.rst(Side::Client); break;
    case 1: break; // the capture ends first
    default: conversation.close(); break;
    }
    return conversation.take();
}

ConversationSettings random_settings(Random &random, std::uint16_t number) {
    ConversationSettings settings;
    const auto port = static_cast<std::uint16_t>(30000 + number);
    if (random.chance(0.3)) {
        settings.client = endpoint("2001:db8:1::1", port);
        settings.server = endpoint("2001:db8:2::2", 110);
    } else {
        constexpr const char *kClients[] = {"10.0.0.1", "10.0.0.3", "10.0.0.2"};
        settings.client = endpoint(random.pick(kClients), port);
    }
    settings.client_isn = random.number();
    settings.server_isn = random.number();
    return settings;
}

Capture random_sessions(Random &random, std::size_t count) {
    Capture capture;
    for (std::size_t i = 0; i < count; ++i) {
        auto settings = random_settings(random, static_cast<std::uint16_t>(i));
        if (!capture.empty()) settings.start_ns = capture.back().ts_ns + kSecond;
        const auto session = play(random_script(random, 12), settings, random);
        capture.insert(capture.end(), session.begin(), session.end());
    }
    return capture;
}

std::string base64(std::string_view bytes) {
    static constexpr char kAlphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group =
                group << 8 | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += i + k > bytes.size() ? '=' : kAlphabet[group >> (18 - 6 * k) & 63];
    }
    return text;
}

} // namespace pop3ana_test
