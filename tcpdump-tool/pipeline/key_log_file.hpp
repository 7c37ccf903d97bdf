// A key log that is read while programs write it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/key_log.hpp"
#include "system/file_descriptor.hpp"

#include <string>

namespace pop3dump {

/// A file, or a FIFO. It stays open, so that it can be read after rights were dropped.
class KeyLogFile {
public:
    /// False: `error` is one line that names the file. `waits`: for the first writer of a FIFO,
    /// and in read() for those that there are to close it; until a signal asks to stop.
    bool open(const std::string &path, bool waits, std::string &error);

    /// Reads what has been added since. A file that has become shorter is read from its start
    /// again.
    void read(const KeyLogReader::OnSecret &on_secret);

    /// Nothing follows: a last line without an end counts too.
    void finish(const KeyLogReader::OnSecret &on_secret) { reader_.finish(on_secret); }

    /// One line, or empty: why it could not be read; which of its lines was left out.
    [[nodiscard]] std::string error() const;
    [[nodiscard]] std::string warning() const;

private:
    std::string path_;
    FileDescriptor file_;
    KeyLogReader reader_;
    std::uint64_t read_bytes_ = 0;
    bool is_regular_ = false;
    int error_number_ = 0;
};

} // namespace pop3dump
