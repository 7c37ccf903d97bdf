// What a TLS handshake tells: both directions, in chunks.
//
// Laws: chunks do not matter; what is held is bounded; JA4 has its form; a name of a cipher suite
// or a version is printable; the hellos alone give what the connection gives.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "fuzz_input.hpp"
#include "tls/facts.hpp"
#include "tls/ja4.hpp"

#include <algorithm>

namespace {

using namespace pop3ana;

std::string text_of(const TlsFactsReader &reader, bool is_whole) {
    const TlsFacts &facts = reader.facts();
    return std::string{tls_version_name(facts.version)} + '|' + cipher_suite_text(facts.suite) +
           '|' + facts.server_name + '|' + facts.alpn + '|' + facts.ja4 + '|' +
           (facts.is_resumed ? "r" : "-") + '|' +
           (facts.fatal_alert ? tls_alert_name(*facts.fatal_alert) : "") + '|' +
           (is_whole ? "whole" : "more");
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 32 && c < 127; });
}

void is_ja4(std::string_view ja4) {
    fuzz::law("JA4 has 36 characters", ja4.size() == 36 && ja4[10] == '_' && ja4[23] == '_');
    fuzz::law("JA4 is printable", is_printable(ja4));
    fuzz::law("JA4 is of TCP", ja4.front() == 't' && (ja4[3] == 'd' || ja4[3] == 'i'));
}

std::string read(std::span<const std::uint8_t> data, bool bytewise) {
    fuzz::Input input(data.data(), data.size());
    TlsFactsReader reader;
    bool is_whole = false;
    while (!input.empty() && !is_whole) {
        const auto code = input.number(2);
        const Side from = (code & 0x8000) != 0 ? Side::kServer : Side::kClient;
        const Bytes chunk = input.bytes(code & 0x7fff);
        const std::size_t step = bytewise ? 1 : std::max<std::size_t>(chunk.size(), 1);
        for (std::size_t at = 0; at < chunk.size() && !is_whole; at += step)
            is_whole = reader.bytes(from, chunk.subspan(at, std::min(step, chunk.size() - at)));
        constexpr std::size_t kRecordBytes = (1U << 14) + 2'048;
        fuzz::law("what is held is bounded",
                  reader.held_bytes() <= 2 * (kRecordBytes + kTlsHelloBytes));
    }
    const TlsFacts &facts = reader.facts();
    if (!facts.ja4.empty()) is_ja4(facts.ja4);
    fuzz::law("names are printable", is_printable(cipher_suite_text(facts.suite)));
    fuzz::law("a version has a name",
              facts.version == 0 || !std::string_view{tls_version_name(facts.version)}.empty());
    return text_of(reader, is_whole);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::span<const std::uint8_t> bytes{data, size};
    fuzz::same("chunks do not matter", read(bytes, true), read(bytes, false));
    if (const auto hello = parse_client_hello(bytes)) {
        fuzz::law("the random", hello->random.size() == kHelloRandomBytes);
        is_ja4(ja4_of(*hello));
    }
    if (const auto hello = parse_server_hello(bytes))
        fuzz::law("the random", hello->random.size() == kHelloRandomBytes);
    return 0;
}
