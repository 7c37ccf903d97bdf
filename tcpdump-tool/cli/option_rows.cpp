// One row for each option.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/option_rows.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <fmt/core.h>
#include <limits>
#include <string_view>

namespace pop3dump {
namespace {

/// Reads a whole decimal number between `low` and `high`.
template <typename Number, typename Place>
std::string read_number(const char *text, Number low, Number high, Place &number) {
    Number value = 0;
    const char *end = text + std::strlen(text);
    const auto result = std::from_chars(text, end, value);
    if (result.ec != std::errc() || result.ptr != end || value < low || value > high) {
        return fmt::format("not a number from {} to {}", low, high);
    }
    number = value;
    return "";
}

constexpr int kMaxBufferKib = std::numeric_limits<int>::max() / 1024;    // libpcap wants bytes
constexpr std::uint64_t kMaxMinutes = std::uint64_t{10} * 366 * 24 * 60; // ten years

constexpr std::uint16_t kMaxThreads = 64;

constexpr std::int64_t kMaxSeconds = std::int64_t{10} * 366 * 24 * 3600;
constexpr std::uint64_t kMaxEvidenceMib = std::uint64_t{1} << 30; // 1 PiB
constexpr std::uint64_t kMaxFiles = 1'000'000'000;

/// A size in millions of bytes, or with a letter for the unit.
std::string set_rotate_bytes(PacketFileOptions &packets, const std::string &value) {
    constexpr std::uint64_t kMost = 1'000'000'000; // 1 EB in GiB fits 64 bits
    std::uint64_t unit = 1'000'000;
    std::string digits = value;
    switch (digits.empty() ? ' ' : digits.back() | 0x20) {
    case 'k': unit = std::uint64_t{1} << 10; break;
    case 'm': unit = std::uint64_t{1} << 20; break;
    case 'g': unit = std::uint64_t{1} << 30; break;
    default: digits += ' ';
    }
    digits.pop_back();
    std::optional<std::uint64_t> number;
    std::string why = read_number<std::uint64_t>(digits.c_str(), 1, kMost, number);
    if (why.empty()) packets.rotate_bytes = *number * unit;
    return why;
}

/// What asks for a text in place of a run; the first one given counts.
std::string ask_for(Options &options, Options::Action action) {
    options.action = action;
    return "";
}

std::string set_direction(LiveOptions &live, std::string_view value) {
    if (value == "in") {
        live.direction = LiveOptions::Direction::In;
    } else if (value == "out") {
        live.direction = LiveOptions::Direction::Out;
    } else if (value == "inout") {
        live.direction = LiveOptions::Direction::Both;
    } else {
        return "none of in, out and inout";
    }
    return "";
}

std::string set_snapshot_bytes(LiveOptions &live, const char *value) {
    std::string why = read_number(value, 0, kMaxSnapshotBytes, live.snapshot_bytes);
    if (live.snapshot_bytes == 0) live.snapshot_bytes = kMaxSnapshotBytes;
    return why;
}

std::string set_precision(LiveOptions &live, std::string_view value) {
    if (value != "micro" && value != "nano") return "neither micro nor nano";
    live.nanoseconds = value == "nano";
    return "";
}

// clang-format off
constexpr OptionRow kInputRows[] = {
    {'r', "read", "FILE", "read packets from FILE (\"-\": standard input); repeatable",
     "The file may be pcap or pcapng, plain or compressed with gzip or zstd, whatever its name. "
     "Several files are read as one stream in the order of time, each of them in its own order.",
     nullptr,
     [](Options &o, const char *value) { o.inputs.push_back({value, false}); return std::string(); }},
    {'V', "read-list", "FILE", "read the packets of the files that FILE lists, one a line",
     "\"-\" reads the list from the standard input. Empty lines do not count.", nullptr,
     [](Options &o, const char *value) { o.inputs.push_back({value, true}); return std::string(); }},
    {'c', "packet-count", "COUNT", "stop after COUNT packets that passed the filter", nullptr, nullptr,
     [](Options &o, const char *value) {
         return read_number<std::uint64_t>(value, 1, std::numeric_limits<std::uint64_t>::max(), o.packet_count);
     }},
    {'F', "filter-file", "FILE", "read the filter expression from FILE", nullptr, nullptr,
     [](Options &o, const char *value) { o.filter_file = value; return std::string(); }},
    {0, "workers", "N", "read capture files with N threads; default 1",
     "One analyses. The others open, decompress and filter the files, each its share of them, and are up to "
     "32 MiB ahead; one file takes one of them. The output is the same whatever N is.", nullptr,
     [](Options &o, const char *value) { return read_number<std::uint16_t>(value, 1, kMaxThreads, o.workers); }},
    {'n', nullptr, nullptr, "do not resolve names; they never are", nullptr, nullptr,
     [](Options &, const char *) { return std::string(); }},
};

constexpr OptionRow kLiveRows[] = {
    {'i', "interface", "INTERFACE", "capture live from INTERFACE; repeatable",
     "A name, its number in the list of -D, or \"any\" for all interfaces. See LIVE CAPTURE below.", nullptr,
     [](Options &o, const char *value) { o.live.interfaces.emplace_back(value); return std::string(); }},
    {'D', "list-interfaces", nullptr, "print the interfaces to capture from, and end", nullptr, nullptr,
     [](Options &o, const char *) { return ask_for(o, Options::Action::ListInterfaces); }},
    {'L', "list-data-link-types", nullptr, "print the link types of the interface, and end", nullptr, nullptr,
     [](Options &o, const char *) { return ask_for(o, Options::Action::ListLinkTypes); }},
    {'y', "linktype", "TYPE", "capture with this link type, one of those that -L prints", nullptr, nullptr,
     [](Options &o, const char *value) { o.live.link_type = value; return std::string(); }},
    {'p', "no-promiscuous-mode", nullptr, "leave the interface out of promiscuous mode",
     "It may be in that mode for another reason. \"any\" never is.", nullptr,
     [](Options &o, const char *) { o.live.promiscuous = false; return std::string(); }},
    {'Q', "direction", "DIRECTION", "capture only packets that come in, or go out", R"("in", "out" or "inout".)", nullptr,
     [](Options &o, const char *value) { return set_direction(o.live, value); }},
    {'s', "snapshot-length", "BYTES", "capture this much of each packet; default and 0: 262144",
     "What is cut off is missing in the analysis.", nullptr,
     [](Options &o, const char *value) { return set_snapshot_bytes(o.live, value); }},
    {'B', "buffer-size", "KIB", "size of the kernel's buffer for packets; default 16384",
     "For each interface. The kernel may give less.", nullptr,
     [](Options &o, const char *value) { return read_number(value, 1, kMaxBufferKib, o.live.buffer_kib); }},
    {0, "immediate-mode", nullptr, "take packets one by one as they come, with more work for the machine",
     "Otherwise they come in blocks, at most a fifth of a second late.", nullptr,
     [](Options &o, const char *) { o.live.immediate = true; return std::string(); }},
    {0, "fanout", "N", "capture with N threads, for links that one cannot follow",
     "The kernel divides the packets by a hash of their addresses and ports (PACKET_FANOUT). One more thread analyses them in "
     "the order of their times. Lines come up to a second late.", nullptr,
     [](Options &o, const char *value) { return read_number<std::uint16_t>(value, 1, kMaxThreads, o.live.fanout); }},
    {0, "time-stamp-precision", "PRECISION", "of the packets' times, micro or nano; default nano", nullptr, nullptr,
     [](Options &o, const char *value) { return set_precision(o.live, value); }},
};

constexpr OptionRow kOutputRows[] = {
    {'o', "output", "FILE", "write the log to FILE, not to the standard output", nullptr, nullptr,
     [](Options &o, const char *value) { o.output.log.file = value; return std::string(); }},
    {'w', "write", "FILE", "write the packets of POP3 connections to FILE as pcapng",
     "These are the packets that passed the filter and belong to a connection that is analysed, "
     "and IP fragments. With \"-\" they go to the standard output; the log is then written only "
     "to the file that -o names.", nullptr,
     [](Options &o, const char *value) { o.output.packets.file = value; return std::string(); }},
    {'C', "rotate-size", "SIZE", "begin another file of -w when one is larger than SIZE MB",
     "MB are 1,000,000 bytes; with k, m or g behind the number it counts KiB, MiB or GiB. The first file "
     "has the name that -w gives, those after it have a number behind it, from 1. See OUTPUT FILES below.", nullptr,
     [](Options &o, const char *value) { return set_rotate_bytes(o.output.packets, value); }},
    {'G', "rotate-seconds", "SECONDS", "begin another file of -w every SECONDS, by packet time",
     "The name that -w gives should then hold a format of strftime(3) for the local time, or each file replaces the last.", nullptr,
     [](Options &o, const char *value) { return read_number<std::int64_t>(value, 1, kMaxSeconds, o.output.packets.rotate_s); }},
    {'W', "file-count", "COUNT", "with -C: write COUNT files in turn; with -G: end after COUNT files",
     "In a ring of -C each file has a number behind its name, with leading zeros, from 0. With both -C and -G it only "
     "says how many digits the numbers have, and when they begin anew.", nullptr,
     [](Options &o, const char *value) { return read_number<std::uint64_t>(value, 1, kMaxFiles, o.output.packets.file_count); }},
    {0, "evidence", "FOLDER", "write the packets of each session that draws a warning to FOLDER",
     "One pcapng file a session, from its first packet. See EVIDENCE below.", nullptr,
     [](Options &o, const char *value) { o.evidence.folder = value; return std::string(); }},
    {0, "evidence-size", "MIB", "keep so much evidence, shared by clients; default 1024", nullptr, nullptr,
     [](Options &o, const char *value) { return read_number<std::uint64_t>(value, 1, kMaxEvidenceMib, o.evidence.size_mib); }},
    {'l', "line-buffered", nullptr, "write out the log after each packet",
     "Live captures, pipes and terminals need it not: there the log is written out whenever no more packets wait.", nullptr,
     [](Options &o, const char *) { o.flush_each_packet = true; return std::string(); }},
    {'U', "packet-buffered", nullptr, "write out the file of -w after each packet", nullptr, nullptr,
     [](Options &o, const char *) { o.flush_each_packet = true; return std::string(); }},
    {0, "json", nullptr, "write one JSON object for each event instead of log lines",
     "See JSON below.", nullptr,
     [](Options &o, const char *) { o.output.log.json = true; return std::string(); }},
    {'v', "verbose", nullptr, "report anomalies on stderr: odd lines, gaps, bad base64 ...",
     nullptr, nullptr,
     [](Options &o, const char *) { o.output.show_anomalies = true; return std::string(); }},
    {'q', "quiet", nullptr, "report nothing on stderr but errors and what was asked for", nullptr, nullptr,
     [](Options &o, const char *) { o.quiet = true; return std::string(); }},
    {0, "stats", nullptr, "print all counters on stderr at the end", nullptr, nullptr,
     [](Options &o, const char *) { o.show_counters = true; return std::string(); }},
};

constexpr OptionRow kAnalysisRows[] = {
    {0, "port", "LIST", "POP3 ports; default 110",
     "Port numbers and ranges with commas between them, as in \"110,1100-1109\". A connection is "
     "analysed when its server has one of them.", "ports",
     [](Options &o, const char *value) { o.engine.ports = value; return std::string(); }},
    {0, "error-threshold", "N", "warn when a client draws more than N errors; default 3",
     "Each -ERR reply counts for the address of the client, whatever it answers.", "error_threshold",
     [](Options &o, const char *value) {
         return read_number<std::uint32_t>(value, 0, std::numeric_limits<std::uint32_t>::max(), o.engine.error_threshold);
     }},
    {0, "expire", "MINUTES", "forget a client's errors after this time; default 60",
     "The time counts from the client's last -ERR reply.", "error_expiry_ns",
     [](Options &o, const char *value) {
         return read_number<std::uint64_t>(value, 1, kMaxMinutes, o.engine.expire_minutes);
     }},
    {0, "ignore-commands", "LIST", "commands left out of the log; default STAT",
     "Words with commas between them; \"\" leaves out nothing. OK and ERR leave out replies.", "ignore_commands",
     [](Options &o, const char *value) { o.engine.ignore_commands = value; return std::string(); }},
    {0, "peer", "NAME", "print session 7 as #NAME-7",
     "To tell the logs of several machines apart.", "peer_description",
     [](Options &o, const char *value) { o.engine.peer = value; return std::string(); }},
    {0, "no-midstream", nullptr, "skip connections whose start was not captured", nullptr, "midstream",
     [](Options &o, const char *) { o.engine.midstream = false; return std::string(); }},
    {0, "verify-checksums", nullptr, "drop packets with a wrong IPv4 or TCP checksum",
     "Not for captures from the sending machine: its network card fills in the checksums later.", "verify_checksums",
     [](Options &o, const char *) { o.engine.verify_checksums = true; return std::string(); }},
    {0, "redact", nullptr, "show no passwords or other secrets", nullptr, "redact",
     [](Options &o, const char *) { o.engine.redact = true; return std::string(); }},
};

constexpr OptionRow kServiceRows[] = {
    {'Z', "relinquish-privileges", "USER", "as root, drop privileges to USER; default pop3dump",
     "See PRIVILEGES below.", nullptr,
     [](Options &o, const char *value) { o.user = value; return std::string(); }},
    {0, "config", "FILE", "read options from FILE; the command line wins",
     "See CONFIGURATION FILE below.", nullptr,
     [](Options &o, const char *value) { o.config_file = value; return std::string(); }},
};

constexpr OptionRow kHelpRows[] = {
    {'h', "help", nullptr, "print this text", nullptr, nullptr,
     [](Options &o, const char *) { o.action = Options::Action::ShowHelp; return std::string(); }},
    {0, "version", nullptr, "print the versions of pop3dump and its libraries", nullptr, nullptr,
     [](Options &o, const char *) { o.action = Options::Action::ShowVersion; return std::string(); }},
};

constexpr OptionGroup kGroups[] = {
    {"Input", kInputRows},
    {"Live capture", kLiveRows},
    {"Output", kOutputRows},
    {"Analysis", kAnalysisRows},
    {"Service", kServiceRows},
    {"Help", kHelpRows},
};
// clang-format on

} // namespace

std::span<const OptionGroup> option_groups() {
    return kGroups;
}

std::string option_text(const OptionRow &row) {
    if (row.letter != 0) return {'-', row.letter};
    return std::string("--") + row.name;
}

} // namespace pop3dump
