// Which layout the records of a pcap file are taken for. Laws: of a good file of the usual layout
// it is that one, whatever the packets hold, however much of the file is there; of the same packets
// in another layout it is the other one.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats/pcap_layout.hpp"

#include "capture/capture_limits.hpp"
#include "cmocka.hpp"
#include "seed.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

using namespace pop3dump;
using pop3ana_test::holds_for_rounds;
using pop3ana_test::Random;

namespace {

using FileBytes = std::vector<std::uint8_t>;

constexpr std::size_t kFileHeaderBytes = 24;
constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::array<std::size_t, 3> kLayouts{16, 24, 20};
constexpr std::array<std::size_t, 2> kLongLayouts{24, 28};

class MemoryBytes final : public ByteSource {
public:
    explicit MemoryBytes(std::span<const std::uint8_t> left) : left_(left) {}
    std::size_t read(std::span<std::uint8_t> room) override {
        const std::size_t bytes = std::min(room.size(), left_.size());
        std::copy_n(left_.begin(), bytes, room.begin());
        left_ = left_.subspan(bytes);
        return bytes;
    }
    [[nodiscard]] const std::string &error() const override { return error_; }
    [[nodiscard]] ReadProgress progress() const override { return {}; }

private:
    std::span<const std::uint8_t> left_;
    std::string error_;
};

struct Record {
    std::uint32_t seconds = 0;
    std::uint32_t fraction = 0;
    std::uint32_t wire_bytes = 0;
    FileBytes data;
};

void append_number(FileBytes &bytes, std::uint32_t number) {
    const auto *first = reinterpret_cast<const std::uint8_t *>(&number);
    bytes.insert(bytes.end(), first, first + sizeof(number));
}

/// Without the file header; what a layout has more is filled with `rest`.
FileBytes records_of(const std::vector<Record> &records, std::size_t header_bytes,
                     std::uint8_t rest) {
    FileBytes bytes;
    for (const Record &record : records) {
        append_number(bytes, record.seconds);
        append_number(bytes, record.fraction);
        append_number(bytes, static_cast<std::uint32_t>(record.data.size()));
        append_number(bytes, record.wire_bytes);
        bytes.insert(bytes.end(), header_bytes - 16, rest);
        bytes.insert(bytes.end(), record.data.begin(), record.data.end());
    }
    return bytes;
}

std::size_t chosen(std::span<const std::uint8_t> records, std::span<const std::size_t> layouts,
                   ByteOrder order = {}) {
    ByteBuffer buffer(std::make_unique<MemoryBytes>(records));
    return choose_record_header_bytes(buffer, {order, kCapturedBytes, false}, layouts);
}

/// Files of microseconds of tests/golden that are whole, without those of other layouts.
std::vector<FileBytes> usual_files() {
    std::vector<FileBytes> files;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(POP3ANA_GOLDEN)) {
        if (entry.path().extension() != ".pcap" ||
            entry.path().parent_path().filename() == "formats")
            continue;
        std::ifstream in(entry.path(), std::ios::binary);
        FileBytes bytes{std::istreambuf_iterator<char>(in), {}};
        const std::uint32_t magic = bytes.size() < 4 ? 0 : ByteOrder().u32(bytes.data());
        if (magic == kMicroseconds || magic == __builtin_bswap32(kMicroseconds))
            files.push_back(std::move(bytes));
    }
    return files;
}

std::vector<Record> parse(std::span<const std::uint8_t> bytes, ByteOrder order) {
    std::vector<Record> records;
    for (std::size_t at = kFileHeaderBytes; at + 16 <= bytes.size();) {
        const std::uint8_t *header = bytes.data() + at;
        const std::uint32_t captured_bytes = order.u32(header + 8);
        if (bytes.size() - at - 16 < captured_bytes) break;
        records.push_back({order.u32(header),
                           order.u32(header + 4),
                           order.u32(header + 12),
                           {header + 16, header + 16 + captured_bytes}});
        at += 16 + captured_bytes;
    }
    return records;
}

ByteOrder order_of(const FileBytes &file) {
    return ByteOrder(ByteOrder().u32(file.data()) != kMicroseconds);
}

void captures_are_of_the_usual_layout(void ** /*state*/) {
    const auto files = usual_files();
    assert_true(files.size() > 200);
    for (const FileBytes &file : files) {
        const auto records = std::span(file).subspan(kFileHeaderBytes);
        assert_int_equal(chosen(records, kLayouts, order_of(file)), 16);
    }
}

void captures_cut_anywhere_are_of_the_usual_layout(void ** /*state*/) {
    for (const FileBytes &file : usual_files()) {
        const std::size_t end = std::min<std::size_t>(file.size(), 1000);
        for (std::size_t cut = kFileHeaderBytes; cut <= end; ++cut) {
            const auto records = std::span(file).first(cut).subspan(kFileHeaderBytes);
            assert_int_equal(chosen(records, kLayouts, order_of(file)), 16);
        }
    }
}

/// Those of two packets or more: of one alone nothing tells.
void captures_in_another_layout_are_of_that(void ** /*state*/) {
    int converted = 0;
    for (const FileBytes &file : usual_files()) {
        const auto records = parse(file, order_of(file));
        if (records.size() < 2) continue;
        ++converted;
        for (const std::uint8_t rest : std::initializer_list<std::uint8_t>{0, 4, 0xff}) {
            for (const std::size_t layout : kLayouts)
                assert_int_equal(chosen(records_of(records, layout, rest), kLayouts), layout);
            for (const std::size_t layout : kLongLayouts)
                assert_int_equal(chosen(records_of(records, layout, rest), kLongLayouts), layout);
        }
    }
    assert_true(converted > 200);
}

/// Packets that look like records, numbers that are small or zero, and anything else.
std::vector<Record> any_records(Random &random) {
    std::vector<Record> records(random.between(2, 5));
    auto seconds = static_cast<std::uint32_t>(random.between(946'684'800, 1'900'000'000));
    for (Record &record : records) {
        record.seconds = seconds += static_cast<std::uint32_t>(random.below(100));
        record.fraction = static_cast<std::uint32_t>(random.below(1'000'000));
        const std::size_t kind = random.below(3);
        for (std::size_t words = random.between(1, 400); words > 0; --words) {
            const std::array like_a_record{seconds, 7U, 60U, 60U};
            append_number(record.data, kind == 0   ? random.number()
                                       : kind == 1 ? random.number() % 2000
                                                   : like_a_record[words % 4]);
        }
        record.wire_bytes = static_cast<std::uint32_t>(record.data.size() + random.below(2000));
    }
    return records;
}

bool layout_is_found(Random &random) {
    const auto records = any_records(random);
    for (const auto layouts :
         {std::span<const std::size_t>(kLayouts), std::span<const std::size_t>(kLongLayouts)}) {
        for (const std::size_t layout : layouts) {
            if (chosen(records_of(records, layout, 0), layouts) != layout) return false;
        }
    }
    return true;
}

void any_good_file_is_of_its_layout(void ** /*state*/) {
    assert_true(holds_for_rounds("layout", 20'000, layout_is_found));
}

void one_record_is_of_the_usual_layout(void ** /*state*/) {
    const std::vector<Record> records{{1'700'000'000, 5, 60, FileBytes(60)}};
    for (const std::size_t layout : kLayouts)
        assert_int_equal(chosen(records_of(records, layout, 0), kLayouts), 16);
    assert_int_equal(chosen({}, kLayouts), 16);
}

/// Damage is not taken for another layout.
void a_wrong_second_record_changes_nothing(void ** /*state*/) {
    const std::vector<Record> records(4, {1'700'000'000, 5, 60, FileBytes(60)});
    auto bytes = records_of(records, 16, 0);
    for (const std::size_t field : {std::size_t{4}, std::size_t{8}}) {
        auto damaged = bytes;
        std::memset(damaged.data() + 16 + 60 + field, 0xff, 4);
        assert_int_equal(chosen(damaged, kLayouts), 16);
    }
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(captures_are_of_the_usual_layout),
        cmocka_unit_test(captures_cut_anywhere_are_of_the_usual_layout),
        cmocka_unit_test(captures_in_another_layout_are_of_that),
        cmocka_unit_test(any_good_file_is_of_its_layout),
        cmocka_unit_test(one_record_is_of_the_usual_layout),
        cmocka_unit_test(a_wrong_second_record_changes_nothing),
    };
    return cmocka_run_group_tests_name("tool.pcap_layout", tests, nullptr, nullptr);
}
