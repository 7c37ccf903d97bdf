// Events and packets of one engine on their way to another thread, in one piece of memory:
//
//     [record | event   | bytes of its slices][record | packet | its bytes] ...
//
// Records are aligned to 8 bytes. Keys tell where a record belongs among those of other engines;
// they never fall. SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "packet_source.hpp"

#include <pop3ana/pop3ana.h>

#include <cstddef>
#include <cstdint>
#include <vector>

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

    void add(std::uint64_t key, const pop3ana_event &event);
    void add(std::uint64_t key, const BatchPacket &packet);

    /// Gives the records from the offset `from` on a lower or higher key.
    void set_keys(std::size_t from, std::uint64_t key);

    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }
    [[nodiscard]] const Record &record(std::size_t offset) const;

    /// What the record at `offset` holds, as its kind says. The bytes that it points to are the
    /// batch's.
    [[nodiscard]] pop3ana_event event(std::size_t offset) const;
    [[nodiscard]] BatchPacket packet(std::size_t offset) const;

    void clear() { bytes_.clear(); }

    /// No record with this key or a lower one comes later from the same engine.
    std::uint64_t complete_to = 0;

private:
    char *append(std::uint64_t key, Kind kind, std::size_t content_bytes);

    std::vector<char> bytes_;
};

} // namespace pop3dump
