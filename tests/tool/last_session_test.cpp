// The session number of a line in whatever form, and the largest one of a log.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "output/last_session.hpp"
#include "scratch_folder.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/stat.h>

using namespace pop3dump;

namespace {

void a_line_has_its_number_in_every_form(void **) {
    const struct {
        std::string_view line;
        std::uint64_t session;
    } rows[] = {
        {"1795423114.559670 #7 10.0.0.1/4 > 10.0.0.2/110: new connection", 7},
        {"1795423114.559670 #7 unexpected cmd: x #9 y", 7},
        {"#12 > USER #13", 12},
        {" 00:00:00.000062 #4 > USER bob", 4},
        {"2026-11-23 08:40:06.171557 #4 10.77.0.3/3 > 10.77.0.1/110 login failed: user #5", 4},
        {"1795423114.559670 #mx-1-77 < OK", 77},
        {"1795423114.559670 #18446744073709551615 < OK", UINT64_MAX},
        {R"({"ts":1.5,"event":"request","session":31,"frame":4})", 31},
        {R"({"event":"request","argument":"\"session\":99","session":3})", 3},
        {R"({"summary":"users","name":"\"session\":99"})", 0},
        {"# a comment", 0},
        {"no line of ours #5", 0},
        {"1795423114.559670 #99999999999999999999 < OK", 0},
        {"1795423114.559670", 0},
        {"", 0},
    };
    for (const auto &row : rows)
        assert_true(session_of_line(row.line) == row.session);
}

void the_largest_number_counts_wherever_it_stands(void **) {
    const std::string path = path_of("log");
    std::string error;
    put_content(path, "1.000000 #3 < OK\n1.000000 #20 < OK\n1.000000 #4 < OK\n1.000000 #21 < ");
    assert_true(last_session(path, error) == 20); // the unfinished line will be removed
    // Lines over the ends of blocks, and one that is longer than any block.
    std::string long_log;
    for (std::uint64_t number = 1; number <= 100'000; ++number)
        long_log += "1795423114.559670 #" + std::to_string(number) + " > USER somebody\n";
    long_log += "1.000000 #100001 > " + std::string(3'000'000, 'x') + " #7000000\n";
    put_content(path, long_log);
    assert_true(last_session(path, error) == 100'001);
    put_content(path, long_log + "1.000000 #100002 < OK\n");
    assert_true(last_session(path, error) == 100'002);
    put_content(path, "");
    assert_true(last_session(path, error) == 0);
    assert_string_equal(error.c_str(), "");
}

void what_is_no_file_has_no_sessions(void **) {
    std::string error;
    const std::string fifo = path_of("fifo");
    assert_int_equal(::mkfifo(fifo.c_str(), 0600), 0);
    for (const std::string &path : {path_of("missing"), fifo, std::string("/dev/null")})
        assert_true(last_session(path, error) == 0);
    assert_string_equal(error.c_str(), "");
    assert_true(last_session(path_of("log") + "/x", error) == 0); // in what is no folder
    assert_true(error.ends_with("log/x: Not a directory"));
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_its_number_in_every_form),
        cmocka_unit_test(the_largest_number_counts_wherever_it_stands),
        cmocka_unit_test(what_is_no_file_has_no_sessions),
    };
    std::string pattern = std::filesystem::temp_directory_path() / "pop3dump-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return 1;
    folder = pattern;
    const int failures = cmocka_run_group_tests(tests, nullptr, nullptr);
    std::filesystem::remove_all(folder);
    return failures == 0 ? 0 : 1;
}
