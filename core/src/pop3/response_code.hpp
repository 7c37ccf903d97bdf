// Response codes of replies (RFC 2449 section 8, RFC 3206), and why a login failed.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pop3ana {

/// The response code of a reply (docs/semantics.md section 7).
class ResponseCode {
public:
    static constexpr std::size_t kMostBytes = 32;

    /// `message`: the reply's text behind the status indicator.
    explicit ResponseCode(std::string_view message);

    /// There is one; it may be empty.
    [[nodiscard]] bool is_there() const { return is_there_; }

    /// In capitals, up to its first blank, cut. Valid as long as this.
    [[nodiscard]] std::string_view text() const { return {text_.data(), bytes_}; }

private:
    std::array<char, kMostBytes> text_;
    std::uint8_t bytes_ = 0;
    bool is_there_ = false;
};

/// POP3ANA_REASON_* of a login that was tried and failed with this reply.
std::uint32_t reason_of_failure(const ResponseCode &code, std::string_view message);

} // namespace pop3ana
