// A file, or the standard output, that is written in large blocks.
// The first failure is kept: from then on everything is thrown away, and nothing blocks.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "file_descriptor.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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

class OutputFile {
public:
    /// Creates or empties `path` ("-": the standard output). NULL when that fails, or when it is
    /// one of `in_use`, which would be lost: `error` then names the file.
    static std::unique_ptr<OutputFile>
    open(const std::string &path, const std::vector<FileIdentity> &in_use, std::string &error);

    /// Room for more bytes, never empty; commit() says how many of them were written.
    std::span<char> room() { return std::span(block_).subspan(used_bytes_); }

    /// Room for at least `bytes`: writes out what is there, and grows when that is not enough.
    std::span<char> room(std::size_t bytes);

    void commit(std::size_t bytes) {
        used_bytes_ += bytes;
        if (used_bytes_ == block_.size()) flush();
    }
    void append(std::string_view bytes);
    void put(char byte) {
        block_[used_bytes_] = byte;
        commit(1);
    }

    /// Hands everything to the system.
    void flush();

    /// Flushes and closes; reports what only closing brings to light (quota, network file systems).
    void close();

    [[nodiscard]] bool failed() const { return failed_; }
    /// The failure is that the reader has gone: no error for a filter.
    [[nodiscard]] bool reader_gone() const { return reader_gone_; }
    /// Empty, or one line that names the file.
    [[nodiscard]] const std::string &error() const { return error_; }
    [[nodiscard]] bool is_terminal() const { return is_terminal_; }

private:
    OutputFile(std::string name, FileDescriptor fd);
    bool wait_writable();
    void fail(int code);

    std::string name_;
    FileDescriptor fd_;
    std::vector<char> block_;
    std::size_t used_bytes_ = 0; ///< less than block_.size()
    bool failed_ = false;
    bool reader_gone_ = false;
    bool is_terminal_ = false;
    std::string error_;
};

} // namespace pop3dump
