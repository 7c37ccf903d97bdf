// TLS 1.3 with AES-128-GCM as a load has it: a handshake of the usual size, records, and secrets
// that can be told. No key is agreed on: the number of the connection gives all of them.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "traffic.hpp"

#include <gcrypt.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pop3ana_bench {

class TlsConnection {
public:
    explicit TlsConnection(std::size_t number);

    // What the sides say first, one after another.
    std::string client_hello() const;
    std::string server_flight();
    std::string client_finished();

    // Records that hold a text, 16 KiB each.
    std::string protect(pop3ana_test::Side from, std::string_view text);

    // Lines of a key log.
    static std::string key_log(std::size_t number);

private:
    struct Close {
        void operator()(gcry_cipher_hd_t handle) const { gcry_cipher_close(handle); }
    };
    struct Protection {
        std::unique_ptr<gcry_cipher_handle, Close> cipher;
        std::string iv;
        std::uint64_t sequence_number = 0;

        explicit Protection(const std::string &secret);
        std::string record(std::uint8_t type, std::string_view text);
    };

    std::size_t number_;
    std::array<Protection, 2> handshake_; // the client's first
    std::array<Protection, 2> traffic_;
};

} // namespace pop3ana_bench
