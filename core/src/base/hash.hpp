// Seeded hashing of plain keys, so that a stranger cannot choose keys that collide.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pop3ana {

/// A seed that nobody can guess. Seeds order nothing that is visible: the same frames give the same
/// events with any of them.
std::uint64_t random_seed();

/// Hash of the bytes of `key`, which must have no padding.
template <class Key> std::size_t seeded_hash(const Key &key, std::uint64_t seed) {
    static_assert(std::has_unique_object_representations_v<Key>, "padding would be hashed");
    return static_cast<std::size_t>(XXH3_64bits_withSeed(&key, sizeof(key), seed));
}

} // namespace pop3ana
