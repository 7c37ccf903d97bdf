// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/preface.hpp"

#include "base/bytes.hpp"

namespace pop3ana {
namespace {

using namespace std::string_view_literals;

// PROXY protocol, version 2: signature, version and command, family, length of what follows.
constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kHeaderBytes = 16;

struct LineForm {
    std::string_view start;
    std::size_t longest; ///< with its end
};
constexpr LineForm kLineForms[] = {
    {"PROXY ", 107}, // PROXY protocol, version 1
    {"SSLproxy: [", 256},
};

// Whether `text`, as far as it goes, begins with `start`.
bool may_begin_with(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start.substr(0, text.size());
}

constexpr Preface whole(std::size_t bytes) {
    return {Preface::State::kWhole, bytes};
}

} // namespace

Preface find_preface(std::string_view start) {
    constexpr Preface kUnfinished{Preface::State::kUnfinished, 0};
    if (may_begin_with(start, kSignature)) {
        if (start.size() < kHeaderBytes) return kUnfinished;
        const std::size_t bytes =
            kHeaderBytes + be16(reinterpret_cast<const std::uint8_t *>(&start[14]));
        return start.size() < bytes ? kUnfinished : whole(bytes);
    }
    for (const LineForm &form : kLineForms) {
        if (!may_begin_with(start, form.start)) continue;
        const std::size_t line_end = start.substr(0, form.longest).find('\n');
        if (line_end != std::string_view::npos) return whole(line_end + 1);
        return start.size() < form.longest ? kUnfinished : Preface{};
    }
    return {};
}

} // namespace pop3ana
