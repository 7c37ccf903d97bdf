// Which evidence files to delete when the space for them is used up.
//
//     by alert:  [ older: half of the room at most | later: all the others ]
//
// What one client draws must not push out the evidence of others, and neither must a crowd of
// clients, each with a little, whether it comes before or after. So there go, in this order,
// 1. of the client that holds most, if that is more than its share: its oldest file;
// 2. what is kEvidenceAgeNs older than the newcomer: the oldest file;
// 3. the oldest of the later files. So the older ones stay, whatever comes after them, and what has
//    just come has the other half, whatever came before it.
// (The oldest alone would let a crowd wipe out what came before it; the newcomer alone would let a
// crowd that came first blind us.)
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <sys/types.h>
#include <unordered_map>

namespace pop3dump {

/// The order of alerts: by time, then as they came.
struct EvidenceId {
    std::int64_t ts_ns = 0;
    std::uint64_t number = 0;
    auto operator<=>(const EvidenceId &) const = default;
};

struct EvidenceFile {
    std::string name;
    std::string client; ///< see client_key.hpp
    ino_t inode = 0;
    std::uint64_t bytes = 0;      ///< content
    std::uint64_t disk_bytes = 0; ///< set by EvidenceRoom
};

class EvidenceRoom {
public:
    explicit EvidenceRoom(std::uint64_t most_bytes);

    /// What a client may hold at most while others need room, and a file in any case.
    [[nodiscard]] std::uint64_t share_bytes() const { return share_bytes_; }

    void add(const EvidenceId &id, EvidenceFile file);
    /// NULL when there is none.
    [[nodiscard]] EvidenceFile *find(const EvidenceId &id);
    void resize(const EvidenceId &id, std::uint64_t bytes);
    /// `frees`: the file is gone; otherwise it cannot be deleted, and still takes its space.
    void remove(const EvidenceId &id, bool frees);

    [[nodiscard]] bool is_full() const { return all_bytes_ > most_bytes_; }
    /// The file to delete for that of `newcomer`; none if there is no other.
    [[nodiscard]] std::optional<EvidenceId> next_to_go(const EvidenceId &newcomer) const;

private:
    struct Client {
        std::uint64_t bytes = 0;
        std::set<EvidenceId> files;
    };
    using Files = std::map<EvidenceId, EvidenceFile>;

    [[nodiscard]] std::optional<EvidenceId> of_largest_client(const EvidenceId &newcomer) const;
    void count(const EvidenceFile &file, std::uint64_t before, std::uint64_t now);
    void balance();

    std::uint64_t most_bytes_;
    std::uint64_t share_bytes_;
    std::uint64_t all_bytes_ = 0;
    std::uint64_t older_bytes_ = 0;
    Files older_, later_; ///< as many as fit in half of the room are in older_
    std::unordered_map<std::string, Client> clients_;
    std::set<std::string> large_clients_; ///< that hold more than their share: few by its size
};

} // namespace pop3dump
