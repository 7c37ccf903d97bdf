// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "net/piece_map.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>

using namespace pop3ana;

namespace {

constexpr std::size_t kPositions = 120;
constexpr int kEmpty = -1, kMissing = -2;

/// What a piece map is about: each position holds a byte, is known to be missing, or is empty.
struct Model {
    std::array<int, kPositions> cells;
    Model() { cells.fill(kEmpty); }

    PieceMap::Inserted insert(std::size_t begin, const std::vector<std::uint8_t> &bytes) {
        PieceMap::Inserted result;
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

bool agrees(const PieceMap &map, const Model &model) {
    std::array<int, kPositions> cells;
    cells.fill(kEmpty);
    std::uint64_t last_end = 0;
    bool fine = true;
    for (const auto &[begin, piece] : map.pieces()) {
        fine = unit::holds("sorted, disjoint, not empty", begin >= last_end && piece.end > begin);
        fine = fine &&
               unit::same("piece bytes", piece.bytes.size(), piece.missing ? 0 : piece.end - begin);
        if (!fine) return false;
        for (std::uint64_t at = begin; at < piece.end; ++at)
            cells[at] = piece.missing ? kMissing : piece.bytes[at - begin];
        last_end = piece.end;
    }
    return unit::holds("cells", cells == model.cells) &&
           unit::same("bytes", map.bytes(), model.bytes()) &&
           unit::same("cost", map.cost(), map.bytes() + map.size() * kPieceOverheadBytes) &&
           (map.empty() || unit::same("last end", map.last_end(), last_end));
}

bool step_agrees(unit::Random &random, PieceMap &map, Model &model) {
    const std::size_t begin = random.below(kPositions - 20);
    const std::size_t length = random.below(21);
    const std::size_t action = random.below(20);
    if (action < 14) {
        auto bytes = random.bytes(length);
        for (auto &byte : bytes)
            byte %= 3; // So that overlaps are equal now and then.
        const unit::FlushCopy flush{Bytes{bytes}};
        const auto got = map.insert(begin, flush.bytes(), {});
        const auto expected = model.insert(begin, bytes);
        return unit::same("stored", got.stored_bytes, expected.stored_bytes) &&
               unit::same("differs", got.differs, expected.differs);
    }
    if (action < 16) {
        map.insert_missing(begin, begin + length, {});
        std::replace(model.cells.begin() + static_cast<std::ptrdiff_t>(begin),
                     model.cells.begin() + static_cast<std::ptrdiff_t>(begin + length), kEmpty,
                     kMissing);
    } else if (action == 16) {
        const std::uint64_t before = model.bytes();
        std::fill(model.cells.begin() + static_cast<std::ptrdiff_t>(begin), model.cells.end(),
                  kEmpty);
        return unit::same("cut", map.cut(begin), before - model.bytes());
    } else if (!map.empty()) {
        const std::uint64_t first = map.first_begin();
        const Piece piece = map.take_first();
        for (std::uint64_t at = first; at < piece.end; ++at) {
            if (model.cells[at] != (piece.missing ? kMissing : piece.bytes[at - first]))
                return unit::holds("what is taken was held", false);
            model.cells[at] = kEmpty;
        }
    }
    return true;
}

bool random_operations_agree(unit::Random &random) {
    PieceMap map;
    Model model;
    for (int step = 0; step < 60; ++step)
        if (!step_agrees(random, map, model) || !agrees(map, model)) return false;
    return true;
}

bool random_operations_do_what_an_array_of_bytes_does() {
    return unit::holds_for_rounds("unit.piece_map", 400, random_operations_agree);
}

/// "POSITION:CAPTURE ORDER:ACKNOWLEDGEMENT" of each piece, then + or - for whether it has the last.
std::string origins(const PieceMap &map) {
    std::string result;
    for (const auto &[begin, piece] : map.pieces())
        result += std::to_string(begin) + ':' + std::to_string(piece.origin.capture_order) + ':' +
                  std::to_string(piece.origin.acknowledgement) +
                  (piece.origin.has_acknowledgement ? "+ " : "- ");
    return result;
}

bool each_filled_part_remembers_its_segment() {
    PieceMap map;
    map.insert(10, as_bytes("cccc"), {1, 111, true});
    map.insert(18, as_bytes("dd"), {2, 222, false});
    map.insert(8, as_bytes("eeeeeeeeeeeeeee"), {3, 333, true});
    return unit::same("origins", origins(map), "8:3:333+ 10:1:111+ 14:3:333+ 18:2:222- 20:3:333+ ");
}

bool a_copy_with_an_older_acknowledgement_shows_when_its_bytes_were_sent() {
    PieceMap map;
    map.insert(10, as_bytes("abcdef"), {1, 5, true}); // 5 is newer than the number before 0.
    map.insert_missing(20, 25, {2, 5, true});
    map.insert(8, as_bytes("xxabc"), {3, 0xffffffff, true});
    map.insert(20, as_bytes("xx"), {4, 4, true});
    map.insert(10, as_bytes("ab"), {5, 9, true});
    std::string bytes;
    for (const auto &[begin, piece] : map.pieces())
        bytes += std::string(piece.bytes.begin(), piece.bytes.end()) + ' ';
    return unit::same("origins", origins(map),
                      "8:3:4294967295+ 10:1:4294967295+ 13:1:5+ 20:2:4+ 22:2:5+ ") &&
           unit::same("bytes", bytes, "xx abc def   ") && unit::same("count", map.bytes(), 8);
}

bool the_first_bytes_can_be_forgotten() {
    PieceMap map;
    const bool none = unit::holds("there are none", !map.forget_first_bytes());
    map.insert_missing(5, 8, {1, 1, true});
    map.insert(10, as_bytes("abc"), {2, 2, true});
    map.insert(20, as_bytes("defg"), {3, 3, true});
    const bool forgot = unit::holds("forgotten", map.forget_first_bytes());
    return none && forgot && unit::same("origins", origins(map), "5:1:1+ 20:3:3+ ") &&
           unit::same("end", map.first().end, 13) && unit::holds("missing", map.first().missing) &&
           unit::same("bytes", map.bytes(), 4);
}

bool bytes_that_were_cut_off_can_come_again() {
    PieceMap map;
    map.insert(5, as_bytes("abcdef"), {});
    return unit::same("cut", map.cut(8), 3) &&
           unit::same("stored", map.insert(5, as_bytes("abcdef"), {}).stored_bytes, 3) &&
           unit::same("bytes", map.bytes(), 6);
}

bool captured_bytes_do_not_replace_missing_ones() {
    PieceMap map;
    map.insert_missing(4, 8, {});
    const auto inserted = map.insert(2, as_bytes("abcdefgh"), {});
    return unit::same("stored", inserted.stored_bytes, 4) &&
           unit::holds("missing bytes differ from nothing", !inserted.differs);
}

} // namespace

int main() {
    return unit::run(
        "unit.piece_map",
        {UNIT_TEST(each_filled_part_remembers_its_segment),
         UNIT_TEST(a_copy_with_an_older_acknowledgement_shows_when_its_bytes_were_sent),
         UNIT_TEST(the_first_bytes_can_be_forgotten),
         UNIT_TEST(bytes_that_were_cut_off_can_come_again),
         UNIT_TEST(captured_bytes_do_not_replace_missing_ones),
         UNIT_TEST(random_operations_do_what_an_array_of_bytes_does)});
}
