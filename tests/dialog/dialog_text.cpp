// Reads dialogs.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "dialog.hpp"

#include <filesystem>
#include <fstream>

namespace pop3ana_test {

namespace {

/// Replaces the escapes; false: one is wrong.
bool unescape(const std::string &text, std::string &bytes) {
    static const std::string kLetters = "rnt0s\\", kBytes("\r\n\t\0 \\", 6);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            bytes += text[i];
            continue;
        }
        if (++i == text.size()) return false;
        const auto letter = kLetters.find(text[i]);
        if (letter != std::string::npos) {
            bytes += kBytes[letter];
        } else if (text[i] == 'x' && i + 2 < text.size()) {
            bytes += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else if (text[i] == '{') {
            const auto star = text.find('*', i), end = text.find('}', i);
            std::string repeated;
            if (end == std::string::npos || star > end) return false;
            if (!unescape(text.substr(star + 1, end - star - 1), repeated)) return false;
            for (int count = std::stoi(text.substr(i + 1)); count > 0; --count)
                bytes += repeated;
            i = end;
        } else {
            return false;
        }
    }
    return true;
}

/// Takes `word` and the blank behind it from the front of `line`.
bool take(std::string &line, const std::string &word) {
    if (line == word) {
        line.clear();
        return true;
    }
    if (!line.starts_with(word + ' ')) return false;
    line.erase(0, word.size() + 1);
    return true;
}

bool read_side(std::string line, std::vector<Step> &steps) {
    Step step;
    step.side = line[0] == 'S' ? Side::Server : Side::Client;
    line.erase(0, 1);
    if (line == " fin" || line == " rst") {
        step.kind = line == " fin" ? Step::Kind::Fin : Step::Kind::Rst;
        steps.push_back(step);
        return true;
    }
    if (line.starts_with(" lost")) {
        step.kind = Step::Kind::Lose;
        line.erase(0, 5);
    } else if (line.starts_with(" cut ")) {
        step.kind = Step::Kind::Cut;
        std::size_t digits = 0;
        step.number = std::stoul(line.substr(5), &digits);
        line.erase(0, 5 + digits);
    }
    const bool whole_line = line.starts_with(':');
    if (!whole_line && !line.starts_with('>')) return false;
    line.erase(0, line.size() > 1 && line[1] == ' ' ? 2 : 1);
    if (!unescape(line, step.text)) return false;
    if (whole_line) step.text += "\r\n";
    steps.push_back(step);
    return true;
}

bool read_step(std::string line, Dialog &dialog) {
    if (line[0] == 'S' || line[0] == 'C') return read_side(line, dialog.steps);
    Step step;
    if (take(line, "=>")) {
        if (line.ends_with('|')) line.pop_back();
        step.kind = Step::Kind::Line;
        step.text = line;
    } else if (take(line, "=!")) {
        dialog.names_unlogged = true;
        step.kind = Step::Kind::Unlogged;
        step.text = line;
    } else if (take(line, "wait")) {
        step.kind = Step::Kind::Wait;
        step.number = std::stoul(line);
    } else if (take(line, "connect")) {
        step.kind = Step::Kind::Connect;
        step.text = line;
    } else if (take(line, "resume")) {
        step.kind = Step::Kind::Resume;
        step.number = std::stoul(line);
    } else if (take(line, "midstream")) {
        dialog.midstream = true;
        return dialog.steps.empty();
    } else if (take(line, "option")) {
        const auto blank = line.find(' ');
        if (blank == std::string::npos) return false;
        auto value = line.substr(blank + 1);
        if (value == "\"\"") value.clear();
        dialog.options.emplace_back(line.substr(0, blank), value);
        return true;
    } else {
        return false;
    }
    dialog.steps.push_back(step);
    return true;
}

} // namespace

Dialog read_dialog(const std::string &path) {
    Dialog dialog;
    dialog.name = std::filesystem::path(path).stem().string();
    std::ifstream in(path);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line[0] == '#' || read_step(line, dialog)) continue;
        dialog.error = path + ':' + std::to_string(number) + ": not understood: " + line;
        break;
    }
    if (dialog.steps.empty() && dialog.error.empty()) dialog.error = path + ": no dialog";
    return dialog;
}

} // namespace pop3ana_test
