// Keys of TLS out of secrets, against published values.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/key_schedule.hpp"

#include "base/hex.hpp"
#include "support.hpp"

using namespace pop3ana;

namespace {

constexpr SuiteAlgorithms kAes128GcmSha256{BulkCipher::kAesGcm, 16, SuiteHash::kSha256};

// RFC 8448 s.3: the handshake traffic secrets of both sides.
struct Row {
    const char *name;
    const char *secret, *key, *iv;
};
constexpr Row kHandshakes[] = {
    {"server_handshake", "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
     "3fce516009c21727d0f2e4e86ee403bc", "5d313eb2671276ee13000b30"},
    {"client_handshake", "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
     "dbfaa693d1762c5b666af5d950258d01", "5bd3c71b836e0b76bb73265f"},
};

bool keys_of_tls_13(const Row &row) {
    const RecordKeys keys = derive_keys(Secret{*parse_hex(row.secret)}, kAes128GcmSha256);
    return unit::same("key", to_hex(Bytes{keys.key}.first(16)), row.key) &&
           unit::same("iv", to_hex(Bytes{keys.iv}.first(12)), row.iv);
}

// The test vector for the PRF of TLS 1.2 with SHA-256 has no RFC; what is checked here is that both
// sides get parts of one block, in the order of RFC 5246 s.6.3.
bool both_sides_have_parts_of_one_block() {
    const std::string master(48, 'm'), client(32, 'c'), server(32, 's');
    const Secret secret{as_bytes(master)};
    const SuiteAlgorithms cbc{BulkCipher::kAesCbc, 32, SuiteHash::kSha1};
    bool fine = true;
    for (const std::uint16_t version : {kTls10, kTls11, kTls12}) {
        const auto keys =
            derive_keys(KeyBlock{secret, version, cbc, false, as_bytes(client), as_bytes(server)});
        fine = unit::holds("keys differ", keys[0].key != keys[1].key) && fine;
        fine = unit::holds("macs differ",
                           as_text(keys[0].secret.bytes()) != as_text(keys[1].secret.bytes())) &&
               fine;
        fine = unit::same("iv", keys[0].iv == decltype(keys[0].iv){}, version != kTls10) && fine;
    }
    return fine;
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(both_sides_have_parts_of_one_block)};
    unit::add_rows<keys_of_tls_13>(tests, kHandshakes);
    return unit::run("unit.tls_key_schedule", tests);
}
