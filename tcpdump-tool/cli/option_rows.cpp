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

/// Options that print a text instead of starting a run.
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
        return "must be in, out or inout";
    }
    return "";
}

std::string set_snapshot_bytes(LiveOptions &live, const char *value) {
    std::string why = read_number(value, 0, kMaxSnapshotBytes, live.snapshot_bytes);
    if (live.snapshot_bytes == 0) live.snapshot_bytes = kMaxSnapshotBytes;
    return why;
}

std::string set_precision(LiveOptions &live, std::string_view value) {
    if (value != "micro" && value != "nano") return "must be micro or nano";
    live.nanoseconds = value == "nano";
    return "";
}

std::string set_tls(EngineOptions &engine, std::string_view value) {
    if (value != "off" && value != "facts" && value != "infer")
        return "must be off, facts or infer";
    engine.tls_facts = value == "facts";
    engine.tls_infer = value == "infer";
    return "";
}

/// Readers see the old file or the new one, which takes a name to replace.
std::string set_metrics_file(OutputOptions &output, const std::string &value) {
    if (value.empty() || value == "-" || value.back() == '/') return "must name a file";
    output.metrics_file = value;
    return "";
}

std::string set_time_stamp_format(LogOptions &log, std::string_view value) {
    const auto format = time_stamp_format(value);
    if (!format) return "must be none, epoch, delta, date or elapsed";
    log.time_stamps = *format;
    return "";
}

// clang-format off
constexpr OptionRow kInputRows[] = {
    {'r', "read", "FILE", "read packets from FILE (\"-\": standard input); repeatable",
     "The formats are pcap, pcapng and snoop, also compressed with gzip, zstd, lz4, xz or bzip2, recognized "
     "by content; with the package pop3dump-formats also what else Wireshark reads. See READING CAPTURES below. "
     "Several files are merged into one stream by time stamp; each keeps its own order.",
     nullptr,
     [](Options &o, const char *value) { o.inputs.push_back({value, false}); return std::string(); }, true},
    {'V', "read-list", "FILE", "read packets from the files listed in FILE; repeatable",
     "One a line. \"-\" reads the list from the standard input. Empty lines are ignored.", nullptr,
     [](Options &o, const char *value) { o.inputs.push_back({value, true}); return std::string(); }, true},
    {'c', "packet-count", "COUNT", "exit after COUNT packets that pass the filter", nullptr, nullptr,
     [](Options &o, const char *value) {
         return read_number<std::uint64_t>(value, 1, std::numeric_limits<std::uint64_t>::max(), o.packet_count);
     }},
    {'F', "filter-file", "FILE", "read the filter expression from FILE", nullptr, nullptr,
     [](Options &o, const char *value) { o.filter_file = value; return std::string(); }},
    {0, "workers", "N", "read capture files with N threads beside the one that analyses",
     "They decompress and filter the files, each up to 128 MiB of packets ahead of the analysis; a file occupies one of them. "
     "Without this option, the thread that analyses reads. The output does not depend on N.", nullptr,
     [](Options &o, const char *value) { return read_number<std::uint16_t>(value, 1, kMaxThreads, o.workers); }},
    {'n', nullptr, nullptr, "accepted for compatibility: names are never resolved", nullptr, nullptr,
     [](Options &, const char *) { return std::string(); }},
};

constexpr OptionRow kLiveRows[] = {
    {'i', "interface", "INTERFACE", "capture live from INTERFACE; repeatable",
     "A name, a number from the list of -D, or \"any\" for all interfaces. See CAPTURING LIVE below.", nullptr,
     [](Options &o, const char *value) { o.live.interfaces.emplace_back(value); return std::string(); }, true},
    {'D', "list-interfaces", nullptr, "list the interfaces to capture from, then exit", nullptr, nullptr,
     [](Options &o, const char *) { return ask_for(o, Options::Action::ListInterfaces); }},
    {'L', "list-data-link-types", nullptr, "list the link types of the interface, then exit", nullptr, nullptr,
     [](Options &o, const char *) { return ask_for(o, Options::Action::ListLinkTypes); }},
    {'y', "linktype", "TYPE", "capture with this link type (see -L)", nullptr, nullptr,
     [](Options &o, const char *value) { o.live.link_type = value; return std::string(); }},
    {'p', "no-promiscuous-mode", nullptr, "do not put the interface into promiscuous mode",
     "It may be in that mode for another reason. \"any\" is never promiscuous.", nullptr,
     [](Options &o, const char *) { o.live.promiscuous = false; return std::string(); }},
    {'Q', "direction", "DIRECTION", "capture incoming or outgoing packets only", R"(DIRECTION is "in", "out" or "inout".)", nullptr,
     [](Options &o, const char *value) { return set_direction(o.live, value); }},
    {'s', "snapshot-length", "BYTES", "capture BYTES of each packet; default and 0: 262144",
     "Bytes beyond it are not analysed.", nullptr,
     [](Options &o, const char *value) { return set_snapshot_bytes(o.live, value); }},
    {'B', "buffer-size", "KIB", "size of the kernel's capture buffer; default 16384",
     "Per interface, and with --fanout per thread. The kernel may allocate less.", nullptr,
     [](Options &o, const char *value) { return read_number(value, 1, kMaxBufferKib, o.live.buffer_kib); }},
    {0, "immediate-mode", nullptr, "deliver packets as they arrive, at a higher CPU cost",
     "By default they arrive in blocks, up to 0.2 s late.", nullptr,
     [](Options &o, const char *) { o.live.immediate = true; return std::string(); }},
    {0, "fanout", "N", "capture with N threads, for links too fast for one",
     "The kernel distributes packets by a hash of addresses and ports (PACKET_FANOUT). One more thread analyses them in "
     "time order. Log lines are up to a second late.", nullptr,
     [](Options &o, const char *value) { return read_number<std::uint16_t>(value, 1, kMaxThreads, o.live.fanout); }},
    {0, "time-stamp-precision", "PRECISION", "resolution of time stamps: micro or nano; default nano", nullptr, nullptr,
     [](Options &o, const char *value) { return set_precision(o.live, value); }},
};

constexpr OptionRow kOutputRows[] = {
    {'o', "output", "FILE", "write the log to FILE instead of the standard output", nullptr, nullptr,
     [](Options &o, const char *value) { o.output.log.file = value; return std::string(); }},
    {'w', "write", "FILE", "write the packets of POP3 connections to FILE as pcapng",
     "Writes each packet that passes the filter and belongs to an analysed connection, "
     "and IP fragments. \"-\" is the standard output; the log then goes to the "
     "file of -o only, if given.", nullptr,
     [](Options &o, const char *value) { o.output.packets.file = value; return std::string(); }},
    {0, "extract", nullptr, "with -w: keep what the log depends on, with the origin of each frame",
     "Nothing is analysed, and no log is printed. FILE gets all frames to and from POP3 ports, and fragments, with file and "
     "number of the original frame. See DIVIDING ARCHIVES below.", nullptr,
     [](Options &o, const char *) { o.output.packets.is_extract = true; return std::string(); }},
    {'C', "rotate-size", "SIZE", "start a new -w file once one exceeds SIZE MB",
     "One MB is 1,000,000 bytes; a suffix k, m or g means KiB, MiB or GiB. The first file "
     "has the name given to -w; later ones append a number, from 1. See WRITING FILES below.", nullptr,
     [](Options &o, const char *value) { return set_rotate_bytes(o.output.packets, value); }},
    {'G', "rotate-seconds", "SECONDS", "start a new -w file every SECONDS, by packet time",
     "The name given to -w should contain a time format of strftime(3), in local time; otherwise each file overwrites the last.", nullptr,
     [](Options &o, const char *value) { return read_number<std::int64_t>(value, 1, kMaxSeconds, o.output.packets.rotate_s); }},
    {'W', "file-count", "COUNT", "with -C: ring of COUNT files; with -G: exit after COUNT files",
     "Files of a -C ring append a number with leading zeros, from 0. With both -C and -G, COUNT only "
     "sets the number of digits and when numbering restarts.", nullptr,
     [](Options &o, const char *value) { return read_number<std::uint64_t>(value, 1, kMaxFiles, o.output.packets.file_count); }},
    {0, "evidence", "FOLDER", "save the packets of each session that raises a warning in FOLDER",
     "One pcapng file per session, from its first packet on. See KEEPING EVIDENCE below.", nullptr,
     [](Options &o, const char *value) { o.evidence.folder = value; return std::string(); }},
    {0, "evidence-size", "MIB", "limit for all evidence files; default 1024", nullptr, nullptr,
     [](Options &o, const char *value) { return read_number<std::uint64_t>(value, 1, kMaxEvidenceMib, o.evidence.size_mib); }},
    {'l', "line-buffered", nullptr, "flush the log after each packet",
     "Not needed for live captures, pipes and terminals: there the log is flushed whenever no packets are waiting.", nullptr,
     [](Options &o, const char *) { o.flush_each_packet = true; return std::string(); }},
    {'U', "packet-buffered", nullptr, "flush the file of -w after each packet", nullptr, nullptr,
     [](Options &o, const char *) { o.flush_each_packet = true; return std::string(); }},
    {0, "json", nullptr, "print one JSON object per event instead of log lines",
     "See PRINTING JSON below.", nullptr,
     [](Options &o, const char *) { o.output.log.json = true; return std::string(); }},
    {0, "only", "EVENTS", "print these events only, for example \"login_failure,errors\"",
     "Comma-separated event types (see PRINTING JSON) and kinds of alerts. See CHOOSING EVENTS below, also for the next three.", nullptr,
     [](Options &o, const char *value) { return o.output.log.selection.select_types(value); }},
    {0, "session", "LIST", "print these sessions only, for example \"7,20-29\"", nullptr, nullptr,
     [](Options &o, const char *value) { return o.output.log.selection.select_sessions(value); }},
    {0, "user", "NAME", "print only the logins and alerts of user NAME; repeatable", nullptr, nullptr,
     [](Options &o, const char *value) { return o.output.log.selection.add_user(value); }, true},
    {0, "client", "ADDRESS", "print only this client, or prefix (10.0.0.0/8); repeatable", nullptr, nullptr,
     [](Options &o, const char *value) { return o.output.log.selection.add_client(value); }, true},
    {0, "login-addresses", nullptr, "print client and server address in login lines", nullptr, nullptr,
     [](Options &o, const char *) { o.output.log.login_addresses = true; return std::string(); }},
    {'t', nullptr, nullptr, "print no time; -tt to -ttttt: other times, as in tcpdump",
     "See CHOOSING TIME STAMPS below.", nullptr,
     [](Options &o, const char *) { ++o.output.log.time_stamp_letters; return std::string(); }},
    {0, "time-stamp-format", "FORMAT", "print times as none, epoch, delta, date or elapsed",
     "The same as -t to -ttttt, which win over it.", nullptr,
     [](Options &o, const char *value) { return set_time_stamp_format(o.output.log, value); }},
    {'v', "verbose", nullptr, "print anomalies on stderr: odd lines, gaps, bad base64 ...",
     nullptr, nullptr,
     [](Options &o, const char *) { o.output.show_anomalies = true; return std::string(); }},
    {'q', "quiet", nullptr, "print only errors and requested output on stderr", nullptr, nullptr,
     [](Options &o, const char *) { o.quiet = true; return std::string(); }},
    {0, "summary", nullptr, "print tables of clients, users and servers on stderr at the end",
     "Also on SIGUSR1. With --json they are objects in its stream. See COUNTING CLIENTS, USERS AND SERVERS below.", nullptr,
     [](Options &o, const char *) { o.output.summary = true; return std::string(); }},
    {0, "stats", nullptr, "print all counters on stderr at the end", nullptr, nullptr,
     [](Options &o, const char *) { o.show_counters = true; return std::string(); }},
    {0, "metrics", "FILE", "keep the counters in FILE for Prometheus",
     "In the text format, for the textfile collector of node_exporter, with mode 0644: logins, errors and alerts by kind, "
     "lost packets, and all counters of --stats; no names, addresses of clients or passwords. FILE is replaced as a whole: "
     "at the start, every 15 seconds of a live capture, and at the end.", nullptr,
     [](Options &o, const char *value) { return set_metrics_file(o.output, value); }},
};

constexpr OptionRow kAnalysisRows[] = {
    {0, "port", "LIST", "POP3 ports, and auto to find POP3 on any other; default 110",
     "Comma-separated ports and port ranges, for example \"110,1100-1109\". A connection is "
     "analysed if its server port is among them. With \"auto\" in the list, for example \"110,auto\", so is each other one "
     "that turns out to be POP3. See FINDING POP3 ON ANY PORT below.", "ports",
     [](Options &o, const char *value) { o.engine.ports = value; return std::string(); }},
    {0, "tls", "WHAT", "read TLS without keys: off, facts, or infer; default off",
     "With facts each TLS session has an event and a line: version, cipher suite, server name. With infer the results of "
     "logins are inferred from the lengths of TLS records, as far as they are certain. See READING POP3 UNDER TLS below.", nullptr,
     [](Options &o, const char *value) { return set_tls(o.engine, value); }},
    {0, "tls-port", "LIST", "ports of POP3S: TLS from the start; default 995",
     "Comma-separated ports and port ranges. Without --tls facts, --tls-keys and this option nothing of TLS is read, "
     "behind STLS neither.", "tls_ports",
     [](Options &o, const char *value) { o.engine.tls_ports = value; return std::string(); }},
    {0, "tls-keys", "FILE", "decrypt TLS with the secrets in this key log; repeatable",
     "A file, which may still grow, or a FIFO, as programs write it for SSLKEYLOGFILE (RFC 9850). See READING POP3 UNDER TLS below.", nullptr,
     [](Options &o, const char *value) { o.key_logs.emplace_back(value); o.engine.has_key_logs = true; return std::string(); }, true},
    {0, "alerts", "LIST", "alerts to raise; default errors",
     R"(Comma-separated kinds, or "all"; "" raises none. See RAISING ALERTS below.)", "alerts",
     [](Options &o, const char *value) { o.engine.alerts = value; return std::string(); }},
    {0, "alert-limits", "LIST", "raise alerts above these counts",
     "Comma-separated: guessing=N, spraying=N, distributed=N, breach=N. See RAISING ALERTS below.", "alert_limits",
     [](Options &o, const char *value) { o.engine.alert_limits = value; return std::string(); }},
    {0, "trusted-proxies", "LIST", "take the client's address from these proxies",
     "Comma-separated addresses and prefixes of balancers and proxies. What they say of their client (PROXY protocol, SSLproxy, "
     "XCLIENT) becomes the client of the session, in lines, error counts and alerts.", "trusted_proxies",
     [](Options &o, const char *value) { o.engine.trusted_proxies = value; return std::string(); }},
    {0, "error-threshold", "N", "warn when a client draws more than N errors; default 3",
     "Every -ERR reply counts against the client's address, whatever the command.", "error_threshold",
     [](Options &o, const char *value) {
         return read_number<std::uint32_t>(value, 0, std::numeric_limits<std::uint32_t>::max(), o.engine.error_threshold);
     }},
    {0, "alert-once", nullptr, "warn once for each error count, not at each error from there on",
     "A count that has expired warns again. --evidence then saves the sessions up to that warning, and no later ones. "
     "Alerts of other kinds come once anyway, and again where their count has doubled.", nullptr,
     [](Options &o, const char *) { o.engine.alert_once = true; return std::string(); }},
    {0, "expire", "MINUTES", "reset a client's error count after MINUTES; default 60",
     "Counted from the client's latest -ERR reply. Failed logins are forgotten likewise.", "error_expiry_ns",
     [](Options &o, const char *value) {
         return read_number<std::uint64_t>(value, 1, kMaxMinutes, o.engine.expire_minutes);
     }},
    {0, "ignore-commands", "LIST", "commands to omit from the log; default STAT",
     "Comma-separated commands; \"\" omits none. OK and ERR omit replies.", "ignore_commands",
     [](Options &o, const char *value) { o.engine.ignore_commands = value; return std::string(); }},
    {0, "fleet-key", "FILE", "add to --json what pop3fleet(8) counts by, hashed with this key",
     "The key that pop3fleet has on all sensors. Failed logins get a keyed hash of user and password, with --redact, too, and of "
     "tokens and inferred logins, which have no password in the log; events say whether servers offer STLS.", "fleet_key",
     [](Options &o, const char *value) { o.fleet_key_file = value; return std::string(); }},
    {0, "peer", "NAME", "print session 7 as #NAME-7",
     "Tells the logs of several machines apart.", "peer_description",
     [](Options &o, const char *value) { o.engine.peer = value; return std::string(); }},
    {0, "no-midstream", nullptr, "skip connections whose start was not captured", nullptr, "midstream",
     [](Options &o, const char *) { o.engine.midstream = false; return std::string(); }},
    {0, "verify-checksums", nullptr, "drop packets with a wrong IPv4 or TCP checksum",
     "Not for captures made on the sending host, where the network card fills in checksums later.", "verify_checksums",
     [](Options &o, const char *) { o.engine.verify_checksums = true; return std::string(); }},
    {0, "redact", nullptr, "hide passwords and other secrets", nullptr, "redact",
     [](Options &o, const char *) { o.engine.redact = true; return std::string(); }},
};

constexpr OptionRow kServiceRows[] = {
    {'Z', "relinquish-privileges", "USER", "as root, drop privileges to USER; default pop3dump",
     "See DROPPING PRIVILEGES below.", nullptr,
     [](Options &o, const char *value) { o.user = value; return std::string(); }},
    {0, "config", "FILE", "read options from FILE; the command line wins; repeatable",
     "Later files win over earlier ones. \"-\" before the name: the file need not exist. See CONFIGURING below.", nullptr,
     [](Options &o, const char *value) { o.config_files.emplace_back(value); return std::string(); }, true},
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
