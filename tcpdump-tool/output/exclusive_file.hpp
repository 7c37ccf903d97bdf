// Opening a file that one run, and only one of its outputs, writes to.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "system/file_descriptor.hpp"
#include "system/privileges.hpp"

#include <string>
#include <sys/stat.h>
#include <sys/types.h>
#include <vector>

namespace pop3dump {

/// Which regular file a path leads to; what else can be opened (pipes, devices) has none.
struct FileIdentity {
    dev_t device;
    ino_t number;
};

/// Adds the identity of the regular file at `path` ("-": the standard input), if it is one.
void add_identity(const std::string &path, std::vector<FileIdentity> &identities);

/// False if it is not a regular file.
bool is_regular_file(int fd, struct stat &status);

/// "PATH: REASON"; `code` is a number of errno.
std::string file_error(const std::string &path, int code);

/// Opens `path` for appending, and locks it against other runs when it is a regular file; what is
/// in it stays. What it creates is given to `account`. None when that fails, or when it is one of
/// `in_use`, which would be lost: `error` then names the file, and `code` is a number of errno.
FileDescriptor open_exclusive(const std::string &path, const Account &account,
                              const std::vector<FileIdentity> &in_use, std::string &error,
                              int &code);

} // namespace pop3dump
