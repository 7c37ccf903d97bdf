// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/fleet_key.hpp"

#include "fleet/small_file.hpp"

#include "base/hash.hpp"

#include <cstring>
#include <fmt/format.h>
#include <gcrypt.h>
#include <memory>
#include <new>

namespace pop3fleet {
namespace {

constexpr std::size_t kLeastKeyBytes = 16;

struct CloseDigest {
    void operator()(gcry_md_hd_t digest) const { gcry_md_close(digest); }
};
using DigestHandle = std::unique_ptr<std::remove_pointer_t<gcry_md_hd_t>, CloseDigest>;

} // namespace

std::optional<FleetKey> FleetKey::read(const std::string &path, std::string &error) {
    auto key = read_small_file(path, error);
    if (!key) return std::nullopt;
    while (key->ends_with('\n') || key->ends_with('\r'))
        key->pop_back();
    if (key->size() < kLeastKeyBytes) {
        error = fmt::format("{}: a fleet key has at least {} bytes: openssl rand -hex 32 makes one",
                            path, kLeastKeyBytes);
        return std::nullopt;
    }
    return FleetKey{*std::move(key)};
}

FleetKey::FleetKey(std::string key) : key_(std::move(key)) {
    const Digest digest = hash(Purpose::kBucket, {});
    std::memcpy(&seed_, digest.data(), sizeof seed_);
}

FleetKey::Digest FleetKey::hash(Purpose purpose, std::string_view first,
                                std::string_view second) const {
    gcry_md_hd_t opened = nullptr;
    if (gcry_md_open(&opened, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC) != 0) throw std::bad_alloc();
    const DigestHandle digest{opened};
    if (gcry_md_setkey(opened, key_.data(), key_.size()) != 0) throw std::bad_alloc();
    // The length of the first one: `ab` and `c` are not `a` and `bc`.
    const std::uint64_t first_bytes = first.size();
    const char kind = static_cast<char>(purpose);
    gcry_md_write(opened, &kind, 1);
    gcry_md_write(opened, &first_bytes, sizeof first_bytes);
    gcry_md_write(opened, first.data(), first.size());
    gcry_md_write(opened, second.data(), second.size());
    Digest result;
    std::memcpy(result.data(), gcry_md_read(opened, GCRY_MD_SHA256), result.size());
    return result;
}

std::uint64_t FleetKey::quick_hash(std::string_view bytes) const {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed_);
}

} // namespace pop3fleet
