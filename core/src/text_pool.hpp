// Text that sessions keep between packets: unfinished lines, commands that wait. The buffers are
// shared by all sessions of an engine, so that idle sessions hold none, busy ones do not allocate,
// and the sum is bounded.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pop3ana {

class TextPool {
public:
    /// A buffer in use; NULL while its owner has no text.
    using Buffer = std::unique_ptr<std::string>;

    /// `max_bytes`: of all texts together.
    explicit TextPool(std::uint64_t max_bytes);

    /// Appends both texts to `buffer`, giving it memory first when it is NULL. False, and nothing
    /// done, when the limit would be passed.
    bool append(Buffer &buffer, std::string_view text, std::string_view more = {});

    /// Drops the first `count` bytes of `buffer`.
    void erase_front(Buffer &buffer, std::size_t count);

    /// Drops the text and takes the buffer back; it is NULL then.
    void release(Buffer &buffer);

    /// Counts `bytes` that are kept elsewhere. False, and nothing done, when the limit would be
    /// passed.
    bool charge(std::size_t bytes);

    /// They are not kept any more.
    void refund(std::size_t bytes) { bytes_ -= bytes; }

    /// Takes the buffer back, but keeps its text readable until the next call of finish().
    std::string_view finish(Buffer &buffer);

private:
    void keep_spare(Buffer &buffer);

    std::vector<Buffer> spare_;
    Buffer finished_;
    std::uint64_t max_bytes_;
    std::uint64_t bytes_ = 0;
};

} // namespace pop3ana
