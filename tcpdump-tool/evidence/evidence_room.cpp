// SPDX-License-Identifier: GPL-2.0-or-later
#include "evidence/evidence_room.hpp"

#include "output/output_limits.hpp"

#include <algorithm>
#include <utility>

namespace pop3dump {
namespace {

/// What a file costs on the disk, so that many small ones cannot go beyond the limit.
std::uint64_t disk_bytes(std::uint64_t bytes) {
    constexpr std::uint64_t kDiskBlockBytes = 4096;
    return (bytes + kDiskBlockBytes - 1) / kDiskBlockBytes * kDiskBlockBytes;
}

} // namespace

EvidenceRoom::EvidenceRoom(std::uint64_t most_bytes)
    : most_bytes_(most_bytes), share_bytes_(std::max<std::uint64_t>(
                                   most_bytes / kEvidenceSharesOfRoom, kEvidenceShareLeastBytes)) {}

void EvidenceRoom::add(const EvidenceId &id, EvidenceFile file) {
    file.disk_bytes = disk_bytes(file.bytes);
    count(file, 0, file.disk_bytes);
    clients_[file.client].files.insert(id);
    const bool is_older = !older_.empty() && id < older_.rbegin()->first;
    if (is_older) older_bytes_ += file.disk_bytes;
    (is_older ? older_ : later_).emplace(id, std::move(file));
    balance();
}

EvidenceFile *EvidenceRoom::find(const EvidenceId &id) {
    for (Files *files : {&older_, &later_}) {
        if (const auto file = files->find(id); file != files->end()) return &file->second;
    }
    return nullptr;
}

void EvidenceRoom::resize(const EvidenceId &id, std::uint64_t bytes) {
    EvidenceFile &file = *find(id);
    const std::uint64_t before = std::exchange(file.disk_bytes, disk_bytes(bytes));
    file.bytes = bytes;
    count(file, before, file.disk_bytes);
    if (older_.contains(id)) older_bytes_ += file.disk_bytes - before;
    balance();
}

void EvidenceRoom::remove(const EvidenceId &id, bool frees) {
    Files &files = older_.contains(id) ? older_ : later_;
    const auto place = files.find(id);
    const EvidenceFile &file = place->second;
    count(file, file.disk_bytes, 0);
    if (!frees) all_bytes_ += file.disk_bytes;
    if (&files == &older_) older_bytes_ -= file.disk_bytes;
    Client &client = clients_[file.client];
    client.files.erase(id);
    if (client.files.empty()) clients_.erase(file.client);
    files.erase(place);
    balance();
}

/// The room that a file takes becomes another.
void EvidenceRoom::count(const EvidenceFile &file, std::uint64_t before, std::uint64_t now) {
    all_bytes_ += now - before;
    Client &client = clients_[file.client];
    client.bytes += now - before;
    if (client.bytes > share_bytes_) {
        large_clients_.insert(file.client);
    } else {
        large_clients_.erase(file.client);
    }
}

void EvidenceRoom::balance() {
    const std::uint64_t half = most_bytes_ / 2;
    while (older_bytes_ > half) {
        older_bytes_ -= std::prev(older_.end())->second.disk_bytes;
        later_.insert(older_.extract(std::prev(older_.end())));
    }
    while (!later_.empty() && older_bytes_ + later_.begin()->second.disk_bytes <= half) {
        older_bytes_ += later_.begin()->second.disk_bytes;
        older_.insert(later_.extract(later_.begin()));
    }
}

std::optional<EvidenceId> EvidenceRoom::next_to_go(const EvidenceId &newcomer) const {
    if (const auto largest = of_largest_client(newcomer)) return largest;
    const auto is_other = [&](const auto &file) { return file.first != newcomer; };
    const auto oldest = std::find_if(older_.begin(), older_.end(), is_other);
    if (oldest != older_.end() && oldest->first.ts_ns < newcomer.ts_ns - kEvidenceAgeNs) {
        return oldest->first;
    }
    const auto later = std::find_if(later_.begin(), later_.end(), is_other);
    if (later != later_.end()) return later->first;
    const auto last = std::find_if(older_.rbegin(), older_.rend(), is_other);
    return last != older_.rend() ? std::optional(last->first) : std::nullopt;
}

std::optional<EvidenceId> EvidenceRoom::of_largest_client(const EvidenceId &newcomer) const {
    const Client *largest = nullptr;
    for (const std::string &name : large_clients_) {
        const Client &client = clients_.at(name);
        if (largest == nullptr || client.bytes > largest->bytes) largest = &client;
    }
    if (largest == nullptr) return std::nullopt;
    for (const EvidenceId &id : largest->files) {
        if (id != newcomer) return id;
    }
    return std::nullopt;
}

} // namespace pop3dump
