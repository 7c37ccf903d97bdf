// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/advice.hpp"

#include "base/edit_distance.hpp"
#include "cli/option_rows.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <sys/stat.h>
#include <vector>

namespace pop3dump {
namespace {

constexpr std::string_view kBlanks = " \t\n";

/// Calls visit(word) for each word until one call returns true; whether one did.
template <class Visit> bool any_word(std::string_view words, Visit visit) {
    for (;;) {
        words.remove_prefix(std::min(words.find_first_not_of(kBlanks), words.size()));
        if (words.empty()) return false;
        const std::string_view word = words.substr(0, words.find_first_of(kBlanks));
        if (visit(word)) return true;
        words.remove_prefix(word.size());
    }
}

/// Whether it is a file, or is named as one that holds packets.
bool is_file(std::string_view word) {
    constexpr std::array<std::string_view, 9> kEndings{".pcap", ".pcapng", ".cap", ".dmp", ".gz",
                                                       ".zst",  ".lz4",    ".xz",  ".bz2"};
    struct stat status {};
    if (::stat(std::string(word).c_str(), &status) == 0) return S_ISREG(status.st_mode);
    return std::any_of(kEndings.begin(), kEndings.end(),
                       [word](std::string_view ending) { return word.ends_with(ending); });
}

std::string_view file_in(std::string_view words) {
    std::string_view file;
    any_word(words, [&file](std::string_view word) {
        if (!is_file(word)) return false;
        file = word;
        return true;
    });
    return file;
}

/// Whether it is a field of Wireshark's display filters, as tcp.port, or one of their operators.
bool is_of_display_filter(std::string_view word) {
    constexpr std::array<std::string_view, 16> kWords{
        "frame.", "eth.", "vlan.", "ip.",     "ipv6.", "tcp.", "udp.",     "tls.",
        "pop.",   "imf.", "_ws.",  "pop3ana", "==",    "eq",   "contains", "matches"};
    return std::any_of(kWords.begin(), kWords.end(), [word](std::string_view known) {
        const bool is_beginning = known.back() == '.' || known == "pop3ana";
        return is_beginning ? word.starts_with(known) : word == known;
    });
}

bool is_number(std::string_view word) {
    return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

std::vector<std::string_view> option_names() {
    std::vector<std::string_view> names;
    for (const OptionGroup &group : option_groups()) {
        for (const OptionRow &row : group.rows)
            if (row.name != nullptr) names.emplace_back(row.name);
    }
    return names;
}

std::string_view nearest_option(std::string_view name) {
    return pop3ana::nearest_name(name, option_names());
}

/// The names of all options that begin like this, joined by ", ".
std::string options_with(std::string_view beginning) {
    std::string names;
    for (const std::string_view name : option_names())
        if (name.starts_with(beginning))
            names += fmt::format("{}--{}", names.empty() ? "" : ", ", name);
    return names;
}

} // namespace

std::string advice_on_filter(std::string_view filter) {
    if (const std::string_view file = file_in(filter); !file.empty())
        return fmt::format("; if '{}' is a capture file: -r {}", file, file);
    if (is_number(filter)) return fmt::format("; the POP3 port is set by --port {}", filter);
    std::string_view odd;
    const auto is_odd = [&odd](std::string_view word) {
        odd = word;
        return is_of_display_filter(word);
    };
    if (any_word(filter, is_odd))
        return fmt::format("; '{}' is of Wireshark's display filters: write 'tcp port 110' and "
                           "the like (see pcap-filter(7))",
                           odd);
    const auto is_service = [&odd](std::string_view word) {
        odd = word;
        return word == "pop3" || word == "pop3s" || word == "pop-3";
    };
    if (any_word(filter, is_service))
        return fmt::format("; '{}' is port {}", odd, odd == "pop3s" ? "995" : "110");
    return " (see pcap-filter(7))";
}

std::string advice_on_words(std::string_view words) {
    const std::string_view file = file_in(words);
    return file.empty() ? "" : fmt::format("; to read '{}': -r {}", file, file);
}

std::string advice_on_option(std::string_view typed) {
    // Of tcpdump's options those that are about how it prints packets.
    constexpr std::string_view kOfPackets = "AbdefEHIJjKMNOSTuxX#";
    if (typed.starts_with("--")) {
        const std::string_view name = typed.substr(2, typed.find('=') - 2);
        const std::string several = name.empty() ? "" : options_with(name);
        if (!several.empty()) return fmt::format("; several begin so: {}", several);
        const std::string_view nearest = nearest_option(name);
        return nearest.empty() ? "" : fmt::format("; did you mean --{}?", nearest);
    }
    if (typed.size() > 2) { // "-json"
        const std::string_view nearest = nearest_option(typed.substr(1, typed.find('=') - 1));
        if (!nearest.empty()) return fmt::format("; did you mean --{}?", nearest);
    }
    if (typed.size() >= 2 && kOfPackets.find(typed[1]) != std::string_view::npos)
        return "; in tcpdump it is about printing packets, and pop3dump prints sessions";
    return "";
}

std::string advice_on_setting(std::string_view name) {
    const std::size_t sign = name.find('=');
    if (sign != std::string_view::npos)
        return fmt::format("; write '{} {}'", name.substr(0, sign), name.substr(sign + 1));
    while (name.starts_with('-'))
        name.remove_prefix(1);
    const std::string_view nearest = nearest_option(name);
    return nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
}

} // namespace pop3dump
