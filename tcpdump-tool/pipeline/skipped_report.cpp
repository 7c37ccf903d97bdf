// Lists the busiest of each kind, and only a few: an attacker can send any number of others.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline/skipped_report.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <iterator>
#include <string_view>

namespace pop3dump {
namespace {

using Entries = std::vector<pop3ana_skipped>;

/// How many ports, and how many kinds of frames, a sentence names.
constexpr std::size_t kNamed = 3;

/// How many numbers of a kind --stats lists.
constexpr std::size_t kListed = 32;

struct Kind {
    std::uint32_t kind;
    const char *name;            ///< of its counters
    const char *words = nullptr; ///< in a sentence; NULL for segments of TCP
    const char *noun = nullptr;
    bool is_hexadecimal = false; ///< its numbers usually are
};

// clang-format off
constexpr Kind kKinds[] = {
    {POP3ANA_SKIPPED_LINK_TYPE,    "link_type",    "link type",        "frame", false},
    {POP3ANA_SKIPPED_ETHER_TYPE,   "ether_type",   "EtherType",        "frame", true},
    {POP3ANA_SKIPPED_PPP_PROTOCOL, "ppp_protocol", "PPP protocol",     "frame", true},
    {POP3ANA_SKIPPED_WLAN,         "wlan",         "IEEE 802.11 type", "frame", true},
    {POP3ANA_SKIPPED_IP_VERSION,   "ip_version",   "IP version",       "packet", false},
    {POP3ANA_SKIPPED_IP_PROTOCOL,  "ip_protocol",  "IP protocol",      "packet", false},
    {POP3ANA_SKIPPED_UDP_PORT,     "udp_port",     "UDP port",         "packet", false},
    {POP3ANA_SKIPPED_TCP_PORT,     "tcp_port"},
    {POP3ANA_SKIPPED_TLS_PORT,     "tls_port"},
    {POP3ANA_SKIPPED_POP3_PORT,    "pop3_port"},
};
// clang-format on

std::string number_text(const Kind &kind, std::uint32_t number) {
    return kind.is_hexadecimal ? fmt::format("{:#06x}", number) : fmt::format("{}", number);
}

void sort_by_frames(Entries &entries) {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const auto &a, const auto &b) { return a.frames > b.frames; });
}

Entries of_kind(const Entries &all, std::uint32_t kind) {
    Entries entries;
    std::copy_if(all.begin(), all.end(), std::back_inserter(entries),
                 [kind](const pop3ana_skipped &entry) { return entry.kind == kind; });
    sort_by_frames(entries);
    return entries;
}

/// Those from `first` on.
std::uint64_t sum(const Entries &entries, std::size_t first) {
    std::uint64_t frames = 0;
    for (std::size_t index = first; index < entries.size(); ++index)
        frames += entries[index].frames;
    return frames;
}

std::string counted(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

const char *begin(std::uint64_t count) {
    return count == 1 ? "begins" : "begin";
}

/// How the run's packets and connections ended without a session.
std::string beginning(const RunCounters &counters) {
    if (counters.packets_read == 0) return "no packets";
    std::string text = counted(counters.packets_read, "packet");
    if (counters.packets_passed == 0) return text + ", none passed the filter";
    if (counters.packets_passed < counters.packets_read)
        text += fmt::format(", {} passed the filter", counters.packets_passed);
    const pop3ana_counters &found = counters.analysis;
    if (found.connections == 0) {
        text += ", no POP3 connection";
        if (found.segments > 0)
            text += fmt::format(" despite {} on POP3 ports", counted(found.segments, "segment"));
        return text;
    }
    return text + fmt::format(", {} to POP3 ports, {}", counted(found.connections, "connection"),
                              found.tcp_bytes == 0 ? "no data" : "no log line");
}

void add_pop3(std::string &text, const Entries &skipped) {
    const Entries ports = of_kind(skipped, POP3ANA_SKIPPED_POP3_PORT);
    for (std::size_t index = 0; index < std::min(ports.size(), kNamed); ++index)
        text += fmt::format("; {0} from port {1} {2} like POP3 (try --port {1})",
                            counted(ports[index].frames, "segment"), ports[index].number,
                            begin(ports[index].frames));
}

void add_tcp(std::string &text, const Entries &skipped) {
    const Entries ports = of_kind(skipped, POP3ANA_SKIPPED_TCP_PORT);
    for (std::size_t index = 0; index < std::min(ports.size(), kNamed); ++index) {
        const pop3ana_skipped &port = ports[index];
        text += fmt::format("; {} on port {}", counted(port.frames, "TCP segment"), port.number);
        const auto tls = std::find_if(skipped.begin(), skipped.end(), [&port](const auto &entry) {
            return entry.kind == POP3ANA_SKIPPED_TLS_PORT && entry.number == port.number;
        });
        if (tls != skipped.end())
            text += fmt::format(", {} {} like TLS", tls->frames, begin(tls->frames));
    }
    if (ports.size() > kNamed)
        text += fmt::format("; {} on other ports", counted(sum(ports, kNamed), "TCP segment"));
}

std::string words(const Kind &kind, const pop3ana_skipped &entry) {
    const std::string frames = counted(entry.frames, kind.noun);
    if (kind.kind == POP3ANA_SKIPPED_ETHER_TYPE && entry.number == 0)
        return frames + " with LLC and no EtherType";
    return fmt::format("{} with {} {}", frames, kind.words, number_text(kind, entry.number));
}

void add_frames(std::string &text, const Entries &skipped) {
    Entries frames;
    for (const Kind &kind : kKinds) {
        if (kind.words == nullptr) continue;
        const Entries more = of_kind(skipped, kind.kind);
        frames.insert(frames.end(), more.begin(), more.end());
    }
    sort_by_frames(frames);
    for (std::size_t index = 0; index < std::min(frames.size(), kNamed); ++index) {
        const pop3ana_skipped &entry = frames[index];
        text += fmt::format("; {} not decoded", words(kKinds[entry.kind - 1], entry));
    }
    if (frames.size() > kNamed)
        text += fmt::format("; {} not decoded", counted(sum(frames, kNamed), "other frame"));
}

} // namespace

std::string silence(const RunCounters &counters) {
    if (counters.analysis.sessions > 0) return "";
    std::string text = beginning(counters);
    add_pop3(text, counters.skipped);
    add_tcp(text, counters.skipped);
    add_frames(text, counters.skipped);
    return text;
}

std::string skipped_counters(const RunCounters &counters) {
    std::string text;
    for (const Kind &kind : kKinds) {
        const Entries entries = of_kind(counters.skipped, kind.kind);
        for (std::size_t index = 0; index < std::min(entries.size(), kListed); ++index)
            text += fmt::format("skipped_{}[{}] {}\n", kind.name,
                                number_text(kind, entries[index].number), entries[index].frames);
        if (entries.size() > kListed)
            text += fmt::format("skipped_{}[others] {}\n", kind.name, sum(entries, kListed));
    }
    return text;
}

} // namespace pop3dump
