// Writes to stderr without a buffer, so that nothing is lost or late.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "system/diagnostics.hpp"

#include <cerrno>
#include <fmt/core.h>
#include <unistd.h>

namespace pop3dump {
namespace {

const char *program_name = "pop3dump";

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80;
}

/// Characters that change how the text around them looks (Unicode TR 36 s.2.2), or end the line.
bool is_unsafe(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void append_escaped(std::string &line, std::string_view bytes) {
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        if (value >= 1 && value <= 26) {
            line += '^';
            line += static_cast<char>(value + 64);
        } else {
            line += fmt::format("\\x{:02x}", value);
        }
    }
}

} // namespace

std::size_t utf8_sequence(std::string_view text, char32_t &code_point) {
    if (text.empty()) return 0;
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) {
        code_point = lead;
        return 1;
    }
    struct Form {
        unsigned char mask, mark;
        std::size_t bytes;
        char32_t smallest; // shorter forms of the same code point are not allowed
    };
    static constexpr Form kForms[] = {
        {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};
    for (const Form &form : kForms) {
        if ((lead & form.mask) != form.mark) continue;
        if (text.size() < form.bytes) return 0;
        code_point = lead & static_cast<unsigned char>(~form.mask);
        for (std::size_t at = 1; at < form.bytes; ++at) {
            if (!is_continuation(text[at])) return 0;
            code_point = code_point << 6 | (static_cast<unsigned char>(text[at]) & 0x3fU);
        }
        const bool is_surrogate = code_point >= 0xd800 && code_point < 0xe000;
        return code_point < form.smallest || is_surrogate || code_point > 0x10ffff ? 0 : form.bytes;
    }
    return 0;
}

std::string printable(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        char32_t code_point = 0;
        const std::size_t length = utf8_sequence(text, code_point);
        const std::size_t bytes = length == 0 ? 1 : length;
        if (length == 0 || is_unsafe(code_point)) {
            append_escaped(line, text.substr(0, bytes));
        } else {
            line += text.substr(0, bytes);
        }
        text.remove_prefix(bytes);
    }
    return line;
}

void set_program_name(const char *name) {
    program_name = name;
}

void report(std::string_view message) {
    write_stderr(fmt::format("{}: {}\n", program_name, printable(message)));
}

void write_stderr(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return; // there is nowhere left to say so
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

} // namespace pop3dump
