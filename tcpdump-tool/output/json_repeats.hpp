// Members that many events have alike, kept as they were written: the times of a packet, the ends
// of a connection.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/byte_word.hpp"

#include <pop3ana/pop3ana.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pop3dump {

class JsonRepeats {
public:
    /// No text is longer.
    static constexpr std::size_t kMostBytes = 640;

    // All are valid until the next call, and end in a comma.

    /// ts and time.
    std::string_view times(std::int64_t ts_ns) {
        if (times_.bytes == 0 || ts_ns != ts_ns_) write_times(ts_ns);
        return times_.view();
    }

    /// session and frame.
    std::string_view numbers(std::uint64_t session, std::uint64_t frame) {
        if (numbers_.bytes == 0 || frame != frame_ || session != session_)
            write_numbers(session, frame);
        return numbers_.view();
    }

    /// id.orig_h and what follows, up to community_id.
    std::string_view ends(const pop3ana_event &event);

private:
    /// When more connections are busy at a time, some are written more than once. 720 KiB.
    static constexpr std::size_t kConnections = 1024;

    struct Text {
        std::uint32_t bytes = 0; ///< 0: not written yet
        std::array<char, kMostBytes> text;

        [[nodiscard]] std::string_view view() const { return {text.data(), bytes}; }
    };

    /// Addresses, ports, families and start: what the text of a connection is made of.
    using Ends = std::array<pop3ana::ByteWord, 9>;
    static Ends ends_of(const pop3ana_event &event);

    struct Connection {
        Ends ends{};
        Text members;
    };

    void write_times(std::int64_t ts_ns);
    void write_numbers(std::uint64_t session, std::uint64_t frame);
    static void write_ends(Text &members, const pop3ana_event &event);

    std::int64_t ts_ns_ = 0;
    Text times_;
    std::uint64_t session_ = 0;
    std::uint64_t frame_ = 0;
    Text numbers_;
    std::vector<Connection> connections_ = std::vector<Connection>(kConnections);
};

} // namespace pop3dump
