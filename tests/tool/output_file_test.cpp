// Whole records, locks, reopening, and full disks (small ones in memory, for which it takes root).
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "output/output_file.hpp"
#include "scratch_folder.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace pop3dump;

namespace {

std::unique_ptr<OutputFile> open_log(const std::string &path, bool is_live, std::string &error) {
    int code = 0;
    auto file = OutputFile::open(path, {true, is_live, {}}, {}, error, code);
    if (file && !file->begin(error)) file.reset();
    return file;
}

std::string line(int number, std::size_t bytes = 61) {
    std::string text = "line " + std::to_string(number) + " ";
    text.resize(bytes - 1, 'x');
    return text + "\n";
}

void only_whole_records_are_written(void **) {
    std::string error;
    const std::string path = path_of("whole");
    const auto file = open_log(path, false, error);
    file->append("one\ntw");
    file->flush();
    const bool nothing_yet = content(path).empty();
    file->append("o\n");
    file->end_record();
    file->append("thr");
    file->flush();
    const bool record_is_there = content(path) == "one\ntwo\n";
    for (int number = 0; number < 3; ++number) // more than a block holds
        file->append(std::string(200'000, 'x'));
    file->flush();
    const bool still_whole = content(path) == "one\ntwo\n";
    file->append("\n");
    file->end_record();
    file->close();
    const std::string all = content(path);
    assert_true(nothing_yet && record_is_there && still_whole);
    assert_true(all.size() == 8 + 3 + 600'001 && all.back() == '\n');
}

void files_are_emptied_or_appended_to(void **) {
    std::string error;
    const std::string path = path_of("append");
    put_content(path, "before\n");
    auto file = open_log(path, true, error);
    file->append("after\n");
    file->end_record();
    file->close();
    const bool appended = content(path) == "before\nafter\n";
    int code = 0;
    file = OutputFile::open(path, {true, false, {}}, {}, error, code);
    const bool kept_until_begin = content(path) == "before\nafter\n";
    file->begin(error);
    file->close();
    assert_true(appended);
    assert_true(kept_until_begin);
    assert_true(content(path).empty());
}

void a_line_that_was_cut_is_removed(void **) {
    const struct {
        const char *before, *after;
    } rows[] = {
        {"1.5 whole\n1.5 hal", "1.5 whole\nnext\n"},
        {"1.5 hal", "next\n"},
        {"{\"ts\":1}\n{\"t", "{\"ts\":1}\nnext\n"},
        {"whole\n", "whole\nnext\n"},
        {"somebody's text", "somebody's text\nnext\n"},
        {"a\nsomebody's text", "a\nsomebody's text\nnext\n"},
    };
    const std::string path = path_of("cut");
    for (const auto &row : rows) {
        std::string error;
        put_content(path, row.before);
        const auto file = open_log(path, true, error);
        file->append("next\n");
        file->end_record();
        file->close();
        assert_string_equal(content(path).c_str(), row.after);
    }
}

void one_run_at_a_time(void **) {
    std::string error;
    const std::string path = path_of("locked");
    auto first = open_log(path, true, error);
    first->append("kept\n");
    first->end_record();
    first->flush();
    const bool refused = open_log(path, false, error) == nullptr;
    const bool named = error.find(path) == 0 && error.find("locked") != std::string::npos;
    const bool kept = content(path) == "kept\n";
    first->close();
    first.reset();
    const bool free = open_log(path, true, error) != nullptr;
    assert_true(refused && named && kept && free);
}

void lines_go_on_in_the_new_file(void **) {
    std::string error;
    const std::string path = path_of("rotated");
    const auto file = open_log(path, true, error);
    std::string wanted;
    for (int number = 0; number < 200; ++number) {
        wanted += line(number);
        file->append(line(number));
        file->end_record();
        if (number % 3 == 0) file->flush();
        if (number % 2 == 0) {
            std::filesystem::rename(path, path + "." + std::to_string(1000 + number));
        }
        if (!file->reopen(error)) break;
    }
    file->close();
    std::string got;
    for (int number = 0; number < 200; ++number)
        got += content(path + "." + std::to_string(1000 + number));
    assert_string_equal(error.c_str(), "");
    assert_true(got + content(path) == wanted);
}

void a_file_that_cannot_be_reopened_goes_on(void **) {
    std::string error;
    const std::string inner = path_of("inner");
    std::filesystem::create_directory(inner);
    const auto file = open_log(inner + "/log", true, error);
    std::filesystem::rename(inner, inner + ".old");
    const bool reopened = file->reopen(error);
    file->append("kept\n");
    file->end_record();
    file->close();
    assert_false(reopened);
    assert_true(error.find(inner + "/log") == 0);
    assert_true(content(inner + ".old/log") == "kept\n");
}

/// A tmpfs of 64 KiB, unmounted in the end.
class SmallDisk {
public:
    SmallDisk() : path_(path_of("disk")) {
        std::filesystem::create_directory(path_);
        mounted_ = ::mount("pop3ana", path_.c_str(), "tmpfs", 0, "size=64k") == 0;
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk &) = delete;
    SmallDisk &operator=(const SmallDisk &) = delete;

    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] std::string log() const { return path_ + "/log"; }

    /// Takes `kib` of the room.
    void fill(std::size_t kib) const { put_content(path_ + "/fill", std::string(kib * 1024, 'f')); }
    void free() const { std::filesystem::remove(path_ + "/fill"); }

private:
    std::string path_;
    bool mounted_ = false;
};

struct FullDiskResult {
    bool whole_while_full = false;
    bool waited = false;
    bool recovered = false;
    std::uint64_t lost = 0;
    std::string log;
};

void write_lines(OutputFile &file, int first, int last) {
    for (int number = first; number < last; ++number) {
        file.append(line(number));
        file.end_record();
    }
}

bool is_whole(const std::string &text) {
    return text.size() % 61 == 0 && (text.empty() || text.back() == '\n');
}

FullDiskResult run_on_full_disk(const SmallDisk &disk) {
    FullDiskResult result;
    std::string error;
    disk.fill(40);
    const auto file = open_log(disk.log(), true, error);
    write_lines(*file, 0, 8000); // 488 KB: 24 KiB fit on the disk, 256 KiB into the block
    result.waited = file->disk_full() && !file->failed();
    result.whole_while_full = is_whole(content(disk.log()));
    result.lost = file->lost_records();
    disk.free();
    std::filesystem::resize_file(disk.log(), 0); // as an operator who makes room
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));
    file->flush();
    // The 256 KiB that were kept do not fit either: they are written as far as they do.
    result.recovered = !content(disk.log()).empty() && is_whole(content(disk.log()));
    file->close();
    result.log = content(disk.log());
    return result;
}

void a_full_disk_is_waited_for(void **) {
    FullDiskResult result;
    {
        const SmallDisk disk;
        result = run_on_full_disk(disk);
    }
    assert_true(result.waited);
    assert_true(result.whole_while_full);
    assert_true(result.lost > 3000 && result.lost < 8000);
    assert_true(result.recovered);
    assert_true(is_whole(result.log));
}

void every_line_is_written_or_counted(void **) {
    std::uint64_t lost = 0, written = 0;
    bool twice = false;
    {
        const SmallDisk disk;
        std::string error;
        const auto file = open_log(disk.log(), true, error);
        write_lines(*file, 0, 10'000);
        file->close();
        lost = file->lost_records();
        const std::string log = content(disk.log());
        written = static_cast<std::uint64_t>(std::count(log.begin(), log.end(), '\n'));
        std::vector<std::string> lines;
        for (std::size_t at = 0; at + 61 <= log.size(); at += 61)
            lines.push_back(log.substr(at, 61));
        std::sort(lines.begin(), lines.end());
        twice = std::adjacent_find(lines.begin(), lines.end()) != lines.end();
    }
    assert_int_equal(lost + written, 10'000);
    assert_true(written >= 1000);
    assert_false(twice);
}

void a_full_disk_ends_an_output_that_does_not_wait(void **) {
    bool failed = false;
    std::string error;
    bool whole = false;
    {
        const SmallDisk disk;
        const auto file = open_log(disk.log(), false, error);
        write_lines(*file, 0, 8000);
        file->close();
        failed = file->failed();
        error = file->error();
        whole = is_whole(content(disk.log()));
    }
    assert_true(failed && whole);
    assert_true(error.find("/log: No space left") != std::string::npos);
}

} // namespace

int main() {
    std::string name = std::filesystem::temp_directory_path() / "output-file-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return 1;
    folder = name;
    const CMUnitTest tests[] = {
        cmocka_unit_test(only_whole_records_are_written),
        cmocka_unit_test(files_are_emptied_or_appended_to),
        cmocka_unit_test(a_line_that_was_cut_is_removed),
        cmocka_unit_test(one_run_at_a_time),
        cmocka_unit_test(lines_go_on_in_the_new_file),
        cmocka_unit_test(a_file_that_cannot_be_reopened_goes_on),
    };
    const CMUnitTest disk_tests[] = {
        cmocka_unit_test(a_full_disk_is_waited_for),
        cmocka_unit_test(every_line_is_written_or_counted),
        cmocka_unit_test(a_full_disk_ends_an_output_that_does_not_wait),
    };
    int failures = cmocka_run_group_tests(tests, nullptr, nullptr);
    std::string why_not;
    if (::geteuid() != 0) {
        why_not = "full disks take root";
    } else {
        const SmallDisk tried;
        if (!tried.mounted()) why_not = "no file system can be mounted here, for full disks";
    }
    if (why_not.empty()) failures += cmocka_run_group_tests(disk_tests, nullptr, nullptr);
    std::filesystem::remove_all(folder);
    if (failures > 0) return 1;
    if (why_not.empty()) return 0;
    std::printf("skipped: %s\n", why_not.c_str());
    constexpr int kSkipped = 77;
    return kSkipped;
}
