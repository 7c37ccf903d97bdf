// What the build-time generators share.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace pop3dump {

/// A mark in a template and what stands there instead.
struct Filling {
    std::string_view mark;
    std::string text;
};

/// Prints the file with all marks replaced on the standard output. Each mark must be in it. Returns
/// the exit status of the generator; an error is said on the standard error.
int fill_template(const char *path, std::initializer_list<Filling> fillings);

} // namespace pop3dump
