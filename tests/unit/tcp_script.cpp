// SPDX-License-Identifier: GPL-2.0-or-later
#include "tcp_script.hpp"

namespace unit {

using pop3ana::Side;

namespace {

char letter(Side side) {
    return side == Side::kClient ? 'C' : 'S';
}

std::int64_t number_in(std::string_view text) {
    return std::stoll(std::string{text});
}

} // namespace

void TcpBench::note(Side from, std::string_view what) {
    if (!log.empty()) log += ' ';
    log += letter(from);
    log += what;
    last_ = ' ';
}

void TcpBench::on_bytes(Side from, const pop3ana::Delivery &delivery) {
    if (last_ != letter(from)) note(from, ":");
    last_ = letter(from);
    log += pop3ana::as_text(delivery.bytes);
}

void TcpBench::on_gap(Side from, std::uint64_t gap_bytes, bool is_wide) {
    note(from, "-gap " + std::to_string(gap_bytes) + (is_wide ? " wide" : ""));
}

void TcpBench::segment(Side from, std::int64_t position, std::string_view bytes, std::uint8_t flags,
                       std::int64_t acknowledged, std::size_t sent) {
    const bool client = from == Side::kClient;
    const auto number = [](std::uint32_t first, std::int64_t offset) {
        return first + static_cast<std::uint32_t>(offset);
    };
    const FlushCopy flush{bytes};
    pop3ana::Segment segment{};
    segment.payload = flush.bytes();
    segment.payload_bytes = static_cast<std::uint32_t>(sent == 0 ? bytes.size() : sent);
    segment.sequence_number = number(client ? first_.client : first_.server, position);
    segment.acknowledgement = number(client ? first_.server : first_.client, acknowledged);
    segment.flags = flags;
    ++shared.capture_order;
    counters.tcp_bytes += bytes.size();
    tcp.segment(from, segment, shared, *this);
    after_work();
}

// What the owner of a connection does.
void TcpBench::after_work() {
    while (shared.buffered_cost > max_held_bytes_ && tcp.has_memory())
        if (tcp.needs_memory())
            tcp.give_way(shared, *this);
        else
            tcp.release(shared);
    if (tcp.has_memory() && (tcp.ended() || !tcp.needs_memory())) tcp.release(shared);
}

void TcpBench::step(std::string_view text) {
    const auto words = split(text, " ");
    if (words[0] == "hello") {
        play("C syn; S syn a0; C 0 a0");
    } else if (words[0] == "packets") {
        for (std::int64_t i = number_in(words[1]); i > 0; --i)
            segment(Side::kClient, 0, {});
    } else if (words[0] == "wait") {
        shared.clock_ns += number_in(words[1]) * 1'000'000;
    } else if (words[0] == "tick") {
        while (const auto gap = tcp.has_memory() ? tcp.overdue_gap(shared) : std::nullopt)
            tcp.expire_gap(*gap, shared, *this);
        after_work();
    } else if (words[0] == "finish") {
        tcp.finish(shared, *this);
    } else {
        std::int64_t position = 0, acknowledged = 0;
        std::size_t sent = 0;
        unsigned flags = 0;
        std::string_view bytes;
        for (const std::string_view word : std::vector(words.begin() + 1, words.end())) {
            if (word == "syn")
                flags |= pop3ana::kSyn, position = -1;
            else if (word == "fin")
                flags |= pop3ana::kFin;
            else if (word == "rst")
                flags |= pop3ana::kRst;
            else if (word.starts_with("sent"))
                sent = static_cast<std::size_t>(number_in(word.substr(4)));
            else if (word.starts_with('a'))
                flags |= pop3ana::kAck, acknowledged = number_in(word.substr(1));
            else if (word.starts_with('\''))
                bytes = word.substr(1, word.size() - 2);
            else
                position = number_in(word);
        }
        segment(words[0] == "C" ? Side::kClient : Side::kServer, position, bytes,
                static_cast<std::uint8_t>(flags), acknowledged, sent);
    }
}

void TcpBench::play(std::string_view script) {
    for (const std::string_view text : split(script, "; "))
        step(text);
}

bool TcpBench::conserves() const {
    return counters.tcp_bytes == counters.delivered_bytes + counters.duplicate_bytes +
                                     counters.discarded_bytes + counters.held_bytes;
}

std::string TcpBench::outcome() {
    std::string result = log;
    if (counters.held_bytes != 0) result += " held " + std::to_string(counters.held_bytes);
    if (tcp.waits_since() != nullptr) result += " clock";
    if (tcp.ended()) result += " over";
    bool counted = conserves();
    tcp.release(shared);
    counted = counted && conserves() && counters.held_bytes == 0 && shared.buffered_cost == 0;
    return counted ? result : result + " wrong counters";
}

} // namespace unit
