// Reads numbers and vectors as TLS writes them (RFC 8446 s.3).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"

namespace pop3ana {

/// What is missing reads as nothing, and so does all behind it; is_fine() tells.
class ByteReader {
public:
    explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

    /// A number of `size` bytes, at most 4.
    std::uint32_t number(std::size_t size) {
        std::uint32_t value = 0;
        for (const std::uint8_t byte : take(size))
            value = value << 8 | byte;
        return value;
    }

    Bytes take(std::size_t size) {
        if (size > bytes_.size()) {
            is_fine_ = false;
            bytes_ = {};
            return {};
        }
        const Bytes taken = bytes_.first(size);
        bytes_ = skip(bytes_, size);
        return taken;
    }

    /// A vector whose length stands before it, in `length_bytes`.
    Bytes vector(std::size_t length_bytes) { return take(number(length_bytes)); }

    [[nodiscard]] bool is_fine() const { return is_fine_; }
    [[nodiscard]] bool is_at_end() const { return bytes_.empty(); }

private:
    Bytes bytes_;
    bool is_fine_ = true;
};

} // namespace pop3ana
