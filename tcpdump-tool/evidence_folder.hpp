// The folder of --evidence: names of its files, and the limit for what they hold together.
// Only files whose names have the form that is given here are ever counted or removed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "file_descriptor.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace pop3dump {

class EvidenceFolder {
public:
    /// Takes stock of the folder and locks it against other runs. False when that fails: `error` is
    /// one line that names it.
    bool open(const std::string &path, std::uint64_t most_bytes, std::string &error);

    /// A name that no file has, such as 20261125T031503Z_session7_10.0.0.2.pcapng. The time is UTC;
    /// `client` is an address.
    [[nodiscard]] std::string new_name(std::int64_t ts_ns, std::uint64_t session,
                                       std::string client) const;

    /// Adds `bytes` to a file, all or nothing, and makes the file first when it `is_new`. The
    /// oldest other files are removed when there is no room. Returns 0, ENOENT when the file is
    /// gone, EFBIG when it has its share of the room, or another number of errno.
    int append(const std::string &name, std::string_view bytes, bool is_new);

    [[nodiscard]] const std::string &path() const { return path_; }
    [[nodiscard]] std::uint64_t removed_files() const { return removed_files_; }

private:
    bool make_room(const std::string &name, std::uint64_t bytes);
    void take_stock();
    int create(const std::string &name, std::string_view bytes);
    int extend(const std::string &name, std::string_view bytes);
    static int write(int fd, std::string_view bytes);
    void set_bytes(const std::string &name, std::uint64_t bytes);
    void forget(std::map<std::string, std::uint64_t>::iterator file);

    std::string path_;
    FileDescriptor folder_;
    std::uint64_t most_bytes_ = 0;
    std::uint64_t all_bytes_ = 0;
    std::uint64_t removed_files_ = 0;
    std::map<std::string, std::uint64_t> files_; ///< disk space by name, and so by time
};

} // namespace pop3dump
