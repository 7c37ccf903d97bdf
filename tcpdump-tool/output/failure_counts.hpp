// Write errors by reason, for the end of a run. Full disks are counted elsewhere: a live capture
// waits for space and does not fail.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

class FailureCounts {
public:
    /// `code` is the reason, a number of errno; `error` is one line that names the file.
    void add(int code, std::string_view error, std::uint64_t count) {
        if (count == 0) return;
        Failure &failure = failures_[code];
        failure.error = error; // the latest: a run of months may have had many files
        failure.count += count;
    }

    [[nodiscard]] std::uint64_t count() const {
        std::uint64_t count = 0;
        for (const auto &[code, failure] : failures_)
            count += failure.count;
        return count;
    }

    /// Adds a line for each reason: how many of `what` are lost.
    void describe(std::string_view what, std::vector<std::string> &lines) const {
        for (const auto &[code, failure] : failures_) {
            lines.push_back(failure.error + ": " + std::to_string(failure.count) + " " +
                            std::string(what) + " not written");
        }
    }

private:
    struct Failure {
        std::string error;
        std::uint64_t count = 0;
    };
    std::map<int, Failure> failures_;
};

} // namespace pop3dump
