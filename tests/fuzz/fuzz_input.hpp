// What fuzz targets share: numbers and texts out of the fuzzer's bytes, and laws that stop the
// program.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fuzz {

/// The fuzzer's bytes, read from front to back; zeros follow their end.
class Input {
public:
    Input(const std::uint8_t *data, std::size_t size) : rest_(data, size) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }

    std::uint8_t byte();
    /// 0 to limit - 1, of one byte; limit must not be 0.
    std::size_t below(std::size_t limit) { return byte() % limit; }
    bool flag() { return (byte() & 1) != 0; }
    /// Big-endian.
    std::uint64_t number(unsigned bytes);
    std::span<const std::uint8_t> bytes(std::size_t count);
    std::span<const std::uint8_t> rest() { return bytes(rest_.size()); }

    /// What an end of a POP3 connection may send: a line out of a table, or bytes as they are.
    std::string pop3_bytes();

private:
    std::span<const std::uint8_t> rest_;
};

/// Stops the program when a law is broken.
void law(std::string_view what, bool holds);

/// The same for two texts that must be equal.
void same(std::string_view what, std::string_view one, std::string_view other);

} // namespace fuzz

/// libFuzzer's name for a target; it asks for 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);
