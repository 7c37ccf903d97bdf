// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/packet_batch.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <type_traits>

namespace pop3dump {
namespace {

static_assert(std::is_trivially_copyable_v<Packet>);

/// Of a packet with its data, so that the next one is aligned.
std::size_t stored_bytes(std::size_t data_bytes) {
    return (sizeof(Packet) + data_bytes + alignof(Packet) - 1) / alignof(Packet) * alignof(Packet);
}

} // namespace

void PacketBatch::add(const Packet &packet) {
    constexpr std::size_t kFirstBytes = std::size_t{64} * 1024;
    Packet stored = packet;
    if (packet.filtered == Packet::Filtered::Out) stored.data = {};
    const std::size_t needed_bytes = used_bytes_ + stored_bytes(stored.data.size());
    if (needed_bytes > capacity_bytes_) {
        const std::size_t bytes = std::max({needed_bytes, 2 * capacity_bytes_, kFirstBytes});
        std::unique_ptr<char[]> larger(new char[bytes]); // make_unique() would clear it
        if (used_bytes_ > 0) std::memcpy(larger.get(), memory_.get(), used_bytes_);
        memory_ = std::move(larger);
        capacity_bytes_ = bytes;
    }
    char *to = memory_.get() + used_bytes_;
    new (to) Packet(stored);
    if (!stored.data.empty())
        std::memcpy(to + sizeof(Packet), stored.data.data(), stored.data.size());
    used_bytes_ = needed_bytes;
}

Packet PacketBatch::next(std::size_t &offset) const {
    const char *from = memory_.get() + offset;
    Packet packet = *reinterpret_cast<const Packet *>(from);
    packet.data = {reinterpret_cast<const std::uint8_t *>(from + sizeof(Packet)),
                   packet.data.size()};
    offset += stored_bytes(packet.data.size());
    return packet;
}

} // namespace pop3dump
