// Says on stderr that a full disk costs records: at once, and once a minute while it goes on.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output_file.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace pop3dump {

class LossNotice {
public:
    /// Call it now and then. `what` is lost from `file`: "log lines".
    void say(const OutputFile &file, std::string_view what);

private:
    bool waiting_ = false; ///< it was said that the disk is full
    std::uint64_t said_records_ = 0;
    std::chrono::steady_clock::time_point next_;
};

} // namespace pop3dump
