// Lost bytes inside TLS: where the next record is, and which one.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/decryptor.hpp"

#include "base/limits.hpp"

#include <algorithm>

namespace pop3ana {

void TlsDecryptor::gap(Side from, std::uint64_t gap_bytes, TlsContext &context) {
    const Work work{from, direction(from), context};
    Direction &direction = work.direction;
    if (direction.is_over) return;
    const bool was_protected = direction.protection != nullptr;
    // What is agreed on may be in the gap. What the client protects depends on its random alone.
    if (!was_protected && !protect(work) && !(from == Side::kClient && knows_random(direction))) {
        direction.is_over = true;
        return;
    }
    const std::uint64_t missing = direction.records.missing().value_or(0) + direction.skipped_bytes;
    const bool ends_in_record =
        was_protected && gap_bytes != 0 && gap_bytes <= missing && !direction.search;
    direction.messages = {};
    if (ends_in_record) {
        if (direction.skipped_bytes == 0) ++direction.protection->sequence_number;
        direction.skipped_bytes = static_cast<std::uint32_t>(missing - gap_bytes);
    } else {
        direction.skipped_bytes = 0;
        // Who makes gaps gets no more tries by that: only a record that opens gives them back.
        const std::uint32_t tries = direction.search ? direction.search->tries : 0;
        direction.search = std::make_unique<Search>();
        direction.search->tries = tries;
    }
    direction.records = {};
    if (direction.protection) direction.protection->knows_last_block = false;
    context.sink->on_text_gap(from);
}

// Whether the random of the ClientHello is known, be it from its start alone.
bool TlsDecryptor::knows_random(const Direction &direction) {
    constexpr std::size_t kRandomAt = MessageHeader::kBytes + 2;
    const Bytes start = direction.records.held();
    if (!has_client_hello_ && direction.records.header().type == ContentType::kHandshake &&
        start.size() >= kRandomAt + kHelloRandomBytes &&
        start[0] == static_cast<std::uint8_t>(HandshakeType::kClientHello)) {
        std::copy_n(start.begin() + kRandomAt, kHelloRandomBytes, client_random_.begin());
        has_client_hello_ = true;
    }
    return has_client_hello_;
}

// What comes may be protected: with what was agreed on. False: that is not known.
bool TlsDecryptor::protect(const Work &work) {
    if (version_ == 0) return false;
    if (version_ == kTls13) return advance(Epoch::kClear, work);
    change_cipher_spec(work);
    return work.direction.protection != nullptr;
}

void TlsDecryptor::search(Bytes bytes, const Work &work) {
    Direction &direction = work.direction;
    if (!direction.protection && !protect(work)) return;
    Search &search = *direction.search;
    search.bytes.append(as_text(bytes));
    std::size_t &at = search.at;
    for (; at + RecordHeader::kBytes <= search.bytes.size(); ++at) {
        const Bytes rest = skip(as_bytes(search.bytes), at);
        const auto header = RecordHeader::parse(rest.data());
        if (!header || !may_be_protected(*header)) continue;
        if (rest.size() < RecordHeader::kBytes + header->length) break; // One in 2^24 is none.
        if (try_record(at, *header, work)) return;
        if (search.tries >= kTlsTries) break;
    }
    if (search.bytes.size() > kTlsSearchBytes || search.tries >= kTlsTries) {
        direction = {};
        direction.is_over = true;
    }
}

bool TlsDecryptor::may_be_protected(const RecordHeader &header) const {
    constexpr std::uint16_t kLeast = 16; // an authentication tag, or a block
    return header.length >= kLeast &&
           (version_ != kTls13 || header.type == ContentType::kApplicationData);
}

// Whether a record is there; then it is read, and what stands behind it.
bool TlsDecryptor::try_record(std::size_t at, const RecordHeader &header, const Work &work) {
    Direction &direction = work.direction;
    const std::size_t end = at + RecordHeader::kBytes + header.length;
    const Bytes fragment =
        as_bytes(direction.search->bytes).subspan(at + RecordHeader::kBytes, header.length);
    const auto record = open_behind_gap(header, fragment, work);
    direction.protection->pass(fragment, record.has_value());
    if (!record) return false;
    const std::string text{as_text(record->text)};
    const std::unique_ptr<Search> search = std::move(direction.search);
    direction.failures = 0;
    plain_record({record->type, as_bytes(text)}, work);
    read_records(skip(as_bytes(search->bytes), end), work);
    return true;
}

// Records are lost before it: how many is found out by trying, and whether they ended an epoch.
std::optional<PlainRecord> TlsDecryptor::open_behind_gap(const RecordHeader &header, Bytes fragment,
                                                         const Work &work) {
    constexpr std::uint64_t kMostLost = 64;
    Direction &direction = work.direction;
    std::vector<Protection> later;
    if (version_ == kTls13) later = protections_from(direction.protection->epoch, work, kAll);
    std::uint32_t &tries = direction.search->tries;
    const std::uint64_t first = direction.protection->sequence_number;
    for (std::uint64_t lost = 0; lost < kMostLost && tries < kTlsTries; ++lost) {
        tries += static_cast<std::uint32_t>(1 + fragment.size() / kTlsTryBytes);
        if (const auto record =
                open_with(*direction.protection, first + lost, header, fragment, work))
            return record;
        for (Protection &protection : later)
            if (const auto record = open_with(protection, lost, header, fragment, work)) {
                *direction.protection = std::move(protection);
                return record;
            }
    }
    return std::nullopt;
}

} // namespace pop3ana
