// A log over renames: which lines are read again from which place.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/log_follower.hpp"

#include "cmocka.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

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
    /// Renames the files, and begins a new one.
    void rotate(const std::string &content) const {
        std::filesystem::rename(path + ".1", path + ".2");
        std::filesystem::rename(path, path + ".1");
        std::ofstream(path) << content;
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

// A new run of the writer has taken back what a killed one had left of a line.
void a_line_in_place_of_a_longer_part_of_one_is_read_before_the_next_file(void ** /*state*/) {
    const RotatedLog files;
    LogFollower log{files.path};
    lines_of(log);
    const auto bytes = std::filesystem::file_size(files.path);
    std::ofstream(files.path, std::ios::app) << "a part of a line";
    assert_string_equal(lines_of(log).c_str(), "");
    std::filesystem::resize_file(files.path, bytes);
    std::ofstream(files.path, std::ios::app) << "third\n";
    files.rotate("fourth\n");
    assert_string_equal(lines_of(log).c_str(), "third;fourth;");
}

void a_file_is_found_whose_first_line_was_taken_back(void ** /*state*/) {
    const RotatedLog files;
    LogFollower log{files.path};
    lines_of(log);
    files.rotate(std::string(300, 'x'));
    assert_string_equal(lines_of(log).c_str(), "");
    const auto place = log.place();
    std::ofstream(files.path) << "third\n"; // the same file
    LogFollower other{files.path};
    std::string error;
    assert_true(other.go_to(place, error));
    assert_string_equal(lines_of(other).c_str(), "third;");
}

// Each number is a file of its own, which soon has another name.
void nothing_is_skipped_while_files_are_renamed(void ** /*state*/) {
    constexpr int kFiles = 60;
    const RotatedLog files;
    for (const char *const name : {"", ".1"})
        std::filesystem::remove(files.path + name);
    std::thread writer([&] {
        for (int number = 0; number < kFiles; ++number) {
            for (int at = number - 1; at > 0; --at)
                std::filesystem::rename(files.path + "." + std::to_string(at),
                                        files.path + "." + std::to_string(at + 1));
            if (number > 0) std::filesystem::rename(files.path, files.path + ".1");
            std::ofstream(files.path) << number << "\n";
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
    });
    LogFollower log{files.path};
    std::string lines;
    std::string expected;
    for (int number = 0; number < kFiles; ++number)
        expected += std::to_string(number) + ";";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (lines.size() < expected.size() && std::chrono::steady_clock::now() < deadline)
        lines += lines_of(log);
    writer.join();
    assert_string_equal(lines.c_str(), expected.c_str());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_read_from_its_oldest_file_on),
        cmocka_unit_test(nothing_is_skipped_when_it_begins_anew),
        cmocka_unit_test(it_goes_on_from_a_place_in_a_renamed_file),
        cmocka_unit_test(a_line_in_place_of_a_longer_part_of_one_is_read_before_the_next_file),
        cmocka_unit_test(a_file_is_found_whose_first_line_was_taken_back),
        cmocka_unit_test(nothing_is_skipped_while_files_are_renamed),
    };
    return cmocka_run_group_tests_name("log_follower", tests, nullptr, nullptr);
}
