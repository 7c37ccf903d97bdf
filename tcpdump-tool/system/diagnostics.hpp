// What the program says on stderr, and text that is safe on a terminal.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pop3dump {

/// Length in bytes of the UTF-8 sequence (RFC 3629 s.4) that `text` begins with, and its code
/// point; 0 when there is none.
std::size_t utf8_sequence(std::string_view text, char32_t &code_point);

/// `text` with everything escaped that could drive a terminal or mislead a reader: control
/// characters (C0 as ^A, DEL, C1), bidirectional controls, line separators, and bytes that are no
/// UTF-8 (\xhh).
std::string printable(std::string_view text);

/// Whose messages they are, from now on; of static storage. pop3dump's without it.
void set_program_name(const char *name);

/// Writes "PROGRAM: MESSAGE" as one line to stderr. The message may hold file names and other
/// foreign text: it is made printable.
void report(std::string_view message);

/// Writes text of this program to stderr as it is.
void write_stderr(std::string_view text);

} // namespace pop3dump
