// Says on stderr that a full disk costs something: at once, and once a minute while it goes on.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

class DiskFullNotice {
public:
    struct Loss {
        bool ongoing;
        std::string_view file;
        std::string_view error; ///< one line that names the file
        std::uint64_t count;    ///< since the run began
    };

    /// Call it now and then. `what` was lost: "log lines".
    void update(const Loss &loss, std::string_view what);

private:
    bool ongoing_ = false; ///< as was said
    std::uint64_t reported_ = 0;
    std::chrono::steady_clock::time_point next_;
};

/// Adds a line for the end of the run: that `count` of `what` are not in `file`; none if that is 0.
void add_full_disk_loss(std::string_view file, std::uint64_t count, std::string_view what,
                        std::vector<std::string> &errors);

} // namespace pop3dump
