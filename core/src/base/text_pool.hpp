// Text that sessions keep between packets: unfinished lines, commands that wait. The buffers are
// shared by all sessions of an engine, so that idle sessions hold none and busy ones do not
// allocate. FlowTable bounds the sum.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"

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

    TextPool();

    /// What a buffer costs, in bytes.
    static std::uint64_t cost(const Buffer &buffer) {
        return buffer ? buffer->size() + kTextBufferBytes : 0;
    }

    /// Appends both texts to `buffer`, giving it memory first when it is NULL.
    void append(Buffer &buffer, std::string_view text, std::string_view more = {});

    /// Drops the first `count` bytes of `buffer`.
    void erase_front(Buffer &buffer, std::size_t count);

    /// Drops the text and takes the buffer back; it is NULL then.
    void release(Buffer &buffer);

    /// Takes the buffer back, but keeps its text readable until the next call of finish().
    std::string_view finish(Buffer &buffer);

private:
    void keep_spare(Buffer &buffer);

    std::vector<Buffer> spare_;
    Buffer finished_;
};

} // namespace pop3ana
