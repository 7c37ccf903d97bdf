// getopt_long over the table of options, and the texts that are made from it.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options.hpp"

#include "cli/advice.hpp"
#include "cli/option_rows.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <getopt.h>
#include <set>
#include <string_view>

namespace pop3dump {
namespace {

// Long options without a letter get numbers above all characters.
constexpr int kFirstLongOnly = 256;

/// The table in the forms that getopt_long wants; `value` of a row is what getopt_long returns.
class GetoptTables {
public:
    GetoptTables() {
        for (const OptionGroup &group : option_groups()) {
            for (const OptionRow &row : group.rows)
                add(row);
        }
        longs_.push_back({nullptr, 0, nullptr, 0});
    }

    [[nodiscard]] const char *letters() const { return letters_.c_str(); }
    [[nodiscard]] const option *longs() const { return longs_.data(); }

    [[nodiscard]] const OptionRow *find(int value) const {
        if (value >= kFirstLongOnly) return rows_[static_cast<std::size_t>(value - kFirstLongOnly)];
        for (const OptionRow *row : rows_) {
            if (value != 0 && row->letter == value) return row;
        }
        return nullptr;
    }

private:
    void add(const OptionRow &row) {
        const int has_argument = row.argument != nullptr ? required_argument : no_argument;
        if (row.letter != 0) {
            letters_ += row.letter;
            if (row.argument != nullptr) letters_ += ':';
        }
        if (row.name != nullptr) {
            const int value = kFirstLongOnly + static_cast<int>(rows_.size());
            longs_.push_back({row.name, has_argument, nullptr, value});
        }
        rows_.push_back(&row);
    }

    std::string letters_{':'}; ///< the colon tells a missing argument from an unknown option
    std::vector<option> longs_;
    std::vector<const OptionRow *> rows_;
};

/// Why getopt_long refused the option that it just looked at.
std::string refusal(int result, const GetoptTables &tables, const char *word) {
    const OptionRow *row = tables.find(optopt);
    if (result == ':' && row != nullptr) {
        return fmt::format("{}: {} is missing", option_text(*row), row->argument);
    }
    if (row != nullptr && row->argument == nullptr) {
        return fmt::format("{}: takes no value", option_text(*row));
    }
    if (optopt == 0)
        return fmt::format("{}: unknown or ambiguous option{}", word, advice_on_option(word));
    return fmt::format("-{}: unknown option{}", static_cast<char>(optopt), advice_on_option(word));
}

/// What is wrong with "-r=FILE"; "" when it is not that.
std::string misplaced_sign(const OptionRow &row, std::string_view word) {
    if (row.letter == 0 || row.argument == nullptr || word.size() < 3 || word[0] != '-' ||
        word[1] != row.letter || word[2] != '=')
        return "";
    return fmt::format("{}: no '=' between a letter and its value: -{} {}", word, row.letter,
                       word.substr(3));
}

std::string join_words(int count, char **words) {
    std::string joined;
    for (int index = 0; index < count; ++index) {
        if (index > 0) joined += ' ';
        joined += words[index];
    }
    return joined;
}

/// A row of the usage text: at most 80 columns, the summary in a column of its own.
void append_row(std::string &text, const std::string &head, std::string_view summary) {
    constexpr std::size_t kSummaryColumn = 30;
    constexpr std::size_t kColumns = 80;
    std::string line = "  " + head;
    const auto end_line = [&] {
        text += line + '\n';
        line.clear();
    };
    if (line.size() + 2 > kSummaryColumn) end_line();
    while (!summary.empty()) {
        const std::string_view word = summary.substr(0, summary.find(' '));
        summary.remove_prefix(std::min(word.size() + 1, summary.size()));
        if (line.size() > kSummaryColumn && line.size() + 1 + word.size() > kColumns) end_line();
        line.append(line.size() < kSummaryColumn ? kSummaryColumn - line.size() : 1, ' ');
        line += word;
    }
    end_line();
}

/// What is wrong with -C, -G and -W; "" when nothing is.
std::string misplaced_rotation(const PacketFileOptions &packets) {
    const char *option = packets.rotate_bytes ? "-C" : packets.rotate_s ? "-G" : "-W";
    if (!packets.rotate_bytes && !packets.rotate_s) {
        return packets.file_count ? "-W: needs -C or -G" : "";
    }
    if (!packets.file) return fmt::format("{}: needs -w FILE", option);
    if (packets.file == "-") return fmt::format("{}: cannot rotate the standard output", option);
    return "";
}

/// What is wrong with --extract; "" when nothing is.
std::string misplaced_extract(const Options &options) {
    const OutputOptions &output = options.output;
    if (!output.packets.is_extract) return "";
    if (!output.packets.file) return "--extract: needs -w FILE";
    if (options.is_live()) return "--extract: only for files: cannot be combined with -i";
    const struct {
        const char *option;
        bool is_given;
    } rows[] = {
        {"-C", output.packets.rotate_bytes.has_value()},
        {"-G", output.packets.rotate_s.has_value()},
        {"-o", output.log.file.has_value()},
        {"--json", output.log.json},
        {"--summary", output.summary},
        {"--metrics", output.metrics_file.has_value()},
        {"--evidence", options.evidence.folder.has_value()},
        {"--redact", options.engine.redact},
    };
    for (const auto &row : rows)
        if (row.is_given)
            return fmt::format("--extract: only writes packets: cannot be combined with {}",
                               row.option);
    return "";
}

/// The command line wins over the configuration file also where it asks for another kind of input
/// or filter.
void apply_precedence(Options &options) {
    const auto from_file = [&options](const char *option) {
        return options.origins.contains(option);
    };
    if (!options.filter.empty() && from_file("-F")) options.filter_file.reset();
    if (options.inputs.empty() || !options.is_live()) return;
    const bool files_from_file = from_file("-r") || from_file("-V");
    if (from_file("-i") && !files_from_file) options.live.interfaces.clear();
    if (!from_file("-i") && files_from_file) options.inputs.clear();
}

/// Stores what -t, given so many times, asks for. Returns "" or what is wrong with it.
std::string set_time_stamps(LogOptions &log) {
    if (log.time_stamp_letters == 0) return "";
    const auto format = time_stamp_format(log.time_stamp_letters);
    if (!format) return "-t: given more than five times";
    log.time_stamps = *format;
    return "";
}

/// False when the options contradict each other.
bool is_consistent(const Options &options, std::string &error) {
    const auto is_stdin = [](const CaptureInput &input) { return input.path == "-"; };
    if (std::count_if(options.inputs.begin(), options.inputs.end(), is_stdin) > 1) {
        error = "-: the standard input can be read only once";
    } else if (!options.inputs.empty() && options.is_live()) {
        error =
            fmt::format("-i {}: cannot be combined with -r or -V", options.live.interfaces.front());
    } else if (options.workers > 0 && options.is_live()) {
        error = "--workers: only for files; for interfaces use --fanout";
    } else if (options.live.fanout > 1 && !options.is_live()) {
        error = "--fanout: only for interfaces; for files use --workers";
    } else if (options.filter_file && !options.filter.empty()) {
        error =
            fmt::format("-F {}: cannot be combined with a filter expression on the command line",
                        *options.filter_file);
    } else {
        error = misplaced_rotation(options.output.packets);
        if (error.empty()) error = misplaced_extract(options);
        if (error.empty() && options.fleet_key_file && !options.output.log.json)
            error = "--fleet-key: only events have what it adds: needs --json";
    }
    return error.empty();
}

} // namespace

bool parse_options(int argc, char **argv, Options &options, std::string &error) {
    const GetoptTables tables;
    std::set<const OptionRow *> given;
    opterr = 0;
    optind = 0; // makes glibc start afresh, for a second call
    for (;;) {
        const int word_index = std::max(optind, 1);
        const int result = getopt_long(argc, argv, tables.letters(), tables.longs(), nullptr);
        if (result == -1) break;
        if (result == '?' || result == ':') {
            const int refused = optind > word_index ? optind - 1 : word_index;
            error = refusal(result, tables, argv[refused]);
            return false;
        }
        const OptionRow *row = tables.find(result);
        error = misplaced_sign(*row, argv[word_index]);
        if (error.empty() && row->argument != nullptr && !row->repeatable &&
            !given.insert(row).second)
            error = fmt::format("{} {}: given twice", option_text(*row), optarg);
        if (!error.empty()) return false;
        const std::string why = row->set(options, optarg);
        if (!why.empty()) {
            error = fmt::format("{}: '{}': {}", option_text(*row), optarg, why);
            return false;
        }
        options.origins.erase(option_text(*row));
        if (options.action == Options::Action::ShowHelp ||
            options.action == Options::Action::ShowVersion) {
            return true;
        }
    }
    options.filter = join_words(argc - optind, argv + optind);
    apply_precedence(options);
    error = set_time_stamps(options.output.log);
    if (!error.empty()) return false;
    return is_consistent(options, error);
}

std::string synopsis() {
    return "Usage: pop3dump {-i INTERFACE | -r FILE} [OPTION]... [FILTER EXPRESSION]";
}

std::string usage() {
    std::string text = synopsis();
    text += "\n\nPrints a log of the POP3 sessions in captured packets: connections, commands,\n"
            "replies, logins, and a warning when a client draws too many errors.\n"
            "Filter expressions are those of tcpdump: see pcap-filter(7).\n";
    for (const OptionGroup &group : option_groups()) {
        text += fmt::format("\n{}:\n", group.title);
        for (const OptionRow &row : group.rows) {
            std::string head = row.letter != 0 ? std::string{'-', row.letter} : "   ";
            if (row.letter != 0 && row.name != nullptr) head += ", ";
            if (row.name != nullptr) head += std::string("--") + row.name;
            if (row.argument != nullptr) head += std::string(" ") + row.argument;
            append_row(text, head, row.summary);
        }
    }
    return text;
}

std::string name_option(const Options &options, const std::string &refusal) {
    const std::size_t colon = refusal.find(':');
    const std::string field = refusal.substr(0, colon);
    for (const OptionGroup &group : option_groups()) {
        for (const OptionRow &row : group.rows) {
            if (row.field == nullptr || field != row.field) continue;
            const auto origin = options.origins.find(option_text(row));
            return (origin == options.origins.end() ? option_text(row) : origin->second) +
                   refusal.substr(colon);
        }
    }
    return refusal;
}

} // namespace pop3dump
