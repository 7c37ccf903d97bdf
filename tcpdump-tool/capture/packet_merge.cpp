// Merges by a heap of the packets at the fronts of the sources.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/packet_merge.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace pop3dump {
namespace {

class MergedSource final : public PacketSource {
public:
    MergedSource(std::vector<std::unique_ptr<PacketSource>> sources,
                 std::optional<std::uint32_t> link_type, const FileNumbers &numbers,
                 const CaptureNames *names)
        : names_(names), first_link_type_(link_type) {
        std::uint32_t file = numbers.first;
        for (auto &source : sources) {
            Packet packet;
            packet.file = file;
            cursors_.push_back({packet, std::move(source), file});
            file += numbers.step;
        }
    }

    bool next(Packet &packet) override {
        if (!started_) {
            start();
        } else if (current_ != kNone) {
            advance();
        }
        if (current_ == kNone) {
            join_errors();
            return false;
        }
        packet = cursors_[current_].packet;
        return true;
    }

    [[nodiscard]] const std::string &error() const override { return error_; }

    void add_errors(std::uint32_t /*file*/, std::vector<FileError> &errors) const override {
        errors.insert(errors.end(), errors_.begin(), errors_.end());
    }

    [[nodiscard]] std::optional<std::uint32_t> first_link_type() const override {
        return first_link_type_;
    }

    [[nodiscard]] ReadProgress progress() const override {
        ReadProgress sum = ended_;
        for (const auto &cursor : cursors_) {
            if (cursor.source) add(sum, cursor.source->progress());
        }
        return sum;
    }

private:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    struct Cursor {
        Packet packet;
        std::unique_ptr<PacketSource> source; ///< NULL once it has ended
        std::uint32_t file;                   ///< its number, unless it knows better
    };

    static void add(ReadProgress &sum, const ReadProgress &part) {
        sum.done_bytes += part.done_bytes;
        sum.total_bytes += part.total_bytes;
    }

    /// The order of the heap, which keeps the largest in front.
    [[nodiscard]] bool is_later(std::size_t left, std::size_t right) const {
        const Packet &a = cursors_[left].packet;
        const Packet &b = cursors_[right].packet;
        const std::int64_t a_ns = a.merge_time_ns();
        const std::int64_t b_ns = b.merge_time_ns();
        if (a_ns != b_ns) return a_ns > b_ns;
        if (names_ != nullptr && a.origin != b.origin) return names_->is_before(b.origin, a.origin);
        if (a.frame != b.frame) return a.frame > b.frame;
        return a.file > b.file;
    }
    [[nodiscard]] auto later() const {
        return [this](std::size_t left, std::size_t right) { return is_later(left, right); };
    }

    void start() {
        started_ = true;
        for (std::size_t index = 0; index < cursors_.size(); ++index) {
            if (read_next(index)) heap_.push_back(index);
        }
        std::make_heap(heap_.begin(), heap_.end(), later());
        take_earliest();
    }

    /// Replaces the packet that was handed out last. Files of a ring follow each other, so most
    /// often the same source goes on and the heap needs no work.
    void advance() {
        if (read_next(current_)) {
            if (heap_.empty() || !is_later(current_, heap_.front())) return;
            heap_.push_back(current_);
            std::push_heap(heap_.begin(), heap_.end(), later());
        }
        take_earliest();
    }

    void take_earliest() {
        current_ = kNone;
        if (heap_.empty()) return;
        std::pop_heap(heap_.begin(), heap_.end(), later());
        current_ = heap_.back();
        heap_.pop_back();
    }

    bool read_next(std::size_t index) {
        Cursor &cursor = cursors_[index];
        if (cursor.source->next(cursor.packet)) return true;
        cursor.source->add_errors(cursor.file, errors_);
        add(ended_, cursor.source->progress());
        cursor.source.reset();
        return false;
    }

    /// Once all sources have ended: in the order of the files.
    void join_errors() {
        std::sort(errors_.begin(), errors_.end(),
                  [](const FileError &a, const FileError &b) { return a.file < b.file; });
        error_.clear();
        for (const FileError &error : errors_) {
            if (!error_.empty()) error_ += "; ";
            error_ += error.text;
        }
    }

    const CaptureNames *names_; ///< NULL: no packet has an origin
    std::vector<Cursor> cursors_;
    std::optional<std::uint32_t> first_link_type_;
    std::size_t current_ = kNone;   ///< index in cursors_ of the packet that was handed out last
    std::vector<std::size_t> heap_; ///< indexes of the others that hold a packet
    bool started_ = false;
    ReadProgress ended_;            ///< of sources that are gone
    std::vector<FileError> errors_; ///< of sources that are gone
    std::string error_;
};

} // namespace

std::unique_ptr<PacketSource> merge_sources(std::vector<std::unique_ptr<PacketSource>> sources,
                                            std::optional<std::uint32_t> link_type,
                                            const FileNumbers &numbers, const CaptureNames *names) {
    if (sources.size() == 1) return std::move(sources.front());
    return std::make_unique<MergedSource>(std::move(sources), link_type, numbers, names);
}

} // namespace pop3dump
