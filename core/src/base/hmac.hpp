// HMAC (RFC 2104), by libgcrypt.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"

#include <gcrypt.h>
#include <initializer_list>
#include <memory>
#include <new>

namespace pop3ana {

/// One after another with the same key. libgcrypt has to be ready: see start_gcrypt().
class Hmac {
public:
    /// `algorithm`: GCRY_MD_*.
    Hmac(int algorithm, Bytes key) {
        gcry_md_hd_t handle = nullptr;
        if (gcry_md_open(&handle, algorithm, GCRY_MD_FLAG_HMAC) != 0) throw std::bad_alloc{};
        handle_.reset(handle);
        if (gcry_md_setkey(handle, key.data(), key.size()) != 0) throw std::bad_alloc{};
    }
    /// Of the parts, one behind the other. Borrowed until the next one.
    Bytes of(std::initializer_list<std::string_view> parts) {
        gcry_md_reset(handle_.get());
        for (const std::string_view part : parts)
            gcry_md_write(handle_.get(), part.data(), part.size());
        return {gcry_md_read(handle_.get(), 0),
                gcry_md_get_algo_dlen(gcry_md_get_algo(handle_.get()))};
    }

private:
    struct Close {
        void operator()(gcry_md_hd_t handle) const { gcry_md_close(handle); }
    };
    std::unique_ptr<gcry_md_handle, Close> handle_;
};

} // namespace pop3ana
