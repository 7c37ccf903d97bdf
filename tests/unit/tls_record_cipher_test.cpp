// Records of every cipher: those that were sealed open, and no others.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hex.hpp"
#include "support.hpp"
#include "tls/record_cipher.hpp"
#include "tls_writer.hpp"

#include <algorithm>

using namespace pop3ana;
using pop3ana_test::tls_suites;
using pop3ana_test::TlsSuite;
using pop3ana_test::TlsType;
using pop3ana_test::TlsWriter;

namespace {

/// Opens the records that the client sends, with the keys of the writer.
class Opener {
public:
    Opener(const TlsSuite &suite, const TlsWriter &writer) {
        const auto &side = writer.side(false);
        keys_.version = suite.version;
        keys_.algorithms = find_cipher_suite(suite.number)->algorithms().value();
        keys_.encrypts_then_macs = suite.encrypts_then_macs;
        std::copy(side.key.begin(), side.key.end(), keys_.key.begin());
        std::copy(side.iv.begin(), side.iv.end(), keys_.iv.begin());
        keys_.secret = Secret{as_bytes(side.mac_key)};
        cipher_.emplace(keys_);
    }

    /// "type:text", or "none".
    std::string open(std::string_view record, std::uint64_t number) {
        const unit::FlushCopy flush{record};
        const auto header = RecordHeader::parse(flush.bytes().data());
        if (!header) return "no header";
        const Bytes fragment = skip(flush.bytes(), RecordHeader::kBytes);
        const auto plain = cipher_->open(keys_, number, *header, fragment, buffer_);
        if (!plain) return "none";
        return std::to_string(static_cast<int>(plain->type)) + ":" +
               std::string{as_text(plain->text)};
    }
    /// What TLS 1.0 goes on with.
    void set_last_block(std::string_view bytes) {
        if (keys_.is_chained()) std::copy(bytes.begin(), bytes.end(), keys_.iv.begin());
    }

private:
    RecordKeys keys_;
    std::optional<RecordCipher> cipher_;
    std::string buffer_;
};

bool what_was_sealed_opens(const TlsSuite &suite) {
    TlsWriter writer{suite};
    writer.start(false, TlsWriter::Epoch::Traffic);
    Opener opener{suite, writer};
    bool fine = true;
    std::uint64_t number = 0;
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 1'000U, 16'384U}) {
        const std::string text(size, 'x');
        const std::string record = writer.seal(false, TlsType::Data, text, number % 3);
        fine = unit::same(std::to_string(size) + " bytes", opener.open(record, number),
                          "23:" + text) &&
               fine;
        opener.set_last_block(writer.side(false).last_block);
        ++number;
    }
    return unit::same("an alert", opener.open(writer.seal(false, TlsType::Alert, "\1\1"), number),
                      "21:\1\1") &&
           fine;
}

bool what_was_changed_does_not(const TlsSuite &suite) {
    TlsWriter writer{suite};
    writer.start(false, TlsWriter::Epoch::Traffic);
    Opener opener{suite, writer};
    const std::string record = writer.data(false, "USER alice\r\n");
    bool fine = unit::same("as it was", opener.open(record, 0), "23:USER alice\r\n");
    fine = unit::same("another number", opener.open(record, 1), "none") && fine;
    for (std::size_t at = RecordHeader::kBytes; at < record.size(); ++at) {
        std::string changed = record;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        fine = unit::same("byte " + std::to_string(at), opener.open(changed, 0), "none") && fine;
    }
    for (std::size_t size = RecordHeader::kBytes; size < record.size(); ++size)
        fine = unit::same(std::to_string(size) + " bytes", opener.open(record.substr(0, size), 0),
                          "none") &&
               fine;
    // TLS 1.2 and older authenticate type and version; TLS 1.3 does, too, but has them once only.
    for (const std::size_t at : {0U, 2U}) {
        std::string changed = record;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        fine = unit::same("header byte " + std::to_string(at), opener.open(changed, 0), "none") &&
               fine;
    }
    return unit::same("and as it was, again", opener.open(record, 0), "23:USER alice\r\n") && fine;
}

bool keys_of_the_other_side_open_nothing(const TlsSuite &suite) {
    TlsWriter writer{suite};
    writer.start(false, TlsWriter::Epoch::Traffic);
    writer.start(true, TlsWriter::Epoch::Traffic);
    Opener opener{suite, writer};
    return unit::same("the server's", opener.open(writer.data(true, "+OK\r\n"), 0), "none");
}

bool noise_opens_nothing(const TlsSuite &suite) {
    TlsWriter writer{suite};
    writer.start(false, TlsWriter::Epoch::Traffic);
    Opener opener{suite, writer};
    unit::Random random{7};
    bool fine = true;
    for (std::size_t size = 0; size < 200 && fine; ++size) {
        const auto bytes = random.bytes(size);
        const std::string fragment{bytes.begin(), bytes.end()};
        fine = unit::same(std::to_string(size) + " bytes",
                          opener.open(writer.plain(TlsType::Data, fragment), 0), "none");
    }
    return fine;
}

// RFC 8448 s.3: the first record of the client's application data.
bool the_record_of_rfc_8448_opens() {
    const auto record = *parse_hex(
        "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd5"
        "4a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4");
    const auto secret =
        *parse_hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
    RecordKeys keys = derive_keys(Secret{secret}, {BulkCipher::kAesGcm, 16, SuiteHash::kSha256});
    RecordCipher cipher{keys};
    std::string buffer;
    const auto header = RecordHeader::parse(record.data());
    const auto plain = cipher.open(keys, 0, *header, skip(record, RecordHeader::kBytes), buffer);
    if (!unit::holds("it opens", plain.has_value())) return false;
    bool fine = unit::same("bytes", plain->text.size(), 50);
    for (std::size_t i = 0; i < plain->text.size(); ++i)
        fine = unit::same("byte", plain->text[i], i) && fine;
    return fine;
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(the_record_of_rfc_8448_opens)};
    unit::add_rows<what_was_sealed_opens>(tests, tls_suites());
    unit::add_rows<what_was_changed_does_not>(tests, tls_suites());
    unit::add_rows<keys_of_the_other_side_open_nothing>(tests, tls_suites());
    unit::add_rows<noise_opens_nothing>(tests, tls_suites());
    return unit::run("unit.tls_record_cipher", tests);
}
