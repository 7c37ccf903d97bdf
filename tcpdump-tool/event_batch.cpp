// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_batch.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace pop3dump {
namespace {

constexpr std::size_t kAlignment = 8;
static_assert(alignof(pop3ana_event) <= kAlignment && alignof(BatchPacket) <= kAlignment);
static_assert(std::is_trivially_copyable_v<pop3ana_event> &&
              std::is_trivially_copyable_v<BatchPacket>);

constexpr std::array kSlices{&pop3ana_event::command, &pop3ana_event::text, &pop3ana_event::user,
                             &pop3ana_event::password};

} // namespace

char *EventBatch::append(std::uint64_t key, Kind kind, std::size_t content_bytes) {
    const std::size_t bytes = (sizeof(Record) + content_bytes + kAlignment - 1) & ~(kAlignment - 1);
    if (capacity_bytes_ - used_bytes_ < bytes) {
        const std::size_t capacity = std::max(used_bytes_ + bytes, capacity_bytes_ * 2);
        auto larger = std::make_unique_for_overwrite<char[]>(capacity);
        if (used_bytes_ > 0) std::memcpy(larger.get(), memory_.get(), used_bytes_);
        memory_ = std::move(larger);
        capacity_bytes_ = capacity;
    }
    char *at = memory_.get() + used_bytes_;
    new (at) Record{key, static_cast<std::uint32_t>(bytes), kind};
    used_bytes_ += bytes;
    return at + sizeof(Record);
}

// The description of the peer is the configuration's, which outlives the batch.
void EventBatch::add(std::uint64_t key, const pop3ana_event &event) {
    std::size_t text_bytes = 0;
    for (const auto slice : kSlices)
        text_bytes += (event.*slice).len;
    char *to = append(key, Kind::Event, sizeof(event) + text_bytes);
    auto *copy = new (to) pop3ana_event(event);
    copy->struct_size = sizeof(event); // a newer library has more in it, which is not copied
    to += sizeof(event);
    for (const auto slice : kSlices) {
        if ((event.*slice).len > 0) std::memcpy(to, (event.*slice).ptr, (event.*slice).len);
        to += (event.*slice).len;
    }
}

void EventBatch::add(std::uint64_t key, const BatchPacket &packet) {
    char *to = append(key, Kind::Packet, sizeof(packet) + packet.packet.data.size());
    new (to) BatchPacket(packet);
    if (!packet.packet.data.empty()) {
        std::memcpy(to + sizeof(packet), packet.packet.data.data(), packet.packet.data.size());
    }
}

void EventBatch::set_keys(std::size_t from, std::uint64_t key) {
    for (std::size_t offset = from; offset < used_bytes_; offset += record(offset).bytes)
        std::memcpy(memory_.get() + offset, &key, sizeof(key));
}

pop3ana_event &EventBatch::event(std::size_t offset) {
    char *at = memory_.get() + offset + sizeof(Record);
    auto &event = *reinterpret_cast<pop3ana_event *>(at);
    at += sizeof(event);
    for (const auto slice : kSlices) {
        (event.*slice).ptr = at;
        at += (event.*slice).len;
    }
    return event;
}

BatchPacket &EventBatch::packet(std::size_t offset) {
    char *at = memory_.get() + offset + sizeof(Record);
    auto &packet = *reinterpret_cast<BatchPacket *>(at);
    packet.packet.data = {reinterpret_cast<const std::uint8_t *>(at + sizeof(packet)),
                          packet.packet.data.size()};
    return packet;
}

} // namespace pop3dump
