// Splits lines into a word and a value, and hands them to the table of options.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/config_file.hpp"

#include "cli/advice.hpp"
#include "cli/option_rows.hpp"
#include "system/file_descriptor.hpp"
#include "system/small_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/core.h>
#include <optional>

namespace pop3dump {
namespace {

struct Setting {
    std::string word; ///< empty: the line says nothing
    std::optional<std::string> value;
};

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

void skip_blanks(std::string_view &line) {
    while (!line.empty() && is_blank(line[0]))
        line.remove_prefix(1);
}

/// Takes a quoted value off `line`, which begins with the quote. Returns "" or what is wrong.
std::string take_quoted(std::string_view &line, std::string &value) {
    line.remove_prefix(1);
    while (!line.empty() && line[0] != '"') {
        if (line[0] == '\\') {
            line.remove_prefix(1);
            if (line.empty() || (line[0] != '"' && line[0] != '\\')) {
                return R"(inside quotes \ stands before " or \ only)";
            }
        }
        value += line[0];
        line.remove_prefix(1);
    }
    if (line.empty()) return "the closing quote is missing";
    line.remove_prefix(1);
    if (!line.empty() && !is_blank(line[0])) return "unexpected text after closing quote";
    return "";
}

std::string take_plain(std::string_view &line, std::string &value) {
    const auto *const end = std::find_if(line.begin(), line.end(), is_blank);
    value = std::string(line.begin(), end);
    line.remove_prefix(value.size());
    return value.find('"') == std::string::npos ? "" : "a quote inside a value";
}

/// Returns "" or what is wrong with the line.
std::string split_line(std::string_view line, Setting &setting) {
    if (line.size() > kConfigLineBytes) {
        return fmt::format("the line is longer than {} bytes", kConfigLineBytes);
    }
    if (line.find('\0') != std::string_view::npos) return "the line contains a NUL byte";
    skip_blanks(line);
    if (line.empty() || line[0] == '#') return "";
    std::string why = take_plain(line, setting.word);
    skip_blanks(line);
    if (!why.empty() || line.empty() || line[0] == '#') return why;
    why = line[0] == '"' ? take_quoted(line, setting.value.emplace())
                         : take_plain(line, setting.value.emplace());
    skip_blanks(line);
    if (!why.empty() || line.empty() || line[0] == '#') return why;
    return "more than one value (quote a value that has blanks)";
}

const OptionRow *find_row(const std::string &word) {
    for (const OptionGroup &group : option_groups()) {
        for (const OptionRow &row : group.rows) {
            if (row.name != nullptr && word == row.name) return &row;
        }
    }
    return nullptr;
}

/// Returns "" or what is wrong with the setting, which is at `origin` in the file `name`.
std::string apply(const Setting &setting, Options &options, const std::string &name,
                  const std::string &origin) {
    const OptionRow *row = find_row(setting.word);
    if (row == nullptr) return "unknown option" + advice_on_setting(setting.word);
    if (row->argument == nullptr && setting.value) return "takes no value";
    if (row->argument != nullptr && !setting.value) {
        return fmt::format("{} is missing", row->argument);
    }
    const auto before = options.origins.find(option_text(*row));
    // What an earlier file sets is overridden.
    if (row->argument != nullptr && !row->repeatable && before != options.origins.end() &&
        before->second.starts_with(name + ':'))
        return "already set by " + before->second;
    const std::string why = row->set(options, setting.value ? setting.value->c_str() : nullptr);
    if (!why.empty()) return fmt::format("'{}': {}", setting.value.value_or(""), why);
    // Options that print a text instead of starting a run, and --config.
    if (options.action != Options::Action::Run || !options.config_files.empty()) {
        return "allowed on the command line only";
    }
    options.origins[option_text(*row)] = origin;
    return "";
}

/// `path` as --config has it.
ExitStatus read_config_file(const std::string &path, Options &options, std::string &error) {
    const bool is_optional = path.size() > 1 && path[0] == '-';
    const std::string name = is_optional ? path.substr(1) : path;
    std::string text;
    if (!read_small_file(name, kConfigFileBytes, text)) {
        if (is_optional && errno == ENOENT) return ExitStatus::Ok;
        error = fmt::format("{}: {}", name.empty() ? "''" : name, std::strerror(errno));
        return ExitStatus::Failure;
    }
    if (text.size() > kConfigFileBytes) {
        error = fmt::format("{}: is longer than {} bytes", name, kConfigFileBytes);
        return ExitStatus::Usage;
    }
    return parse_config_file(text, name, options, error) ? ExitStatus::Ok : ExitStatus::Usage;
}

} // namespace

bool parse_config_file(std::string_view text, const std::string &name, Options &options,
                       std::string &error) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        Setting setting;
        std::string why = split_line(line, setting);
        std::string origin = fmt::format("{}:{}", name, number);
        if (!setting.word.empty()) origin += ": " + setting.word;
        if (why.empty() && !setting.word.empty()) why = apply(setting, options, name, origin);
        if (!why.empty()) {
            error = fmt::format("{}: {}", origin, why);
            return false;
        }
    }
    return true;
}

ExitStatus read_options(int argc, char **argv, Options &options, std::string &error) {
    Options command_line = options;
    if (!parse_options(argc, argv, command_line, error)) return ExitStatus::Usage;
    if (command_line.action != Options::Action::Run || command_line.config_files.empty()) {
        options = command_line;
        return ExitStatus::Ok;
    }
    for (const std::string &path : command_line.config_files) {
        const ExitStatus status = read_config_file(path, options, error);
        if (status != ExitStatus::Ok) return status;
    }
    // The command line comes once more, on top of the files.
    return parse_options(argc, argv, options, error) ? ExitStatus::Ok : ExitStatus::Usage;
}

} // namespace pop3dump
