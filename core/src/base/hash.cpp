// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hash.hpp"

#include <random>

namespace pop3ana {

std::uint64_t random_seed() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

} // namespace pop3ana
