// SPDX-License-Identifier: GPL-2.0-or-later
#include "proper.hpp"

#include "mutate.hpp"

#include <deque>

namespace pop3ana_test {

namespace {

constexpr const char *kGoodUser = "alice";

class Talk {
public:
    Talk(Random &random, ClientKind kind) : random_(random), kind_(kind) {
        if (kind_ == ClientKind::Any)
            kind_ = random_.chance(0.3) ? ClientKind::Pipelines : ClientKind::Waits;
        ahead_ = random_.between(1, 3);
    }

    ProperScript take() {
        constexpr const char *kGreetings[] = {"+OK ready", "+OK", "+OK POP3 <1896.697170952@x>"};
        owe(random_.pick(kGreetings));
        settle_all(); // RFC 1939 s.3: the client speaks after the greeting
        constexpr std::size_t kSteps[] = {3, 6, 10, 20};
        for (std::size_t left = random_.pick(kSteps); left > 0 && !quit_; --left)
            logged_in_ ? fetch() : log_in();
        if (!quit_ && random_.chance(0.7)) quit();
        settle_all();
        return {std::move(script_), std::move(lockstep_)};
    }

private:
    void say(Side from, const std::string &line) {
        script_.push_back({from, line + "\r\n"});
        lockstep_.push_back(script_.back());
    }
    void command(const std::string &line) {
        settle();
        say(Side::Client, line);
    }
    void owe(const std::string &reply) {
        owed_.push_back(reply + "\r\n");
        lockstep_.push_back({Side::Server, owed_.back()});
    }
    void exchange(const std::string &line, const std::string &reply) {
        command(line);
        owe(reply);
    }
    /// The replies that come before the client's next command.
    void settle() {
        if (kind_ == ClientKind::Window) {
            while (owed_.size() > ahead_)
                reply_next();
        } else if (kind_ == ClientKind::Waits || random_.chance(0.4)) {
            settle_all();
        }
    }
    void settle_all() {
        while (!owed_.empty())
            reply_next();
    }
    void reply_next() {
        script_.push_back({Side::Server, owed_.front()});
        owed_.pop_front();
    }
    void quit() {
        exchange("QUIT", "+OK bye");
        quit_ = true;
    }

    std::string password(bool right) {
        constexpr const char *kRight[] = {"secret", "a  b", "p\xffw", "x"};
        constexpr const char *kWrong[] = {"wrong", "123456", "hunter2"};
        return right ? random_.pick(kRight) : random_.pick(kWrong);
    }
    void result(bool right, const std::string &refused = "-ERR no") {
        owe(right ? "+OK in" : refused);
        logged_in_ = right;
    }
    void user_and_password(bool right) {
        constexpr const char *kUsers[] = {kGoodUser, "nobody", "eve"};
        constexpr const char *kRefused[] = {"-ERR bad", "-ERR [AUTH] no", "-ERR"};
        exchange(std::string("USER ") + (right ? kGoodUser : random_.pick(kUsers)), "+OK go on");
        command("PASS " + password(right));
        result(right, random_.pick(kRefused));
    }
    /// AUTH whose lines each wait for a challenge; the client may cancel with `*`.
    void auth(const std::string &mechanism, const std::vector<std::string> &lines, bool right) {
        settle_all();
        say(Side::Client, "AUTH " + mechanism);
        for (const auto &line : lines) {
            say(Side::Server, "+ " + base64("challenge"));
            const bool cancels = random_.chance(0.05);
            say(Side::Client, cancels ? "*" : line);
            if (!cancels) continue;
            right = false;
            break;
        }
        result(right);
    }
    void log_in() {
        const bool right = random_.chance(0.4);
        const auto secret = password(right);
        const auto plain = base64(std::string("\0", 1) + kGoodUser + std::string("\0", 1) + secret);
        switch (random_.below(20)) {
        case 0: exchange("USER nobody", random_.chance(0.5) ? "+OK" : "-ERR unknown user"); break;
        case 1: auth("PLAIN", {plain}, right); break;
        case 2: auth("LOGIN", {base64(kGoodUser), base64(secret)}, right); break;
        case 3: auth("CRAM-MD5", {base64(std::string(kGoodUser) + " deadbeef")}, right); break;
        case 4: // a failure is a challenge, which the client answers with an empty line
            auth("XOAUTH2",
                 right ? std::vector<std::string>{base64("user=alice\1auth=x\1\1")}
                       : std::vector<std::string>{base64("user=eve\1auth=y\1\1"), ""},
                 right);
            break;
        case 5:
            command("AUTH PLAIN " + plain);
            result(right);
            break;
        case 6:
            command(std::string("APOP ") + kGoodUser + " c4c9334bac560ecc979e58001b3e22fb");
            result(right);
            break;
        case 7: capabilities("USER\r\nSASL PLAIN\r\nUIDL\r\n"); break;
        case 8: exchange("AUTH", "+OK\r\nPLAIN\r\nLOGIN\r\n."); break;
        case 9: unknown_command(); break;
        case 10: {
            constexpr const char *kEarly[] = {"LIST", "STAT", "NOOP", "RETR 1", "UIDL", "DELE 1"};
            exchange(random_.pick(kEarly), "-ERR not now");
            break;
        }
        case 11:
            if (random_.chance(0.2)) quit();
            break;
        default: user_and_password(right); break;
        }
    }
    /// Says among others whether commands may be sent ahead, so who does that waits for it.
    void capabilities(const std::string &list) {
        if (kind_ == ClientKind::Window) settle_all();
        exchange("CAPA", "+OK\r\n" + list + ".");
        if (kind_ == ClientKind::Window) settle_all();
    }
    void unknown_command() {
        constexpr const char *kUnknown[] = {"XTND", "FOO bar", ""};
        // Whether the server answers such a line cannot be seen of a client that does not wait:
        // SECURITY.md, "unknown lines from a client that does not wait".
        if (kind_ == ClientKind::Window) settle_all();
        exchange(random_.pick(kUnknown), "-ERR unknown command");
        if (kind_ == ClientKind::Window) settle_all();
    }
    /// Of a mail: its first line is a header, which no reply of one line is followed by.
    std::string body() {
        constexpr const char *kLines[] = {"To: y",     "",          "text",   "+OK fake",
                                          "-ERR fake", "PASS fake", "..",     "USER fake",
                                          "..dots",    "QUIT",      "+ fake", " "};
        constexpr std::size_t kLengths[] = {0, 1, 3, 10, 40};
        std::string text = "Subject: x\r\n";
        for (std::size_t left = random_.pick(kLengths); left > 0; --left) {
            const bool long_line = random_.chance(0.1);
            text += long_line ? random_.word(random_.below(200)) : random_.pick(kLines);
            text += "\r\n";
        }
        return text + ".";
    }
    void fetch() {
        constexpr const char *kOneLine[] = {"NOOP", "RSET", "LAST", "STAT", "LIST 1", "UIDL 1"};
        constexpr const char *kRefused[] = {"RETR 9", "PASS fake", "AUTH PLAIN", "USER fake"};
        switch (random_.below(14)) {
        case 0: exchange("LIST", "+OK\r\n1 120\r\n2 200\r\n."); break;
        case 1: exchange("UIDL", "+OK\r\n1 a\r\n2 b\r\n."); break;
        case 2: capabilities("UIDL\r\n"); break;
        case 3:
        case 4:
        case 5: exchange("RETR 1", "+OK 120 octets\r\n" + body()); break;
        case 6: exchange("TOP 1 0", "+OK\r\n" + body()); break;
        case 7: exchange("DELE 1", random_.chance(0.7) ? "+OK deleted" : "-ERR already"); break;
        case 8: // USER is how a session starts: nobody keeps it ahead of the replies to others
            exchange(kRefused[random_.below(kind_ == ClientKind::Window ? 3 : 4)], "-ERR not now");
            break;
        case 9: unknown_command(); break;
        case 10:
            if (random_.chance(0.3)) quit();
            break;
        default: exchange(random_.pick(kOneLine), "+OK 1 2"); break;
        }
    }

    Random &random_;
    ClientKind kind_;
    std::size_t ahead_ = 0;
    Script script_, lockstep_;
    std::deque<std::string> owed_; ///< replies that the server has not sent yet
    bool logged_in_ = false, quit_ = false;
};

/// Turns of one side that follow each other share segments now and then.
Script joined(const Script &script, Random &random) {
    Script result;
    for (const auto &turn : script) {
        if (!result.empty() && result.back().from == turn.from && random.chance(0.4))
            result.back().bytes += turn.bytes;
        else
            result.push_back(turn);
    }
    return result;
}

void end(Conversation &conversation, Random &random) {
    const Side first = random.chance(0.5) ? Side::Client : Side::Server;
    const auto how = random.below(10);
    if (how < 6) {
        conversation.fin(first);
        if (random.chance(0.5)) conversation.acknowledge(other(first));
        if (random.chance(0.9)) conversation.fin(other(first));
        if (random.chance(0.8)) conversation.acknowledge(first);
    } else if (how < 8) {
        conversation.rst(first);
    }
}

Capture in_segments(const Script &script, const ConversationSettings &settings, Random &random) {
    constexpr std::size_t kLongest[] = {1, 2, 5, 16, 100, 1400, 1400, 1400, 1400};
    constexpr std::size_t kLongTurn = 3000; // is not cut into single bytes
    const std::size_t longest = random.pick(kLongest);
    Conversation conversation(settings);
    conversation.open();
    for (const auto &turn : joined(script, random)) {
        const std::size_t most = turn.bytes.size() > kLongTurn ? 1400 : longest;
        for (std::size_t at = 0; at < turn.bytes.size(); at += most) {
            conversation.send(turn.from, std::string_view(turn.bytes).substr(at, most));
            if (random.chance(0.3)) conversation.acknowledge(other(turn.from));
        }
    }
    end(conversation, random);
    return conversation.take();
}

} // namespace

const char *name_of(ClientKind kind) {
    switch (kind) {
    case ClientKind::Waits: return "waits";
    case ClientKind::Pipelines: return "pipelines";
    case ClientKind::Window: return "window";
    case ClientKind::Any: break;
    }
    return "proper";
}

ProperScript proper_script(Random &random, ClientKind kind) {
    return Talk(random, kind).take();
}

Conversations proper_conversations(Random &random, ClientKind kind) {
    constexpr std::size_t kConnections[] = {1, 1, 2};
    std::vector<Capture> connections;
    Conversations result;
    for (std::size_t left = random.pick(kConnections); left > 0; --left) {
        const auto settings = random_settings(random, static_cast<std::uint16_t>(left));
        const auto script = proper_script(random, kind);
        connections.push_back(in_segments(script.said, settings, random));
        Conversation lockstep(settings);
        lockstep.open();
        for (const auto &turn : script.lockstep)
            lockstep.send(turn.from, turn.bytes);
        const auto told = lockstep.take();
        result.lockstep.insert(result.lockstep.end(), told.begin(), told.end());
    }
    result.capture = interleave(connections, random);
    return result;
}

} // namespace pop3ana_test
