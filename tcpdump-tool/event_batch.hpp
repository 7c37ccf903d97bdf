// Events and packets of one engine on their way to another thread, in one piece of memory:
//
//     [record | packed event   | bytes of its slices][record | packet | its bytes] ...
//
// Records are aligned to 8 bytes. Keys tell where a record belongs among those of other engines;
// they never fall. Events are packed into half of their size, since what another core has written
// is slow to read.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "packet_source.hpp"

#include <pop3ana/pop3ana.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace pop3dump {

/// A packet as Outputs wants it.
struct BatchPacket {
    Packet packet;
    std::uint64_t connection = 0;
    bool is_pop3 = false;
};

class EventBatch {
public:
    enum class Kind : std::uint32_t { Event, Packet };

    struct Record {
        std::uint64_t key;
        std::uint32_t bytes; ///< with what follows
        Kind kind;
    };

    /// Adds an event of a deferred engine.
    void add(std::uint64_t key, const pop3ana_event &event);
    void add(std::uint64_t key, const BatchPacket &packet);

    [[nodiscard]] std::size_t bytes() const { return used_bytes_; }
    [[nodiscard]] const Record &record(std::size_t offset) const {
        return *reinterpret_cast<const Record *>(memory_.get() + offset);
    }

    /// What the record at `offset` holds, as its kind says. The bytes it points to are the batch's.
    [[nodiscard]] pop3ana_event event(std::size_t offset) const;
    [[nodiscard]] BatchPacket packet(std::size_t offset) const;

    /// That of the event at `offset`; 0 for a packet.
    [[nodiscard]] std::uint64_t idle_since(std::size_t offset) const;

    void clear() { used_bytes_ = 0; }

    /// No record with this key or a lower one comes later from the same engine.
    std::uint64_t complete_to = 0;

private:
    char *append(std::uint64_t key, Kind kind, std::size_t content_bytes);
    [[nodiscard]] const char *content(std::size_t offset) const {
        return memory_.get() + offset + sizeof(Record);
    }

    std::unique_ptr<char[]> memory_;
    std::size_t capacity_bytes_ = 0;
    std::size_t used_bytes_ = 0;
    pop3ana_slice peer_description_{}; ///< the configuration's, which outlives the batch
};

} // namespace pop3dump
