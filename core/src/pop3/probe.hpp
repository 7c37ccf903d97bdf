// A connection on a port that is not listed, until it is known whether it is POP3
// (docs/semantics.md section 12).
//
// Invariant: what is held is all that was handed on of the connection, in that order; while it is
// undecided, at most kUndecidedSideBytes of either side. What cannot be POP3 any more is rejected
// at once, and the bytes alone decide, however they were cut into segments.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/side.hpp"
#include "net/application.hpp"
#include "net/delivery.hpp"

#include <string>
#include <vector>

namespace pop3ana {

class Probe {
public:
    /// Bytes of one side, or its end, and the frame that brought them.
    struct Held {
        std::uint64_t frame;
        std::int64_t ts_ns;
        StreamPosition position; ///< this and the next: see Delivery
        StreamPosition acknowledged;
        std::uint32_t bytes;
        Side from;
        bool covers_all;
        bool is_end;
    };

    /// The next bytes that `from` sent, in order. Nothing may follow once it is decided.
    Claim bytes(Side from, const Delivery &delivery, std::uint64_t frame, std::int64_t ts_ns);

    /// `from` has closed its direction, and all it sent before was handed on.
    void end(Side from, std::uint64_t frame, std::int64_t ts_ns);

    /// The memory that it takes, in bytes.
    [[nodiscard]] std::uint64_t cost() const;

    /// Calls each(held, delivery) for what is held, in its order; an end has an empty delivery.
    template <class Each> void replay(Each each) const {
        PerSide<std::size_t> offset;
        for (const Held &held : held_) {
            const Bytes text = as_bytes(text_[held.from]).subspan(offset[held.from], held.bytes);
            offset[held.from] += held.bytes;
            each(held, Delivery{text, held.position, held.acknowledged, held.covers_all});
        }
    }

private:
    [[nodiscard]] Claim claim() const;

    PerSide<std::string> text_;
    std::vector<Held> held_;
};

} // namespace pop3ana
