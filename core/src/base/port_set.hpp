// A set of TCP ports.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <bitset>
#include <cstdint>

namespace pop3ana {

class PortSet {
public:
    void set(std::uint16_t port) {
        bits_.set(port);
        lowest_ = std::min(lowest_, port);
        highest_ = std::max(highest_, port);
    }

    /// Clients' ports are mostly above all of these, and the bits would push other things out of
    /// the nearest cache.
    [[nodiscard]] bool test(std::uint16_t port) const {
        return lowest_ <= port && port <= highest_ && bits_[port];
    }

private:
    std::bitset<65536> bits_;
    std::uint16_t lowest_ = 65535;
    std::uint16_t highest_ = 0;
};

} // namespace pop3ana
