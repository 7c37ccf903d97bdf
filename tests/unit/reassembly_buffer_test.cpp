// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "net/reassembly_buffer.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>

using namespace pop3ana;

namespace {

constexpr std::size_t kPositions = 120;
constexpr int kEmpty = -1, kGap = -2;

/// What a reassembly buffer is about: each position holds a byte, is known to be a gap, or is
/// empty.
struct Model {
    std::array<int, kPositions> cells;
    Model() { cells.fill(kEmpty); }

    ReassemblyBuffer::Inserted insert(std::size_t begin, const std::vector<std::uint8_t> &bytes) {
        ReassemblyBuffer::Inserted result;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            int &cell = cells[begin + i];
            if (cell >= 0 && cell != bytes[i]) result.differs = true;
            if (cell != kEmpty) continue;
            cell = bytes[i];
            ++result.stored_bytes;
        }
        return result;
    }
    [[nodiscard]] std::uint64_t bytes() const {
        return static_cast<std::uint64_t>(
            std::count_if(cells.begin(), cells.end(), [](int cell) { return cell >= 0; }));
    }
};

bool agrees(const ReassemblyBuffer &buffer, const Model &model) {
    std::array<int, kPositions> cells;
    cells.fill(kEmpty);
    std::uint64_t last_end = 0;
    bool fine = true;
    for (const auto &[begin, range] : buffer.ranges()) {
        fine = unit::holds("sorted, disjoint, not empty", begin >= last_end && range.end > begin);
        fine = fine &&
               unit::same("range bytes", range.bytes.size(), range.is_gap ? 0 : range.end - begin);
        if (!fine) return false;
        for (std::uint64_t at = begin; at < range.end; ++at)
            cells[at] = range.is_gap ? kGap : range.bytes[at - begin];
        last_end = range.end;
    }
    return unit::holds("cells", cells == model.cells) &&
           unit::same("bytes", buffer.bytes(), model.bytes()) &&
           unit::same("cost", buffer.cost(),
                      buffer.bytes() + buffer.size() * kRangeOverheadBytes) &&
           (buffer.empty() || unit::same("last end", buffer.last_end(), last_end));
}

bool step_agrees(unit::Random &random, ReassemblyBuffer &buffer, Model &model) {
    const std::size_t begin = random.below(kPositions - 20);
    const std::size_t length = random.below(21);
    const std::size_t action = random.below(20);
    if (action < 14) {
        auto bytes = random.bytes(length);
        for (auto &byte : bytes)
            byte %= 3; // So that overlaps are equal now and then.
        const unit::FlushCopy flush{Bytes{bytes}};
        const auto got = buffer.insert(begin, flush.bytes(), {});
        const auto expected = model.insert(begin, bytes);
        return unit::same("stored", got.stored_bytes, expected.stored_bytes) &&
               unit::same("differs", got.differs, expected.differs);
    }
    if (action < 16) {
        buffer.insert_gap(begin, begin + length, {});
        std::replace(model.cells.begin() + static_cast<std::ptrdiff_t>(begin),
                     model.cells.begin() + static_cast<std::ptrdiff_t>(begin + length), kEmpty,
                     kGap);
    } else if (action == 16) {
        const std::uint64_t before = model.bytes();
        std::fill(model.cells.begin() + static_cast<std::ptrdiff_t>(begin), model.cells.end(),
                  kEmpty);
        return unit::same("cut", buffer.cut(begin), before - model.bytes());
    } else if (!buffer.empty()) {
        const std::uint64_t first = buffer.first_begin();
        const BufferedRange range = buffer.take_first();
        for (std::uint64_t at = first; at < range.end; ++at) {
            if (model.cells[at] != (range.is_gap ? kGap : range.bytes[at - first]))
                return unit::holds("what is taken was held", false);
            model.cells[at] = kEmpty;
        }
    }
    return true;
}

bool random_operations_agree(unit::Random &random) {
    ReassemblyBuffer buffer;
    Model model;
    for (int step = 0; step < 60; ++step)
        if (!step_agrees(random, buffer, model) || !agrees(buffer, model)) return false;
    return true;
}

bool random_operations_do_what_an_array_of_bytes_does() {
    return unit::holds_for_rounds("unit.reassembly_buffer", 400, random_operations_agree);
}

/// "POSITION:CAPTURE ORDER:ACKNOWLEDGEMENT" of each range, then + or - for whether it has the last.
std::string origins(const ReassemblyBuffer &buffer) {
    std::string result;
    for (const auto &[begin, range] : buffer.ranges())
        result += std::to_string(begin) + ':' + std::to_string(range.origin.capture_order) + ':' +
                  std::to_string(range.origin.acknowledgement) +
                  (range.origin.has_acknowledgement ? "+ " : "- ");
    return result;
}

bool each_filled_part_remembers_its_segment() {
    ReassemblyBuffer buffer;
    buffer.insert(10, as_bytes("cccc"), {1, 111, true});
    buffer.insert(18, as_bytes("dd"), {2, 222, false});
    buffer.insert(8, as_bytes("eeeeeeeeeeeeeee"), {3, 333, true});
    return unit::same("origins", origins(buffer),
                      "8:3:333+ 10:1:111+ 14:3:333+ 18:2:222- 20:3:333+ ");
}

bool a_copy_with_an_older_acknowledgement_shows_when_its_bytes_were_sent() {
    ReassemblyBuffer buffer;
    buffer.insert(10, as_bytes("abcdef"), {1, 5, true}); // 5 is newer than the number before 0.
    buffer.insert_gap(20, 25, {2, 5, true});
    buffer.insert(8, as_bytes("xxabc"), {3, 0xffffffff, true});
    buffer.insert(20, as_bytes("xx"), {4, 4, true});
    buffer.insert(10, as_bytes("ab"), {5, 9, true});
    std::string bytes;
    for (const auto &[begin, range] : buffer.ranges())
        bytes += std::string(range.bytes.begin(), range.bytes.end()) + ' ';
    return unit::same("origins", origins(buffer),
                      "8:3:4294967295+ 10:1:4294967295+ 13:1:5+ 20:2:4+ 22:2:5+ ") &&
           unit::same("bytes", bytes, "xx abc def   ") && unit::same("count", buffer.bytes(), 8);
}

bool the_first_bytes_can_be_forgotten() {
    ReassemblyBuffer buffer;
    const bool none = unit::holds("there are none", !buffer.forget_first_bytes());
    buffer.insert_gap(5, 8, {1, 1, true});
    buffer.insert(10, as_bytes("abc"), {2, 2, true});
    buffer.insert(20, as_bytes("defg"), {3, 3, true});
    const bool forgot = unit::holds("forgotten", buffer.forget_first_bytes());
    return none && forgot && unit::same("origins", origins(buffer), "5:1:1+ 20:3:3+ ") &&
           unit::same("end", buffer.first().end, 13) && unit::holds("gap", buffer.first().is_gap) &&
           unit::same("bytes", buffer.bytes(), 4);
}

bool bytes_that_were_cut_off_can_come_again() {
    ReassemblyBuffer buffer;
    buffer.insert(5, as_bytes("abcdef"), {});
    return unit::same("cut", buffer.cut(8), 3) &&
           unit::same("stored", buffer.insert(5, as_bytes("abcdef"), {}).stored_bytes, 3) &&
           unit::same("bytes", buffer.bytes(), 6);
}

bool captured_bytes_do_not_replace_a_gap() {
    ReassemblyBuffer buffer;
    buffer.insert_gap(4, 8, {});
    const auto inserted = buffer.insert(2, as_bytes("abcdefgh"), {});
    return unit::same("stored", inserted.stored_bytes, 4) &&
           unit::holds("a gap differs from nothing", !inserted.differs);
}

} // namespace

int main() {
    return unit::run(
        "unit.reassembly_buffer",
        {UNIT_TEST(each_filled_part_remembers_its_segment),
         UNIT_TEST(a_copy_with_an_older_acknowledgement_shows_when_its_bytes_were_sent),
         UNIT_TEST(the_first_bytes_can_be_forgotten),
         UNIT_TEST(bytes_that_were_cut_off_can_come_again),
         UNIT_TEST(captured_bytes_do_not_replace_a_gap),
         UNIT_TEST(random_operations_do_what_an_array_of_bytes_does)});
}
