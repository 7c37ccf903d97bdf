// The folder of --evidence: names of its files, and the limit for what they hold together.
// Only files whose names have the form that is given here are ever counted or removed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "evidence/evidence_room.hpp"
#include "system/file_descriptor.hpp"
#include "system/privileges.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pop3dump {

class EvidenceFolder {
public:
    explicit EvidenceFolder(std::uint64_t most_bytes) : room_(most_bytes) {}

    /// Makes the folder if there is none, and locks it against other runs. False when that fails:
    /// `error` is one line that names it.
    bool open(const std::string &path, const Account &account, std::string &error);

    /// Takes stock of the folder. To be called as `account`. False when files cannot be made there:
    /// `error` is one line that names the folder and the user.
    bool begin(const Account &account, std::string &error);

    /// What the name of a file says. The time is UTC; `client` is an address.
    struct Alerted {
        std::int64_t ts_ns;
        std::uint64_t session;
        std::string_view client;
    };

    /// Creates a file with `bytes` in it, all or nothing, under an unused name such as
    /// 20261125T031503Z_session7_10.0.0.2.pcapng. Deletes other files if there is no space.
    /// Returns 0 and sets `id`, EFBIG when a file may not be so large, or another number of errno.
    int create(const Alerted &alerted, std::string_view bytes, EvidenceId &id);

    /// Adds `bytes` to a file, all or nothing. As create(), and ENOENT when the file is gone.
    int extend(const EvidenceId &id, std::string_view bytes);

    [[nodiscard]] const std::string &path() const { return path_; }
    /// The file's path, or the folder's when the file is gone.
    [[nodiscard]] std::string path_of(const EvidenceId &id);
    [[nodiscard]] std::uint64_t removed_files() const { return removed_files_; }

private:
    void take_stock();
    [[nodiscard]] std::string new_name(const Alerted &alerted) const;
    int make_room(const EvidenceId &newcomer);
    int write_new(EvidenceFile &file, std::string_view bytes);
    int write_more(const EvidenceFile &file, std::string_view bytes);

    std::string path_;
    FileDescriptor folder_;
    EvidenceRoom room_;
    std::uint64_t number_ = 0; ///< of the latest file
    std::uint64_t removed_files_ = 0;
};

} // namespace pop3dump
