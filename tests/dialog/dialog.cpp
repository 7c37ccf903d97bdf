// SPDX-License-Identifier: GPL-2.0-or-later
#include "dialog.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>

namespace pop3ana_test {

namespace {

/// Longer than the engine waits for a hole that is acknowledged (docs/semantics.md section 6).
constexpr std::int64_t kPatience = 2 * kSecond;

class Player {
public:
    Player(const Dialog &dialog, std::size_t piece) : piece_(piece) {
        connect("");
        if (dialog.midstream) played_.capture.clear(); // the handshake
        for (const auto &step : dialog.steps)
            play(step);
        flush();
        end_block();
    }
    Played end() { return std::move(played_); }

private:
    void play(const Step &step) {
        const bool expectation = step.kind == Step::Kind::Line || step.kind == Step::Kind::Unlogged;
        const bool same_turn = step.kind == Step::Kind::Send && turn_side_ == step.side;
        if (!same_turn) flush();
        if (!expectation && expecting_) end_block();
        switch (step.kind) {
        case Step::Kind::Send:
            turn_side_ = step.side;
            turn_ += step.text;
            break;
        case Step::Kind::Lose:
            now().lose(step.side, step.text);
            now().wait(kPatience);
            break;
        case Step::Kind::Cut:
            now().send(step.side, step.text);
            take();
            cut(step.text.size() - step.number);
            break;
        case Step::Kind::Fin: now().fin(step.side); break;
        case Step::Kind::Rst: now().rst(step.side); break;
        case Step::Kind::Wait: now().wait(static_cast<std::int64_t>(step.number) * kSecond); break;
        case Step::Kind::Connect: connect(step.text); break;
        case Step::Kind::Resume: resume(step.number - 1); break;
        case Step::Kind::Line:
            expecting_ = true;
            played_.lines.push_back({step.text, block_start_, played_.capture.size()});
            break;
        case Step::Kind::Unlogged:
            expecting_ = true;
            played_.unlogged.push_back({step.text, block_start_, played_.capture.size()});
            break;
        }
        take();
    }
    /// Sends the turn that was gathered.
    void flush() {
        for (std::size_t at = 0; at < turn_.size(); at += piece_)
            now().send(turn_side_, std::string_view(turn_).substr(at, piece_));
        turn_.clear();
        take();
    }
    void end_block() {
        expecting_ = false;
        block_start_ = played_.capture.size();
    }
    void connect(const std::string &from) {
        ConversationSettings settings;
        if (from == "same")
            ++generation_;
        else if (!conversations_.empty())
            ++port_;
        if (!from.empty() && from != "same") client_ = from;
        settings.client = endpoint(client_.c_str(), port_);
        settings.server = endpoint(settings.client.family == 4 ? "10.0.0.2" : "2001:db8::2", 110);
        settings.client_isn += generation_ * 1'000'000;
        settings.server_isn += generation_ * 1'000'000;
        conversations_.emplace_back(settings);
        resume(conversations_.size() - 1);
        now().open();
        take();
    }
    void resume(std::size_t index) {
        const auto time = conversations_[current_].now_ns();
        current_ = index;
        now().at(time);
    }
    void take() {
        for (auto &frame : now().take())
            played_.capture.push_back(std::move(frame));
    }
    /// Shortens the last frame with data.
    void cut(std::size_t bytes) {
        for (auto frame = played_.capture.rbegin(); frame != played_.capture.rend(); ++frame) {
            if (find_tcp(*frame)->payload_bytes == 0) continue;
            frame->bytes.resize(frame->bytes.size() - bytes);
            return;
        }
    }
    Conversation &now() { return conversations_[current_]; }

    std::size_t piece_;
    Played played_;
    std::vector<Conversation> conversations_;
    std::size_t current_ = 0;
    std::string client_ = "10.0.0.1";
    std::uint16_t port_ = 40000;
    std::uint32_t generation_ = 0;
    std::string turn_;
    Side turn_side_ = Side::Client;
    bool expecting_ = false;
    std::size_t block_start_ = 0;
};

bool set_option(pop3ana_config &config, const std::string &name, const std::string &value) {
    const auto number = std::strtoull(value.c_str(), nullptr, 10);
    if (name == "ports")
        config.ports = value.c_str();
    else if (name == "ignore_commands")
        config.ignore_commands = value.c_str();
    else if (name == "peer_description")
        config.peer_description = value.c_str();
    else if (name == "error_threshold")
        config.error_threshold = static_cast<std::uint32_t>(number);
    else if (name == "error_expiry_seconds")
        config.error_expiry_ns = number * 1'000'000'000;
    else if (name == "max_held_bytes")
        config.max_held_bytes = number;
    else if (name == "midstream")
        config.midstream = static_cast<std::uint8_t>(number);
    else if (name == "redact")
        config.redact = static_cast<std::uint8_t>(number);
    else
        return false;
    return true;
}

/// What the engine said, where the dialog expects something.
struct Said {
    std::string text;
    std::size_t frame;
};

std::string compare(const std::vector<Played::Expected> &expected, const std::vector<Said> &said) {
    for (std::size_t i = 0; i < std::max(expected.size(), said.size()); ++i) {
        const std::string right = i < expected.size() ? expected[i].text : "(nothing)";
        const std::string wrong = i < said.size() ? said[i].text : "(nothing)";
        if (right != wrong) return "expected: " + right + "|\n  found:    " + wrong + '|';
        if (said[i].frame <= expected[i].after_frame) return "too early: " + right;
        if (said[i].frame > expected[i].until_frame) return "too late: " + right;
    }
    return {};
}

} // namespace

Played play(const Dialog &dialog, std::size_t piece) {
    return Player(dialog, piece).end();
}

std::vector<std::size_t> piece_sizes(const Dialog &dialog) {
    std::size_t longest = 1, turn = 0;
    for (std::size_t i = 0; i < dialog.steps.size(); ++i) {
        const auto &step = dialog.steps[i];
        const bool goes_on = i > 0 && step.kind == Step::Kind::Send &&
                             dialog.steps[i - 1].kind == Step::Kind::Send &&
                             dialog.steps[i - 1].side == step.side;
        turn = (goes_on ? turn : 0) + step.text.size();
        if (step.kind == Step::Kind::Send) longest = std::max(longest, turn);
    }
    // A turn of thousands of bytes is not played at thousands of sizes, nor in more than a
    // datagram.
    constexpr std::size_t kShort = 400, kDatagram = 60'000;
    longest = std::min(longest, kDatagram);
    std::vector<std::size_t> sizes;
    for (std::size_t size = 1; size < longest;) {
        sizes.push_back(size);
        size = longest <= kShort ? size + 1 : size * 7;
    }
    sizes.push_back(longest);
    return sizes;
}

std::string mismatch(const Dialog &dialog, const Played &played) {
    Options options;
    options.keep_events = true;
    for (const auto &[name, value] : dialog.options)
        if (!set_option(options.config, name, value)) return "unknown option " + name;
    const auto outcome = run(played.capture, options);
    if (!outcome.broken_law.empty()) return outcome.broken_law;
    std::vector<Said> lines, unlogged;
    for (const auto &event : outcome.events) {
        const auto frame = static_cast<std::size_t>(event.plain.frame);
        if (!event.line.empty())
            lines.push_back({event.line.substr(event.line.find(' ') + 1), frame});
        else if (event.plain.type == POP3ANA_EVENT_ANOMALY)
            unlogged.push_back({pop3ana_anomaly_name(event.plain.anomaly), frame});
        else if (event.plain.type == POP3ANA_EVENT_TLS_STARTED)
            unlogged.push_back({pop3ana_event_name(event.plain.type), frame});
    }
    const auto why = compare(played.lines, lines);
    if (!why.empty() || !dialog.names_unlogged) return why;
    return compare(played.unlogged, unlogged);
}

} // namespace pop3ana_test
