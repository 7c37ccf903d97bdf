// What a TLS connection brings, as things that can be held until its secrets are known.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "net/application.hpp"

#include <string>
#include <variant>

namespace pop3ana {

struct TlsInput {
    struct Data {
        std::string bytes;
        bool covers_all; ///< see Delivery
    };
    struct Gap {
        std::uint64_t bytes; ///< 0: nobody knows
        bool is_wide;        ///< see StreamSink
    };
    struct ConcurrentGap {}; ///< see Application
    struct End {};           ///< of one side
    struct Close {
        ConnectionEnd reason;
    };
    struct Release {}; ///< nothing follows
    using What = std::variant<Data, Gap, ConcurrentGap, End, Close, Release>;

    std::uint64_t frame = 0; ///< of the packet, as its time
    std::int64_t ts_ns = 0;
    Side from{};
    What what;

    [[nodiscard]] std::uint64_t cost() const {
        const auto *const data = std::get_if<Data>(&what);
        return sizeof(TlsInput) + (data != nullptr ? data->bytes.size() : 0);
    }
};

} // namespace pop3ana
