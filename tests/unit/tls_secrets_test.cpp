// Secrets of TLS connections, and their limit.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "support.hpp"
#include "tls/secrets.hpp"

using namespace pop3ana;

namespace {

std::string random_of(std::uint64_t number) {
    std::string random(kHelloRandomBytes, 'r');
    for (std::size_t i = 0; i < sizeof number; ++i)
        random[i] = static_cast<char>(number >> 8 * i);
    return random;
}

/// "-": it is not known.
std::string_view find(const Secrets &secrets, std::string_view random, SecretLabel label) {
    const Secret *const secret = secrets.find(as_bytes(random), label);
    return secret != nullptr ? as_text(secret->bytes()) : "-";
}

bool labels_are_those_of_rfc_9850() {
    const std::pair<const char *, SecretLabel> labels[] = {
        {"CLIENT_RANDOM", SecretLabel::kMaster},
        {"CLIENT_EARLY_TRAFFIC_SECRET", SecretLabel::kClientEarly},
        {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", SecretLabel::kClientHandshake},
        {"SERVER_HANDSHAKE_TRAFFIC_SECRET", SecretLabel::kServerHandshake},
        {"CLIENT_TRAFFIC_SECRET_0", SecretLabel::kClientTraffic},
        {"SERVER_TRAFFIC_SECRET_0", SecretLabel::kServerTraffic}};
    bool fine = true;
    for (const auto &[name, label] : labels)
        fine = unit::holds(name, find_secret_label(name) == label) && fine;
    for (const char *name : {"", "client_random", "CLIENT_RANDOM ", "EXPORTER_SECRET",
                             "EARLY_EXPORTER_SECRET", "CLIENT_TRAFFIC_SECRET_1", "RSA"})
        fine = unit::holds(name, !find_secret_label(name)) && fine;
    return fine;
}

bool a_secret_belongs_to_its_random_and_label() {
    Secrets secrets{1};
    secrets.add(as_bytes(random_of(1)), SecretLabel::kMaster, as_bytes("one"));
    secrets.add(as_bytes(random_of(2)), SecretLabel::kClientTraffic, as_bytes("two"));
    return unit::same("it", find(secrets, random_of(1), SecretLabel::kMaster), "one") &&
           unit::same("another label", find(secrets, random_of(1), SecretLabel::kClientTraffic),
                      "-") &&
           unit::same("another random", find(secrets, random_of(2), SecretLabel::kMaster), "-") &&
           unit::same("no random", find(secrets, "short", SecretLabel::kMaster), "-");
}

bool the_same_label_is_replaced() {
    Secrets secrets{1};
    for (const char *value : {"first", "first", "second"})
        secrets.add(as_bytes(random_of(1)), SecretLabel::kMaster, as_bytes(value));
    return unit::same("the last one", find(secrets, random_of(1), SecretLabel::kMaster),
                      "second") &&
           unit::same("connections", secrets.size(), 1);
}

bool the_text_needs_both_sides() {
    Secrets secrets{1};
    const std::string random = random_of(1);
    const auto are_complete = [&] { return secrets.are_complete(as_bytes(random)); };
    bool fine = unit::holds("nothing", !are_complete());
    secrets.add(as_bytes(random), SecretLabel::kServerTraffic, as_bytes("s"));
    secrets.add(as_bytes(random), SecretLabel::kClientHandshake, as_bytes("s"));
    secrets.add(as_bytes(random), SecretLabel::kServerHandshake, as_bytes("s"));
    fine = unit::holds("one side", !are_complete()) && fine;
    secrets.add(as_bytes(random), SecretLabel::kClientTraffic, as_bytes("s"));
    fine = unit::holds("both sides", are_complete()) && fine;
    secrets.add(as_bytes(random_of(2)), SecretLabel::kMaster, as_bytes("s"));
    return unit::holds("a master secret", secrets.are_complete(as_bytes(random_of(2)))) && fine;
}

bool the_first_ones_are_forgotten() {
    Secrets secrets{1};
    constexpr std::uint64_t kMore = 1'000;
    for (std::uint64_t i = 0; i < kTlsSecrets + kMore; ++i) {
        secrets.add(as_bytes(random_of(i)), SecretLabel::kMaster, as_bytes("s"));
        secrets.add(as_bytes(random_of(i)), SecretLabel::kClientTraffic, as_bytes("s"));
    }
    return unit::same("connections", secrets.size(), kTlsSecrets) &&
           unit::same("the last one forgotten",
                      find(secrets, random_of(kMore - 1), SecretLabel::kMaster), "-") &&
           unit::same("the first one kept", find(secrets, random_of(kMore), SecretLabel::kMaster),
                      "s") &&
           unit::same("the last one",
                      find(secrets, random_of(kTlsSecrets + kMore - 1), SecretLabel::kMaster), "s");
}

} // namespace

int main() {
    return unit::run("unit.tls_secrets",
                     {UNIT_TEST(labels_are_those_of_rfc_9850),
                      UNIT_TEST(a_secret_belongs_to_its_random_and_label),
                      UNIT_TEST(the_same_label_is_replaced), UNIT_TEST(the_text_needs_both_sides),
                      UNIT_TEST(the_first_ones_are_forgotten)});
}
