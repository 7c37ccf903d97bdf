// A log over renames: which lines are read again from which place.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/log_follower.hpp"

#include "cmocka.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

using pop3fleet::LogFollower;

/// A folder with a log whose first line stands in a file that was renamed.
struct RotatedLog {
    std::filesystem::path folder;
    std::string path;

    RotatedLog() {
        char name[] = "/tmp/log-follower-XXXXXX";
        assert_non_null(mkdtemp(name));
        folder = name;
        path = folder / "mx.log";
        std::ofstream(path + ".1") << "first\n";
        std::ofstream(path) << "second\n";
    }
    ~RotatedLog() { std::filesystem::remove_all(folder); }
    RotatedLog(const RotatedLog &) = delete;
    RotatedLog &operator=(const RotatedLog &) = delete;
};

std::string lines_of(LogFollower &log) {
    std::string lines;
    while (const auto line = log.next_line())
        lines.append(*line).append(";");
    return lines;
}

void a_log_is_read_from_its_oldest_file_on(void ** /*state*/) {
    const RotatedLog files;
    LogFollower log{files.path};
    assert_string_equal(lines_of(log).c_str(), "first;second;");
}

// The server has kept no place, since it was away before the first commit.
void nothing_is_skipped_when_it_begins_anew(void ** /*state*/) {
    const RotatedLog files;
    LogFollower log{files.path};
    std::filesystem::last_write_time(
        files.path + ".1", std::filesystem::file_time_type::clock::now() - std::chrono::hours(24));
    lines_of(log);
    std::string error;
    assert_true(log.go_to({}, error));
    assert_string_equal(lines_of(log).c_str(), "first;second;");
}

void it_goes_on_from_a_place_in_a_renamed_file(void ** /*state*/) {
    const RotatedLog files;
    LogFollower log{files.path};
    log.next_line();
    const auto place = log.place();
    LogFollower other{files.path};
    std::string error;
    assert_true(other.go_to(place, error));
    assert_string_equal(lines_of(other).c_str(), "second;");
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_read_from_its_oldest_file_on),
        cmocka_unit_test(nothing_is_skipped_when_it_begins_anew),
        cmocka_unit_test(it_goes_on_from_a_place_in_a_renamed_file),
    };
    return cmocka_run_group_tests_name("log_follower", tests, nullptr, nullptr);
}
