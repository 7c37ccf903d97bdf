// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/key_log.hpp"

#include "base/hex.hpp"

#include <algorithm>

namespace pop3dump {
namespace {

constexpr std::size_t kRandomBytes = 32;     // RFC 8446 s.4.1.2
constexpr std::size_t kMostSecretBytes = 48; // of SHA-384, and of a master secret
constexpr std::size_t kMostLineBytes = 4'096;

bool is_label(std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

std::string_view take_word(std::string_view &text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return word;
}

} // namespace

void KeyLogReader::take(std::string_view bytes, const OnSecret &on_secret) {
    for (std::size_t end = 0; (end = bytes.find('\n')) != std::string_view::npos;) {
        append(bytes.substr(0, end));
        bytes.remove_prefix(end + 1);
        finish(on_secret);
    }
    append(bytes);
}

void KeyLogReader::finish(const OnSecret &on_secret) {
    ++lines_;
    line(unfinished_, on_secret);
    unfinished_.clear();
}

// Of a line that is too long the start is enough: it may be a comment.
void KeyLogReader::append(std::string_view bytes) {
    unfinished_.append(bytes.substr(0, kMostLineBytes + 1 - unfinished_.size()));
}

void KeyLogReader::line(std::string_view line, const OnSecret &on_secret) {
    const bool is_too_long = line.size() > kMostLineBytes;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) return;
    const std::string label{take_word(line)};
    const auto random = pop3ana::parse_hex(take_word(line));
    const auto secret = pop3ana::parse_hex(take_word(line));
    if (is_too_long || !is_label(label) || !random || !secret || random->size() != kRandomBytes ||
        secret->empty() || !line.empty()) {
        if (first_bad_line_ == 0) first_bad_line_ = lines_;
        return;
    }
    if (secret->size() <= kMostSecretBytes) on_secret({label.c_str(), random->data(), *secret});
}

} // namespace pop3dump
