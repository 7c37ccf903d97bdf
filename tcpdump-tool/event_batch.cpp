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

constexpr std::array kSlices{&pop3ana_event::command, &pop3ana_event::text, &pop3ana_event::user,
                             &pop3ana_event::password};

/// What most events have. Numbers of types and the like are small.
struct PackedEvent {
    std::int64_t ts_ns;
    std::uint64_t frame;
    std::uint64_t request_frame;
    std::uint64_t connection;
    std::array<std::uint32_t, kSlices.size()> slice_bytes;
    std::uint16_t originator_port;
    std::uint16_t responder_port;
    std::array<std::uint8_t, 4> originator_start; ///< of the address: for IPv4 all of it
    std::array<std::uint8_t, 4> responder_start;
    std::uint8_t type;
    std::uint8_t phase;
    std::uint8_t status;
    std::uint8_t anomaly;
    std::uint8_t address_family;
    std::uint8_t in_log;
    std::uint8_t from_responder;
    bool has_rest; ///< a PackedRest follows
};

struct PackedRest {
    std::uint64_t lost_bytes;
    std::uint64_t lost_commands;
    std::uint64_t idle_since;
    std::array<std::uint8_t, 12> originator_rest;
    std::array<std::uint8_t, 12> responder_rest;
};

static_assert(alignof(PackedEvent) <= kAlignment && alignof(PackedRest) <= kAlignment &&
              alignof(BatchPacket) <= kAlignment);
static_assert(sizeof(PackedEvent) % kAlignment == 0 && sizeof(PackedRest) % kAlignment == 0);
static_assert(std::is_trivially_copyable_v<BatchPacket>);

/// NULL: none follows.
const PackedRest *rest_of(const PackedEvent &packed) {
    return packed.has_rest ? reinterpret_cast<const PackedRest *>(&packed + 1) : nullptr;
}

bool has_rest(const pop3ana_event &event) {
    return event.address_family != 4 ||
           (event.lost_bytes | event.lost_commands | event.idle_since) != 0;
}

template <std::size_t N> std::array<std::uint8_t, N> bytes_at(const std::uint8_t *from) {
    std::array<std::uint8_t, N> bytes;
    std::memcpy(bytes.data(), from, N);
    return bytes;
}

PackedEvent pack(const pop3ana_event &event) {
    const auto size = [](pop3ana_slice slice) { return static_cast<std::uint32_t>(slice.len); };
    return {.ts_ns = event.ts_ns,
            .frame = event.frame,
            .request_frame = event.request_frame,
            .connection = event.connection,
            .slice_bytes = {size(event.command), size(event.text), size(event.user),
                            size(event.password)},
            .originator_port = event.originator_port,
            .responder_port = event.responder_port,
            .originator_start = bytes_at<4>(event.originator_address),
            .responder_start = bytes_at<4>(event.responder_address),
            .type = static_cast<std::uint8_t>(event.type),
            .phase = static_cast<std::uint8_t>(event.phase),
            .status = static_cast<std::uint8_t>(event.status),
            .anomaly = static_cast<std::uint8_t>(event.anomaly),
            .address_family = event.address_family,
            .in_log = event.in_log,
            .from_responder = event.from_responder,
            .has_rest = has_rest(event)};
}

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

void EventBatch::add(std::uint64_t key, const pop3ana_event &event) {
    const PackedEvent packed = pack(event);
    std::size_t bytes = sizeof(packed) + (packed.has_rest ? sizeof(PackedRest) : 0);
    for (const auto slice : kSlices)
        bytes += (event.*slice).len;
    char *to = append(key, Kind::Event, bytes);
    new (to) PackedEvent(packed);
    to += sizeof(packed);
    if (packed.has_rest) {
        new (to) PackedRest{event.lost_bytes, event.lost_commands, event.idle_since,
                            bytes_at<12>(event.originator_address + 4),
                            bytes_at<12>(event.responder_address + 4)};
        to += sizeof(PackedRest);
    }
    for (const auto slice : kSlices) {
        if ((event.*slice).len > 0) std::memcpy(to, (event.*slice).ptr, (event.*slice).len);
        to += (event.*slice).len;
    }
    peer_description_ = event.peer_description;
}

void EventBatch::add(std::uint64_t key, const BatchPacket &packet) {
    char *to = append(key, Kind::Packet, sizeof(packet) + packet.packet.data.size());
    new (to) BatchPacket(packet);
    if (!packet.packet.data.empty()) {
        std::memcpy(to + sizeof(packet), packet.packet.data.data(), packet.packet.data.size());
    }
}

pop3ana_event EventBatch::event(std::size_t offset) const {
    const char *from = content(offset);
    const auto &packed = *reinterpret_cast<const PackedEvent *>(from);
    from += sizeof(packed);
    pop3ana_event event{};
    event.struct_size = sizeof(event);
    event.frame = packed.frame;
    event.request_frame = packed.request_frame;
    event.ts_ns = packed.ts_ns;
    event.peer_description = peer_description_;
    event.type = packed.type;
    event.phase = packed.phase;
    event.status = packed.status;
    event.anomaly = packed.anomaly;
    event.originator_port = packed.originator_port;
    event.responder_port = packed.responder_port;
    event.address_family = packed.address_family;
    event.in_log = packed.in_log;
    event.from_responder = packed.from_responder;
    event.connection = packed.connection;
    std::memcpy(event.originator_address, packed.originator_start.data(), 4);
    std::memcpy(event.responder_address, packed.responder_start.data(), 4);
    if (const PackedRest *rest = rest_of(packed)) {
        from += sizeof(*rest);
        event.lost_bytes = rest->lost_bytes;
        event.lost_commands = rest->lost_commands;
        event.idle_since = rest->idle_since;
        std::memcpy(event.originator_address + 4, rest->originator_rest.data(), 12);
        std::memcpy(event.responder_address + 4, rest->responder_rest.data(), 12);
    }
    for (std::size_t i = 0; i < kSlices.size(); ++i) {
        event.*kSlices[i] = {from, packed.slice_bytes[i]};
        from += packed.slice_bytes[i];
    }
    return event;
}

BatchPacket EventBatch::packet(std::size_t offset) const {
    const char *from = content(offset);
    BatchPacket packet = *reinterpret_cast<const BatchPacket *>(from);
    packet.packet.data = {reinterpret_cast<const std::uint8_t *>(from + sizeof(packet)),
                          packet.packet.data.size()};
    return packet;
}

std::uint64_t EventBatch::idle_since(std::size_t offset) const {
    if (record(offset).kind != Kind::Event) return 0;
    const PackedRest *rest = rest_of(*reinterpret_cast<const PackedEvent *>(content(offset)));
    return rest != nullptr ? rest->idle_since : 0;
}

} // namespace pop3dump
