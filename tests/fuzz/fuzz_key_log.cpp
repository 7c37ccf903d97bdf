// A key log of TLS, in pieces.
//
// Laws: the pieces do not matter; each secret stands in a line, in order, with a random of 32
// bytes; a bad line is one of the file.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hex.hpp"
#include "capture/key_log.hpp"
#include "fuzz_input.hpp"

#include <algorithm>

namespace {

using namespace pop3dump;

struct Result {
    std::string secrets; ///< as lines, in hexadecimal digits
    std::uint64_t count = 0;
    std::uint64_t first_bad_line = 0;
};

template <class NextSize> Result read(std::string_view text, NextSize next_size) {
    Result result;
    KeyLogReader reader;
    const auto on_secret = [&](const KeyLogSecret &secret) {
        constexpr std::size_t kRandomBytes = 32, kMostSecretBytes = 48;
        fuzz::law("a secret", !secret.secret.empty() && secret.secret.size() <= kMostSecretBytes);
        result.secrets.append(secret.label).append(" ");
        result.secrets.append(pop3ana::to_hex({secret.client_random, kRandomBytes})).append(" ");
        result.secrets.append(pop3ana::to_hex(secret.secret)).append("\n");
        ++result.count;
    };
    while (!text.empty()) {
        const std::size_t size = std::min(next_size(), text.size());
        reader.take(text.substr(0, size), on_secret);
        text.remove_prefix(size);
    }
    reader.finish(on_secret);
    result.first_bad_line = reader.first_bad_line();
    return result;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::size_t step = 1 + input.byte();
    const auto bytes = input.rest();
    const std::string text{bytes.begin(), bytes.end()};
    const Result whole = read(text, [&] { return text.size(); });
    const Result pieces = read(text, [&] { return step; });
    const Result single = read(text, [] { return std::size_t{1}; });
    fuzz::same("pieces do not matter", pieces.secrets, whole.secrets);
    fuzz::same("single bytes do not matter", single.secrets, whole.secrets);
    fuzz::law("nor for what is bad", pieces.first_bad_line == whole.first_bad_line &&
                                         single.first_bad_line == whole.first_bad_line);
    const auto lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    fuzz::law("a bad line is one of the file", whole.first_bad_line <= lines);
    fuzz::law("a secret is a line", whole.count <= lines);
    return 0;
}
