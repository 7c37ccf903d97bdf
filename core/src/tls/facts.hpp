// What a TLS handshake tells without any key: the event `tls` (docs/semantics.md section 10).
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "tls/cipher_suite.hpp"
#include "tls/hello.hpp"
#include "tls/record.hpp"

#include <array>
#include <optional>
#include <string>

namespace pop3ana {

/// Empty and 0: not known.
struct TlsFacts {
    std::uint16_t version = 0; ///< that the server chose
    std::uint16_t suite = 0;   ///< as `version`
    std::string server_name;   ///< raw bytes
    std::string alpn;          ///< that the server chose, where it is in the clear (not TLS 1.3)
    std::string ja4;           ///< of the ClientHello
    bool is_resumed = false;
    std::optional<std::uint8_t> fatal_alert; ///< of either side, in the clear (RFC 8446 s.6)
};

/// "TLSv1.3"; empty for a version that there is not.
const char *tls_version_name(std::uint16_t version);

/// The description of an alert (RFC 8446 s.6, IANA: TLS Alerts); "unknown".
const char *tls_alert_name(std::uint8_t description);

/// Reads the start of a connection until all is known.
class TlsFactsReader {
public:
    /// The next bytes that `from` sent, in order. True: the facts are whole; nothing may follow.
    bool bytes(Side from, Bytes bytes);

    /// Whether what is known is worth an event where no more can be learned: bytes are missing, or
    /// are no TLS.
    [[nodiscard]] bool is_worth_telling() const { return facts_.version != 0; }

    [[nodiscard]] const TlsFacts &facts() const { return facts_; }

    [[nodiscard]] std::uint64_t held_bytes() const;

private:
    struct Direction {
        RecordSplitter records;
        MessageSplitter messages;
        bool is_over = false; ///< what came is no record
    };

    bool record(Side from, const RecordHeader &header, Bytes fragment);
    void message(Side from, const MessageHeader &header, Bytes body);
    void client_hello(Bytes body);
    void server_hello(Bytes body);

    TlsFacts facts_;
    std::array<Direction, 2> directions_;
    std::string session_id_; ///< of the ClientHello
    bool echoes_session_id_ = false;
    bool is_whole_ = false;
};

} // namespace pop3ana
