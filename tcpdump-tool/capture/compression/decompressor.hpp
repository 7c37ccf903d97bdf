// What the decompressors share: the compressed bytes, the parts they come in (members, streams,
// frames), what lies behind the last of these, and how the data ended.
// Invariant: input_ is the rest of the chunk; between_parts_ is true where a part may begin.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/compression/compression.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pop3dump {

class Decompressor : public ByteSource {
public:
    std::size_t read(std::span<std::uint8_t> room) final;
    [[nodiscard]] const std::string &error() const final { return error_; }
    [[nodiscard]] ReadProgress progress() const final { return compressed_->progress(); }

protected:
    /// `name` is that of the format, in messages.
    Decompressor(const char *name, std::unique_ptr<ByteSource> compressed);

    /// Called before the first byte of a part is decoded.
    virtual void begin_part() = 0;

    /// Decodes from `input`, whose front it moves past what was used, into `room`; returns the
    /// bytes that were written. Calls one of the functions below where the part ends.
    virtual std::size_t decode(std::span<const std::uint8_t> &input,
                               std::span<std::uint8_t> room) = 0;

    void end_part() { between_parts_ = true; }
    void damaged(const char *why);
    void refused(std::string error);

    /// Zeros behind a part are padding up to its end, as tapes and block devices have it, unless
    /// the format says what they are.
    bool may_continue_behind_zeros_ = false;

private:
    bool refill();
    bool find_part();
    bool skip_zeros();

    const char *name_;
    std::unique_ptr<ByteSource> compressed_;
    std::vector<std::uint8_t> chunk_;
    std::span<const std::uint8_t> input_;
    std::string error_;
    bool between_parts_ = true;
    bool ended_ = false;
};

/// Where a format asks for nothing else.
template <typename Bytes>
std::unique_ptr<ByteSource> make_decompressor(std::unique_ptr<ByteSource> compressed) {
    return std::make_unique<Bytes>(std::move(compressed));
}

} // namespace pop3dump
