// The module of the package pop3dump-formats: a shared object, loaded when a file needs it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"

#include <memory>
#include <string>

namespace pop3dump {

/// Where it is installed: an absolute path of the build, never one of the environment, since root
/// runs pop3dump. Programs of tests define this themselves; NULL: there is none.
const char *formats_module_path();

struct ModuleResult {
    std::unique_ptr<PacketSource> source; ///< NULL: see below
    std::string load_error;               ///< why an installed module cannot be used
    std::string damage; ///< of a file of some format; without a magic number it may be of none
    bool is_installed = false;
    bool is_kept_out = false; ///< see keep_module_out()
};

/// From now on the module is not loaded. For a run that will drop privileges: the library of
/// Wireshark is not to parse with them what anybody may have made.
void keep_module_out();

/// Opens a regular file. The file's header is read now, its packets when they are asked for.
ModuleResult open_by_module(const std::string &path, const std::string &name);

} // namespace pop3dump
