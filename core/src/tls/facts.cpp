// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/facts.hpp"

#include "base/limits.hpp"
#include "tls/ja4.hpp"
#include "tls/key_schedule.hpp"

namespace pop3ana {

const char *tls_version_name(std::uint16_t version) {
    switch (version) {
    case kTls10: return "TLSv1.0";
    case kTls11: return "TLSv1.1";
    case kTls12: return "TLSv1.2";
    case kTls13: return "TLSv1.3";
    default: return "";
    }
}

const char *tls_alert_name(std::uint8_t description) {
    switch (description) {
    case 10: return "unexpected_message";
    case 20: return "bad_record_mac";
    case 22: return "record_overflow";
    case 40: return "handshake_failure";
    case 42: return "bad_certificate";
    case 43: return "unsupported_certificate";
    case 44: return "certificate_revoked";
    case 45: return "certificate_expired";
    case 46: return "certificate_unknown";
    case 47: return "illegal_parameter";
    case 48: return "unknown_ca";
    case 49: return "access_denied";
    case 50: return "decode_error";
    case 51: return "decrypt_error";
    case 70: return "protocol_version";
    case 71: return "insufficient_security";
    case 80: return "internal_error";
    case 86: return "inappropriate_fallback";
    case 109: return "missing_extension";
    case 110: return "unsupported_extension";
    case 112: return "unrecognized_name";
    case 113: return "bad_certificate_status_response";
    case 115: return "unknown_psk_identity";
    case 116: return "certificate_required";
    case 120: return "no_application_protocol";
    default: return "unknown";
    }
}

bool TlsFactsReader::bytes(Side from, Bytes bytes) {
    Direction &direction = directions_[static_cast<unsigned>(from)];
    if (direction.is_over) return false;
    const bool are_records = direction.records.take(
        bytes,
        [](const RecordHeader &header) { return header.type != ContentType::kApplicationData; },
        [&](const RecordHeader &header, Bytes fragment) {
            if (!is_whole_) is_whole_ = record(from, header, fragment);
        });
    direction.is_over = !are_records;
    return is_whole_ || (!are_records && is_worth_telling());
}

std::uint64_t TlsFactsReader::held_bytes() const {
    std::uint64_t held = 0;
    for (const Direction &direction : directions_)
        held += direction.records.held_bytes() + direction.messages.held_bytes();
    return held;
}

// True: nothing more is to be learned.
bool TlsFactsReader::record(Side from, const RecordHeader &header, Bytes fragment) {
    constexpr std::uint8_t kFatal = 2;
    switch (header.type) {
    case ContentType::kAlert:
        if (fragment.size() == 2 && fragment[0] == kFatal) facts_.fatal_alert = fragment[1];
        return facts_.fatal_alert.has_value();
    case ContentType::kHandshake: {
        Direction &direction = directions_[static_cast<unsigned>(from)];
        direction.messages.take(
            fragment,
            [](const MessageHeader &message) {
                return message.type <= HandshakeType::kServerHello &&
                       message.length <= kTlsHelloBytes;
            },
            [&](const MessageHeader &message, Bytes body) {
                if (!is_whole_) this->message(from, message, body);
            });
        return is_whole_;
    }
    case ContentType::kChangeCipherSpec:
        // TLS 1.2 and older: right behind the ServerHello of a session that goes on.
        if (from != Side::kServer || facts_.version == 0) return false;
        facts_.is_resumed = echoes_session_id_;
        return true;
    case ContentType::kApplicationData: break;
    }
    return facts_.version != 0;
}

void TlsFactsReader::message(Side from, const MessageHeader &header, Bytes body) {
    if (from == Side::kClient) {
        if (header.type == HandshakeType::kClientHello) client_hello(body);
    } else if (header.type == HandshakeType::kServerHello) {
        server_hello(body);
    } else if (facts_.version != 0) {
        // A ticket may come before the ChangeCipherSpec, a certificate when the session is fresh.
        is_whole_ = header.type != HandshakeType::kNewSessionTicket;
    }
}

void TlsFactsReader::client_hello(Bytes body) {
    const auto hello = parse_client_hello(body);
    if (!hello || !facts_.ja4.empty()) return;
    facts_.server_name = hello->server_name;
    facts_.ja4 = ja4_of(*hello);
    session_id_ = as_text(hello->session_id);
}

void TlsFactsReader::server_hello(Bytes body) {
    const auto hello = parse_server_hello(body);
    if (!hello || hello->is_retry_request) return;
    facts_.version = hello->version;
    facts_.suite = hello->suite;
    facts_.alpn = hello->alpn;
    facts_.is_resumed = hello->has_pre_shared_key;
    echoes_session_id_ = !session_id_.empty() && as_text(hello->session_id) == session_id_;
    is_whole_ = hello->version == kTls13;
}

} // namespace pop3ana
