// Opening what a run writes to, as root, where somebody else may have laid a trap.
//
// Who controls a folder can put a link there under the name of an output, and root would write to,
// empty or give away the file behind it. Root therefore walks the path name by name:
// - a symbolic link is followed when root made it, wherever it stands;
// - in a folder that others can write to, what is there already must belong to root, to the owner
//   of the folder or to the account that the run goes on as, and have one name only.
// For everybody else the kernel judges.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "system/file_descriptor.hpp"

#include <string>
#include <sys/types.h>

namespace pop3dump {

struct OpenedOutput {
    FileDescriptor fd;    ///< none when it cannot be had
    bool created = false; ///< by this call, as root
    int code = 0;         ///< of errno, when there is none
    std::string error;    ///< one line that names the file
};

/// Opens `path` as open(2) does with `flags`, O_CREAT included; with O_DIRECTORY that makes a
/// folder, for its owner and group only. `account` is whom the run goes on as.
OpenedOutput open_output(const std::string &path, int flags, uid_t account);

/// The folder that `path` names a file in: "." when it names none.
std::string folder_of(const std::string &path);

} // namespace pop3dump
