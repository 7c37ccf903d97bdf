// Key logs of TLS (RFC 9850), as programs write them that SSLKEYLOGFILE is set for, and as pcapng
// holds them in decryption secrets blocks.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

/// A line of a key log. Label and random name what the secret is for; the views are borrowed.
struct KeyLogSecret {
    const char *label;
    const std::uint8_t *client_random; ///< 32 bytes
    const std::vector<std::uint8_t> &secret;
};

/// One key log, which comes in pieces.
class KeyLogReader {
public:
    using OnSecret = std::function<void(const KeyLogSecret &)>;

    /// The next bytes. A line counts when its end is there. Comments, empty lines and labels that
    /// nothing is decrypted with are passed over.
    void take(std::string_view bytes, const OnSecret &on_secret);

    /// No more bytes come: a last line without an end counts too.
    void finish(const OnSecret &on_secret);

    /// Of the first line that is no line of a key log; 0: there is none.
    [[nodiscard]] std::uint64_t first_bad_line() const { return first_bad_line_; }

private:
    void append(std::string_view bytes);
    void line(std::string_view line, const OnSecret &on_secret);

    std::string unfinished_;
    std::uint64_t lines_ = 0;
    std::uint64_t first_bad_line_ = 0;
};

} // namespace pop3dump
