// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_batch.hpp"

#include <array>
#include <cstring>
#include <type_traits>

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
    const std::size_t offset = bytes_.size();
    bytes_.resize(offset + bytes);
    const Record record{key, static_cast<std::uint32_t>(bytes), kind};
    std::memcpy(bytes_.data() + offset, &record, sizeof(record));
    return bytes_.data() + offset + sizeof(record);
}

// The description of the peer is the configuration's, which outlives the batch.
void EventBatch::add(std::uint64_t key, const pop3ana_event &event) {
    std::size_t text_bytes = 0;
    for (const auto slice : kSlices)
        text_bytes += (event.*slice).len;
    char *to = append(key, Kind::Event, sizeof(event) + text_bytes);
    std::memcpy(to, &event, sizeof(event));
    to += sizeof(event);
    for (const auto slice : kSlices) {
        if ((event.*slice).len > 0) std::memcpy(to, (event.*slice).ptr, (event.*slice).len);
        to += (event.*slice).len;
    }
}

void EventBatch::add(std::uint64_t key, const BatchPacket &packet) {
    char *to = append(key, Kind::Packet, sizeof(packet) + packet.packet.data.size());
    std::memcpy(to, &packet, sizeof(packet));
    if (!packet.packet.data.empty()) {
        std::memcpy(to + sizeof(packet), packet.packet.data.data(), packet.packet.data.size());
    }
}

void EventBatch::set_keys(std::size_t from, std::uint64_t key) {
    for (std::size_t offset = from; offset < bytes_.size(); offset += record(offset).bytes)
        std::memcpy(bytes_.data() + offset, &key, sizeof(key));
}

const EventBatch::Record &EventBatch::record(std::size_t offset) const {
    return *reinterpret_cast<const Record *>(bytes_.data() + offset);
}

pop3ana_event EventBatch::event(std::size_t offset) const {
    pop3ana_event event;
    const char *from = bytes_.data() + offset + sizeof(Record);
    std::memcpy(&event, from, sizeof(event));
    from += sizeof(event);
    for (const auto slice : kSlices) {
        (event.*slice).ptr = from;
        from += (event.*slice).len;
    }
    return event;
}

BatchPacket EventBatch::packet(std::size_t offset) const {
    BatchPacket packet;
    const char *from = bytes_.data() + offset + sizeof(Record);
    std::memcpy(static_cast<void *>(&packet), from, sizeof(packet));
    packet.packet.data = {reinterpret_cast<const std::uint8_t *>(from + sizeof(packet)),
                          packet.packet.data.size()};
    return packet;
}

} // namespace pop3dump
