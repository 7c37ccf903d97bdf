// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/capture_names.hpp"

#include "capture/capture_limits.hpp"

namespace pop3dump {

std::uint32_t CaptureNames::add(std::string_view name) {
    constexpr std::size_t kOverheadBytes = 128; // of a name, measured and rounded up
    if (name.empty() || name.size() > kCaptureNameBytes) return 0;
    const std::lock_guard lock(mutex_);
    const auto known = numbers_.find(name);
    if (known != numbers_.end()) return known->second;
    if (bytes_ + name.size() + kOverheadBytes > kCaptureNamesBytes) return 0;
    bytes_ += name.size() + kOverheadBytes;
    const auto number = static_cast<std::uint32_t>(names_.size() + 1);
    numbers_.emplace(names_.emplace_back(name), number);
    return number;
}

std::string_view CaptureNames::name(std::uint32_t number) const {
    const std::lock_guard lock(mutex_);
    return number == 0 ? std::string_view() : names_[number - 1];
}

bool CaptureNames::is_before(std::uint32_t left, std::uint32_t right) const {
    return name(left) < name(right);
}

} // namespace pop3dump
