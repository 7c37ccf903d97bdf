// What all unit tests share. A test is a function that returns whether it holds and prints what
// does not: CMocka's assertions leave by longjmp, so only hold_test() and check_row(), which own
// nothing, make them.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/bytes.hpp"
#include "cmocka.hpp"
#include "seed.hpp"

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace unit {

using pop3ana_test::holds_for_rounds;
using pop3ana_test::Random;
using namespace std::string_literals;
using namespace std::string_view_literals;

/// Whether both are the same; prints both when they are not.
bool same(std::string_view what, std::string_view got, std::string_view expected);
bool same(std::string_view what, std::uint64_t got, std::uint64_t expected);

/// `condition`; prints `what` when it is false.
bool holds(std::string_view what, bool condition);

/// A copy of bytes that ends where unmapped memory begins, so that reading one too many crashes.
class FlushCopy {
public:
    explicit FlushCopy(pop3ana::Bytes bytes);
    explicit FlushCopy(std::string_view text) : FlushCopy(pop3ana::as_bytes(text)) {}
    ~FlushCopy();
    FlushCopy(const FlushCopy &) = delete;
    FlushCopy &operator=(const FlushCopy &) = delete;

    [[nodiscard]] pop3ana::Bytes bytes() const { return bytes_; }
    [[nodiscard]] std::string_view text() const { return pop3ana::as_text(bytes_); }
    std::uint8_t &operator[](std::size_t at) { return begin_[at]; }

private:
    void *pages_;
    std::size_t mapped_bytes_;
    std::uint8_t *begin_;
    pop3ana::Bytes bytes_;
};

/// The parts of `text` between `separator`s.
std::vector<std::string_view> split(std::string_view text, std::string_view separator);

template <bool (*kTest)()> void hold_test(void **) {
    assert_true(kTest());
}

template <auto kCheck, class Row> void check_row(void **state) {
    assert_true(kCheck(*static_cast<const Row *>(*state)));
}

/// One test for each row; rows have a member `name`, a sentence.
template <auto kCheck, class Rows> void add_rows(std::vector<CMUnitTest> &tests, const Rows &rows) {
    using Row = typename std::iterator_traits<decltype(std::begin(rows))>::value_type;
    for (const Row &row : rows)
        tests.push_back(
            {row.name, check_row<kCheck, Row>, nullptr, nullptr, const_cast<Row *>(&row)});
}

/// Runs the tests; returns the status for main().
int run(const char *module, const std::vector<CMUnitTest> &tests);

} // namespace unit

#define UNIT_TEST(function)                                                                        \
    CMUnitTest {                                                                                   \
#function, unit::hold_test < function>, nullptr, nullptr, nullptr                          \
    }
