// Cuts the bytes of one direction into pieces that tell their length first: records, and the
// messages of a handshake inside of them.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace pop3ana {

/// `Header` has kBytes, `length` (of what stands behind it) and
/// `static std::optional<Header> parse(const std::uint8_t *)`, which reads kBytes; none: no piece
/// begins like that. A gap is not told: whoever knows of one begins anew, with another splitter.
template <class Header> class PrefixedSplitter {
public:
    /// Takes the next bytes. `wants(header)` says of each piece whether it is kept until it is
    /// whole; then comes `on_piece(header, bytes)`, which are borrowed, and empty where they were
    /// not wanted. False: a piece must begin and none does; nothing may follow.
    template <class Wants, class OnPiece> bool take(Bytes bytes, Wants wants, OnPiece on_piece) {
        while (!bytes.empty()) {
            if (header_bytes_ < Header::kBytes) {
                if (!take_header(bytes)) return false;
                if (header_bytes_ < Header::kBytes) return true;
                is_wanted_ = wants(header_);
                missing_ = header_.length;
            }
            const Bytes part = bytes.first(std::min<std::size_t>(missing_, bytes.size()));
            bytes = skip(bytes, part.size());
            missing_ -= static_cast<std::uint32_t>(part.size());
            const bool is_whole_here = missing_ == 0 && !held_;
            if (is_wanted_ && !is_whole_here) {
                if (!held_) held_ = std::make_unique<std::string>();
                held_->append(as_text(part));
            }
            if (missing_ != 0) return true;
            header_bytes_ = 0;
            const auto held = std::move(held_);
            on_piece(header_, !is_wanted_ ? Bytes{} : held ? as_bytes(*held) : part);
        }
        return true;
    }

    /// Of the piece at hand; none between two pieces, and inside of a header.
    [[nodiscard]] std::optional<std::uint32_t> missing() const {
        if (header_bytes_ < Header::kBytes) return std::nullopt;
        return missing_;
    }
    /// The start of the piece at hand, if that is wanted; and its header.
    [[nodiscard]] Bytes held() const { return held_ ? as_bytes(*held_) : Bytes{}; }
    [[nodiscard]] const Header &header() const { return header_; }
    [[nodiscard]] std::size_t held_bytes() const { return held_ ? held_->size() : 0; }

private:
    bool take_header(Bytes &bytes) {
        const std::size_t taken =
            std::min<std::size_t>(Header::kBytes - header_bytes_, bytes.size());
        std::copy_n(bytes.begin(), taken, raw_.begin() + header_bytes_);
        header_bytes_ = static_cast<std::uint8_t>(header_bytes_ + taken);
        bytes = skip(bytes, taken);
        if (header_bytes_ < Header::kBytes) return true;
        const auto header = Header::parse(raw_.data());
        if (header) header_ = *header;
        return header.has_value();
    }

    Header header_{};
    std::array<std::uint8_t, Header::kBytes> raw_{};
    std::uint8_t header_bytes_ = 0;
    bool is_wanted_ = false;
    std::uint32_t missing_ = 0;
    std::unique_ptr<std::string> held_; ///< of a piece that is wanted and is not whole
};

} // namespace pop3ana
