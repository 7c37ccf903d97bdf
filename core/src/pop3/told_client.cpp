// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/told_client.hpp"

#include "base/bytes.hpp"
#include "base/parse.hpp"
#include "pop3ana/pop3ana.h"

#include <algorithm>
#include <string>

namespace pop3ana {
namespace {

std::optional<ToldClient> parse_client(std::string_view address, std::string_view port,
                                       std::uint32_t told_by) {
    const auto parsed = parse_address(address);
    const auto number = parse_number<std::uint16_t>(port);
    if (!parsed || !number) return std::nullopt;
    return ToldClient{*parsed, *number, told_by};
}

std::string_view take_word(std::string_view &text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(" \t\r\n"));
    text.remove_prefix(word.size());
    return word;
}

// "PROXY TCP4 CLIENT SERVER PORT PORT"
std::optional<ToldClient> client_of_proxy_v1(std::string_view line) {
    take_word(line);
    const std::string_view family = take_word(line);
    if (family != "TCP4" && family != "TCP6") return std::nullopt;
    const std::string_view address = take_word(line);
    take_word(line);
    return parse_client(address, take_word(line), POP3ANA_TOLD_BY_PROXY_V1);
}

// Behind the signature: version and command, transport protocol, length, addresses, ports.
std::optional<ToldClient> client_of_proxy_v2(std::string_view preface) {
    constexpr std::size_t kCommandAt = 12, kFamilyAt = 13, kAddressesAt = 16;
    constexpr unsigned kProxy = 1, kTcp4 = 0x11, kTcp6 = 0x21;
    const Bytes bytes = as_bytes(preface);
    if (bytes.size() < kAddressesAt || (bytes[kCommandAt] & 0xf) != kProxy) return std::nullopt;
    const unsigned family = bytes[kFamilyAt];
    if (family != kTcp4 && family != kTcp6) return std::nullopt;
    const std::size_t address_bytes = family == kTcp4 ? 4 : 16;
    if (bytes.size() < kAddressesAt + 2 * address_bytes + 4) return std::nullopt;
    ToldClient client;
    client.told_by = POP3ANA_TOLD_BY_PROXY_V2;
    client.address.family = family == kTcp4 ? 4 : 6;
    std::copy_n(&bytes[kAddressesAt], address_bytes, client.address.bytes.begin());
    client.port = be16(&bytes[kAddressesAt + 2 * address_bytes]);
    return client;
}

// "SSLproxy: [LISTENER]:PORT,[CLIENT]:PORT,..."
std::optional<ToldClient> client_of_sslproxy(std::string_view line) {
    const std::size_t comma = line.find(",[");
    if (comma == std::string_view::npos) return std::nullopt;
    line.remove_prefix(comma + 2);
    const std::size_t bracket = line.find("]:");
    if (bracket == std::string_view::npos) return std::nullopt;
    const std::string_view port = line.substr(bracket + 2);
    return parse_client(line.substr(0, bracket),
                        port.substr(0, port.find_first_not_of("0123456789")),
                        POP3ANA_TOLD_BY_SSLPROXY);
}

} // namespace

std::optional<ToldClient> client_of_preface(std::string_view preface) {
    if (preface.starts_with("PROXY ")) return client_of_proxy_v1(preface);
    if (preface.starts_with("SSLproxy: ")) return client_of_sslproxy(preface);
    return client_of_proxy_v2(preface);
}

std::optional<ToldClient> client_of_xclient(std::string_view argument) {
    std::string_view address, port = "0";
    while (!argument.empty()) {
        const std::string_view word = take_word(argument);
        std::string name{word.substr(0, std::min(word.find('='), word.size()))};
        if (name.size() == word.size()) continue;
        std::transform(name.begin(), name.end(), name.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        const std::string_view value = word.substr(name.size() + 1);
        if (name == "ADDR") address = value;
        if (name == "PORT") port = value;
    }
    return parse_client(address, port, POP3ANA_TOLD_BY_XCLIENT);
}

} // namespace pop3ana
