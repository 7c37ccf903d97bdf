// The interfaces of this machine, and their link types, for the user to choose from.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "live/live_options.hpp"

#include <string>

namespace pop3dump {

/// The text of -D, a line for each interface. False with one line in `error`.
bool list_interfaces(std::string &text, std::string &error);

/// The text of -L: the link types of the first interface that the options name, or else of the
/// first that there is. False with one line in `error`.
bool list_link_types(const LiveOptions &options, std::string &text, std::string &error);

/// What the user calls an interface is its name, or its number in the text of -D. False with one
/// line in `error`; whether an interface of that name exists is left to who opens it.
bool find_interface(const std::string &wanted, std::string &name, std::string &error);

} // namespace pop3dump
