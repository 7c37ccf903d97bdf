// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/probe.hpp"

#include "base/limits.hpp"
#include "pop3/command.hpp"
#include "pop3/line_words.hpp"
#include "pop3/plain_text.hpp"
#include "pop3/preface.hpp"

namespace pop3ana {
namespace {

constexpr std::string_view kOk = "+OK";

std::string_view start_of(std::string_view text) {
    return text.substr(0, kUndecidedSideBytes);
}

// `end` is that of its LF.
std::string_view line_before(std::string_view text, std::size_t end) {
    text = text.substr(0, end);
    while (text.ends_with('\r'))
        text.remove_suffix(1);
    return text;
}

bool is_greeting(std::string_view line) {
    std::string scratch;
    return line.starts_with(kOk) && classify_word(split_words(line, scratch).word) == WordKind::kOk;
}

bool is_opening_command(std::string_view line) {
    std::string scratch;
    return is_plain_text(line) && may_come_first(split_words(line, scratch).word);
}

} // namespace

Claim Probe::bytes(Side from, const Delivery &delivery, std::uint64_t frame, std::int64_t ts_ns) {
    const std::string_view text = as_text(delivery.bytes);
    held_.push_back({frame, ts_ns, delivery.position, delivery.acknowledged,
                     static_cast<std::uint32_t>(text.size()), from, delivery.covers_all, false});
    text_[from].append(text);
    const Claim found = claim();
    return found == Claim::kUndecided && text_[from].size() > kUndecidedSideBytes ? Claim::kRejected
                                                                                  : found;
}

void Probe::end(Side from, std::uint64_t frame, std::int64_t ts_ns) {
    held_.push_back({frame, ts_ns, 0, kNoPosition, 0, from, true, true});
}

std::uint64_t Probe::cost() const {
    return sizeof(Probe) + kAllocationBytes + held_.capacity() * sizeof(Held) +
           text_[Side::kClient].capacity() + text_[Side::kServer].capacity();
}

// By what one segment or many may have brought.
Claim Probe::claim() const {
    const std::string_view server = start_of(text_[Side::kServer]);
    std::string_view client = start_of(text_[Side::kClient]);
    if (!server.starts_with(kOk.substr(0, server.size()))) return Claim::kRejected;

    const Preface preface = find_preface(client);
    if (preface.state == Preface::State::kUnfinished) return Claim::kUndecided; // Or no byte came.
    if (preface.state == Preface::State::kWhole) client.remove_prefix(preface.bytes);
    if (server.empty() && !client.empty()) return Claim::kRejected; // The client spoke first.

    const std::size_t server_line = server.find('\n'), client_line = client.find('\n');
    if (server_line == std::string_view::npos || client_line == std::string_view::npos)
        return Claim::kUndecided;
    return is_greeting(line_before(server, server_line)) &&
                   is_opening_command(line_before(client, client_line))
               ? Claim::kClaimed
               : Claim::kRejected;
}

} // namespace pop3ana
