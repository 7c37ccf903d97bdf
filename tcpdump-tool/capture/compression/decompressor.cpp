// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/compression/decompressor.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace pop3dump {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{32} * 1024;

} // namespace

Decompressor::Decompressor(const char *name, std::unique_ptr<ByteSource> compressed)
    : name_(name), compressed_(std::move(compressed)), chunk_(kChunkBytes) {}

std::size_t Decompressor::read(std::span<std::uint8_t> room) {
    std::size_t written = 0;
    while (!ended_ && written == 0) {
        if (between_parts_ && !find_part()) break;
        written = decode(input_, room);
        // A decoder without input may still have something to write.
        if (written == 0 && input_.empty() && !between_parts_ && !ended_) refill();
    }
    return written;
}

/// False where nothing follows.
bool Decompressor::find_part() {
    if (input_.empty() && !refill()) return false;
    if (input_.front() == 0 && !skip_zeros()) return false;
    between_parts_ = false;
    begin_part();
    return true;
}

bool Decompressor::skip_zeros() {
    if (!may_continue_behind_zeros_) {
        ended_ = true;
        return false;
    }
    while (true) {
        const auto next =
            std::find_if(input_.begin(), input_.end(), [](std::uint8_t byte) { return byte != 0; });
        input_ = input_.subspan(static_cast<std::size_t>(next - input_.begin()));
        if (!input_.empty()) return true;
        if (!refill()) return false;
    }
}

/// False when the compressed bytes are all used up.
bool Decompressor::refill() {
    const std::size_t bytes = compressed_->read(chunk_);
    input_ = std::span(chunk_).first(bytes);
    if (bytes > 0) return true;
    ended_ = true;
    if (!compressed_->error().empty()) {
        error_ = compressed_->error();
    } else if (!between_parts_) {
        error_ = fmt::format("the {} data is truncated", name_);
    }
    return false;
}

void Decompressor::damaged(const char *why) {
    refused(fmt::format("the {} data is corrupt: {}", name_, why));
}

void Decompressor::refused(std::string error) {
    ended_ = true;
    error_ = std::move(error);
}

} // namespace pop3dump
