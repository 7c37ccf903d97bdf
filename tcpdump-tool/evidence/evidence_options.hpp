// The options of evidence.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pop3dump {

struct EvidenceOptions {
    std::optional<std::string> folder; ///< none: no evidence is kept
    std::uint64_t size_mib = 1024;     ///< of all files in the folder
};

} // namespace pop3dump
