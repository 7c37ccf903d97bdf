// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/frame_origin.hpp"

#include <charconv>
#include <fmt/core.h>

namespace pop3dump {
namespace {

constexpr std::string_view kFrame = "frame ";
constexpr std::string_view kAfter = ", after ";
constexpr std::string_view kUnit = " ns";

bool take(std::string_view &text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

template <typename Number> bool take_number(std::string_view &text, Number &number) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (result.ec != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
    return true;
}

} // namespace

std::string comment_of(const FrameOrigin &origin) {
    if (!origin.after_ns) return fmt::format("{}{}", kFrame, origin.frame);
    return fmt::format("{}{}{}{}{}", kFrame, origin.frame, kAfter, *origin.after_ns, kUnit);
}

std::optional<FrameOrigin> parse_origin(std::string_view comment) {
    FrameOrigin origin;
    if (!take(comment, kFrame) || !take_number(comment, origin.frame) || origin.frame == 0 ||
        origin.frame > kFrameNumbers)
        return std::nullopt;
    if (comment.empty()) return origin;
    std::int64_t after_ns = 0;
    if (!take(comment, kAfter) || !take_number(comment, after_ns) || comment != kUnit)
        return std::nullopt;
    origin.after_ns = after_ns;
    return origin;
}

} // namespace pop3dump
