// The lengths of the clear text inside of TLS records, by their headers alone (docs/semantics.md
// section 10, without keys). TLS hides bytes, not lengths: an AEAD adds as many to each record.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "tls/record.hpp"

#include <optional>

namespace pop3ana {

/// What a cipher suite adds to the text of a record, in its version; none: the length of the text
/// cannot be told (CBC, or nobody knows the suite).
std::optional<std::uint32_t> record_overhead(std::uint16_t version, std::uint16_t suite);

/// Reads one connection. Records of application data behind the handshake are handed on; in TLS 1.3
/// tickets and alerts are among them, since all looks alike there.
class TextLengthReader {
public:
    /// The next bytes that `from` sent, in order: `on_text(from, length)` for each record that they
    /// complete. False: nothing more can be told; nothing may follow.
    template <class OnText> bool bytes(Side from, Bytes bytes, OnText on_text) {
        bool is_fine = true;
        const bool are_records = records_[from].take(
            bytes,
            [&](const RecordHeader &header) {
                return version_ == 0 && header.type == ContentType::kHandshake;
            },
            [&](const RecordHeader &header, Bytes fragment) {
                if (!is_fine) return;
                const Found found = record(from, header, fragment);
                if (found.is_text) on_text(from, found.length);
                is_fine = !found.is_over;
            });
        return are_records && is_fine;
    }

    [[nodiscard]] bool is_tls13() const;

    [[nodiscard]] std::uint64_t held_bytes() const {
        std::uint64_t held = 0;
        for (const Side side : kSides)
            held += records_[side].held_bytes() + messages_[side].held_bytes();
        return held;
    }

private:
    struct Found {
        bool is_text = false;
        bool is_over = false;
        std::uint32_t length = 0;
    };

    Found record(Side from, const RecordHeader &header, Bytes fragment);
    bool handshake(Side from, Bytes fragment);
    bool client_hello(Bytes body);
    bool server_hello(Bytes body);

    PerSide<RecordSplitter> records_;
    PerSide<MessageSplitter> messages_;
    std::uint16_t version_ = 0; ///< 0: the ServerHello is not seen
    std::uint16_t overhead_ = 0;
    std::uint16_t finished_length_ = 0; ///< of the client's Finished, in TLS 1.3
    bool saw_server_encrypted_ = false; ///< of its handshake, in TLS 1.3
    bool is_in_traffic_ = false;        ///< the handshake is over
};

} // namespace pop3ana
