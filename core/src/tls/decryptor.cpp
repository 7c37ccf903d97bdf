// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/decryptor.hpp"

#include "base/limits.hpp"
#include "tls/hello.hpp"

#include <algorithm>

namespace pop3ana {
namespace {

template <std::size_t N> void copy(Bytes from, std::array<std::uint8_t, N> &to) {
    std::copy_n(from.begin(), N, to.begin());
}

} // namespace

void TlsDecryptor::bytes(Side from, Bytes bytes, TlsContext &context) {
    const Work work{from, direction(from), context};
    Direction &direction = work.direction;
    if (direction.is_over) return;
    const std::size_t skipped = std::min<std::size_t>(direction.skipped_bytes, bytes.size());
    direction.skipped_bytes -= static_cast<std::uint32_t>(skipped);
    bytes = skip(bytes, skipped);
    if (direction.search)
        search(bytes, work);
    else
        read_records(bytes, work);
}

void TlsDecryptor::give_way(TlsContext &context) {
    for (const Side side : {Side::kClient, Side::kServer})
        gap(side, 0, context);
}

std::uint64_t TlsDecryptor::held_bytes() const {
    std::uint64_t held = 0;
    for (const Direction &direction : directions_)
        held += direction.records.held_bytes() + direction.messages.held_bytes() +
                (direction.search ? direction.search->bytes.size() : 0);
    return held + (early_ ? early_->text.size() : 0);
}

// ---------------------------------------------------------------- records

void TlsDecryptor::read_records(Bytes bytes, const Work &work) {
    const bool are_records = work.direction.records.take(
        bytes, [](const RecordHeader &) { return true; },
        [&](const RecordHeader &header, Bytes fragment) {
            if (!work.direction.is_over) record(header, fragment, work);
        });
    if (!are_records) work.direction.is_over = true;
}

void TlsDecryptor::record(const RecordHeader &header, Bytes fragment, const Work &work) {
    // With TLS 1.3 it is there for old middleboxes alone (RFC 8446 s.D.4).
    const bool is_for_middleboxes =
        header.type == ContentType::kChangeCipherSpec && (version_ == 0 || version_ == kTls13);
    if (is_for_middleboxes) return;
    if (work.direction.protection ||
        (header.type == ContentType::kApplicationData && advance(Epoch::kClear, work)))
        protected_record(header, fragment, work);
    else
        plain_record({header.type, fragment}, work);
}

void TlsDecryptor::protected_record(const RecordHeader &header, Bytes fragment, const Work &work) {
    Direction &direction = work.direction;
    const bool may_be_handshake = is_handshake_unknown(work);
    const auto record = open(header, fragment, work);
    direction.protection->pass(fragment, record.has_value());
    if (record) {
        // Those that did not open were of the handshake if this one is the first behind that.
        const bool is_first = direction.protection->sequence_number == 1;
        if (may_be_handshake && direction.failures != 0 && !is_first)
            work.context.sink->on_text_gap(work.from);
        direction.failures = 0;
        plain_record(*record, work);
        return;
    }
    ++work.context.counters.tls_not_opened;
    ++direction.protection->sequence_number;
    if (++direction.failures >= kTlsFailures) direction.is_over = true;
    if (!may_be_handshake || direction.is_over) work.context.sink->on_text_gap(work.from);
}

// Whether records may be of the handshake of TLS 1.3, whose secret is not known.
bool TlsDecryptor::is_handshake_unknown(const Work &work) const {
    const Protection &protection = *work.direction.protection;
    const SecretLabel label =
        work.from == Side::kClient ? SecretLabel::kClientHandshake : SecretLabel::kServerHandshake;
    return version_ == kTls13 && protection.epoch == Epoch::kTraffic && !protection.has_opened &&
           work.context.secrets.find(client_random_, label) == nullptr;
}

std::optional<PlainRecord> TlsDecryptor::open(const RecordHeader &header, Bytes fragment,
                                              const Work &work) {
    Protection &protection = *work.direction.protection;
    const std::uint64_t number = protection.sequence_number;
    if (const auto record = open_with(protection, number, header, fragment, work)) return record;
    if (version_ != kTls13 && version_ != 0) return std::nullopt;
    if (number != 0 && is_handshake_unknown(work))
        if (const auto record = open_with(protection, 0, header, fragment, work)) return record;
    // The last record of an epoch may be lost, or its secret was not known.
    for (Protection &later : protections_from(protection.epoch, work, kAll))
        if (const auto record = open_with(later, 0, header, fragment, work)) {
            *work.direction.protection = std::move(later);
            return record;
        }
    return std::nullopt;
}

std::optional<PlainRecord> TlsDecryptor::open_with(Protection &protection,
                                                   std::uint64_t sequence_number,
                                                   const RecordHeader &header, Bytes fragment,
                                                   const Work &work) {
    RecordCiphers &ciphers = work.context.ciphers;
    if (protection.cipher_id == 0) protection.cipher_id = ciphers.next_id();
    const auto record =
        ciphers.of(protection.cipher_id, protection.keys)
            .open(protection.keys, sequence_number, header, fragment, work.context.buffer);
    if (!record) return record;
    protection.sequence_number = sequence_number + 1;
    protection.has_opened = true;
    // That its MAC is right does not tell what was before it.
    return protection.keys.is_chained() && !protection.knows_last_block
               ? PlainRecord{record->type, {}}
               : record;
}

// A record is over, whether it opened or not; TLS 1.0 goes on with its end. What was changed has
// another end, and the MAC of the next one does not tell where that comes behind encryption.
void TlsDecryptor::Protection::pass(Bytes fragment, bool is_open) {
    if (!keys.is_chained()) return;
    const std::size_t mac = keys.encrypts_then_macs ? bytes_of(keys.algorithms.hash) : 0;
    knows_last_block =
        fragment.size() >= mac + keys.iv.size() && (is_open || !keys.encrypts_then_macs);
    if (knows_last_block) copy(fragment.first(fragment.size() - mac).last(keys.iv.size()), keys.iv);
}

void TlsDecryptor::plain_record(const PlainRecord &record, const Work &work) {
    switch (record.type) {
    case ContentType::kHandshake:
        work.direction.messages.take(
            record.text,
            [](const MessageHeader &header) {
                return (header.type <= HandshakeType::kServerHello ||
                        header.type == HandshakeType::kEncryptedExtensions) &&
                       header.length <= kTlsHelloBytes;
            },
            [&](const MessageHeader &header, Bytes body) { message(header, body, work); });
        break;
    case ContentType::kApplicationData: text(record.text, work); break;
    case ContentType::kChangeCipherSpec: change_cipher_spec(work); break;
    case ContentType::kAlert: break;
    }
}

void TlsDecryptor::text(Bytes text, const Work &work) {
    const Protection *const protection = work.direction.protection.get();
    if (protection == nullptr) {
        work.direction.is_over = true; // Nobody has told what protects it.
        return;
    }
    if (protection->epoch == Epoch::kEarly) {
        if (!early_ || early_->state == EarlyData::State::kRefused) return;
        if (early_->state == EarlyData::State::kUndecided) {
            early_->is_cut |= early_->text.size() + text.size() > kTlsEarlyBytes;
            if (!early_->is_cut) early_->text.append(as_text(text));
            return;
        }
    }
    if (!text.empty()) work.context.sink->on_text(work.from, text, protection->sequence_number);
}

// What the server refuses it never reads: the client sends it again (RFC 8446 s.4.2.10).
void TlsDecryptor::decide_early_data(bool is_accepted, const Work &work) {
    if (!early_ || early_->state != EarlyData::State::kUndecided) return;
    early_->state = is_accepted ? EarlyData::State::kAccepted : EarlyData::State::kRefused;
    const std::string text = std::exchange(early_->text, {});
    if (!is_accepted) return;
    if (!text.empty()) work.context.sink->on_text(Side::kClient, as_bytes(text), 0);
    if (early_->is_cut) work.context.sink->on_text_gap(Side::kClient);
}

// ---------------------------------------------------------------- the handshake

void TlsDecryptor::message(const MessageHeader &header, Bytes body, const Work &work) {
    Direction &direction = work.direction;
    switch (header.type) {
    case HandshakeType::kClientHello: client_hello(body, work); break;
    case HandshakeType::kServerHello: server_hello(body, work); break;
    case HandshakeType::kEncryptedExtensions:
        if (work.from == Side::kServer) decide_early_data(accepts_early_data(body), work);
        break;
    case HandshakeType::kEndOfEarlyData:
    case HandshakeType::kFinished:
        if (version_ == kTls13 && direction.protection) advance(direction.protection->epoch, work);
        break;
    case HandshakeType::kKeyUpdate:
        if (direction.protection && direction.protection->epoch == Epoch::kTraffic) {
            Protection &old = *direction.protection;
            Protection next;
            next.keys = derive_keys(next_traffic_secret(old.keys.secret, old.keys.algorithms),
                                    old.keys.algorithms);
            old = std::move(next);
        }
        break;
    default: break;
    }
}

void TlsDecryptor::client_hello(Bytes body, const Work &work) {
    const auto hello = parse_client_hello(body);
    if (!hello || work.from != Side::kClient) return;
    has_client_hello_ = true;
    copy(hello->random, client_random_);
    early_.reset();
    if (!hello->has_early_data) return;
    early_ = std::make_unique<EarlyData>();
    constexpr std::uint16_t kFirstOf13 = 0x1301, kLastOf13 = 0x1305;
    for (const std::uint16_t suite : hello->suites)
        if (suite >= kFirstOf13 && suite <= kLastOf13 && early_->suites.size() < 5)
            early_->suites.push_back(suite);
}

void TlsDecryptor::server_hello(Bytes body, const Work &work) {
    const auto hello = parse_server_hello(body);
    if (!hello || work.from != Side::kServer) return;
    if (hello->is_retry_request) {
        decide_early_data(false, work);
        return;
    }
    version_ = hello->version;
    suite_ = hello->suite;
    encrypts_then_macs_ = hello->has_encrypt_then_mac;
    copy(hello->random, server_random_);
}

// TLS 1.2 and older: the next record has the keys that were agreed on.
void TlsDecryptor::change_cipher_spec(const Work &work) {
    const Secret *const master = work.context.secrets.find(client_random_, SecretLabel::kMaster);
    const CipherSuite *const suite = find_cipher_suite(suite_);
    const auto algorithms = suite != nullptr ? suite->algorithms() : std::nullopt;
    if (master == nullptr || !algorithms) {
        work.direction.is_over = true;
        return;
    }
    const bool etm = encrypts_then_macs_ && algorithms->cipher == BulkCipher::kAesCbc;
    const auto keys =
        derive_keys(KeyBlock{*master, version_, *algorithms, etm, client_random_, server_random_});
    auto protection = std::make_unique<Protection>();
    protection->keys = keys[static_cast<unsigned>(work.from)];
    work.direction.protection = std::move(protection);
}

// TLS 1.3: what may protect records behind an epoch, in its order.
std::vector<TlsDecryptor::Protection> TlsDecryptor::protections_from(Epoch epoch, const Work &work,
                                                                     std::size_t most) const {
    std::vector<Protection> protections;
    const auto add = [&](Epoch later, std::uint16_t suite) {
        if (protections.size() < most) add_protection(protections, later, suite, work);
    };
    if (epoch < Epoch::kEarly && work.from == Side::kClient && early_)
        for (const std::uint16_t suite : early_->suites)
            add(Epoch::kEarly, suite);
    if (epoch < Epoch::kHandshake) add(Epoch::kHandshake, suite_);
    if (epoch < Epoch::kTraffic) add(Epoch::kTraffic, suite_);
    return protections;
}

void TlsDecryptor::add_protection(std::vector<Protection> &to, Epoch epoch, std::uint16_t suite,
                                  const Work &work) const {
    const bool is_client = work.from == Side::kClient;
    const SecretLabel label =
        epoch == Epoch::kEarly ? SecretLabel::kClientEarly
        : epoch == Epoch::kHandshake
            ? (is_client ? SecretLabel::kClientHandshake : SecretLabel::kServerHandshake)
            : (is_client ? SecretLabel::kClientTraffic : SecretLabel::kServerTraffic);
    const Secret *const secret = work.context.secrets.find(client_random_, label);
    const CipherSuite *const row = find_cipher_suite(suite);
    const auto algorithms = row != nullptr ? row->algorithms() : std::nullopt;
    if (secret == nullptr || !algorithms || secret->bytes().size() != bytes_of(algorithms->hash))
        return;
    Protection protection;
    protection.epoch = epoch;
    protection.keys = derive_keys(*secret, *algorithms);
    to.push_back(std::move(protection));
}

// The next epoch whose secret is known. False: there is none.
bool TlsDecryptor::advance(Epoch epoch, const Work &work) {
    std::vector<Protection> later = protections_from(epoch, work, 1);
    if (later.empty()) return false;
    work.direction.protection = std::make_unique<Protection>(std::move(later.front()));
    return true;
}

} // namespace pop3ana
