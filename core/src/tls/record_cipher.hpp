// Takes the protection off a record (RFC 8446 s.5.2, RFC 5246 s.6.2.3, RFC 7366, RFC 7905).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"
#include "tls/key_schedule.hpp"
#include "tls/record.hpp"

#include <gcrypt.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace pop3ana {

/// What was inside of a record.
struct PlainRecord {
    ContentType type{};
    Bytes text;
};

/// One key at work: libgcrypt's context of it.
class RecordCipher {
public:
    /// Throws std::bad_alloc.
    explicit RecordCipher(const RecordKeys &keys);

    /// The record, if it is the one with that sequence number and nobody has changed it; else none.
    /// The text is borrowed from `buffer`, which is overwritten. Where keys.iv of chained
    /// records is wrong, encrypt-then-MAC does not tell: then the text is wrong or empty.
    std::optional<PlainRecord> open(const RecordKeys &keys, std::uint64_t sequence_number,
                                    const RecordHeader &header, Bytes fragment,
                                    std::string &buffer);

private:
    std::optional<PlainRecord> open_aead(const RecordKeys &keys, std::uint64_t sequence_number,
                                         const RecordHeader &header, Bytes fragment,
                                         std::string &buffer);
    std::optional<PlainRecord> open_cbc(const RecordKeys &keys, std::uint64_t sequence_number,
                                        const RecordHeader &header, Bytes fragment,
                                        std::string &buffer);
    bool decrypt_cbc(Bytes iv, Bytes ciphertext, std::string &buffer);

    struct Close {
        void operator()(gcry_cipher_hd_t handle) const { gcry_cipher_close(handle); }
    };
    std::unique_ptr<gcry_cipher_handle, Close> handle_;
};

/// Contexts are large and open fast: some are shared by all connections.
class RecordCiphers {
public:
    /// Names keys that have a context of their own: never 0, and no other keys have it.
    std::uint64_t next_id() { return ++last_id_; }

    /// The context of the keys of that name. Valid until the next call.
    RecordCipher &of(std::uint64_t id, const RecordKeys &keys);

private:
    struct Slot {
        std::uint64_t id = 0;
        std::optional<RecordCipher> cipher;
    };
    std::uint64_t last_id_ = 0;
    std::array<Slot, kTlsCiphers> slots_; ///< by the last bits of the name
};

} // namespace pop3ana
