// What root opens, and what it refuses: links, and files of others.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "output/output_file.hpp"
#include "scratch_folder.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace pop3dump;

namespace {

constexpr uid_t kOther = 65534, kThird = 65533, kService = 65532;

/// A folder that somebody else than root controls.
std::string folder_of_others(const char *name) {
    const std::string path = path_of(name);
    std::filesystem::create_directory(path);
    return ::chown(path.c_str(), kOther, kOther) == 0 ? path : "";
}

/// What open() says; "" when it opens.
std::string refusal(const std::string &path) {
    std::string error;
    int code = 0;
    const OutputPolicy policy{true, false, {"service", kService, kService, true, true, false}};
    const auto file = OutputFile::open(path, policy, {}, error, code);
    return file ? "" : error;
}

bool says(const std::string &error, const std::string &path, const char *why) {
    return error.find(path + ": ") == 0 && error.find(why) != std::string::npos &&
           error.find('\n') == std::string::npos;
}

void root_follows_links_of_root_alone(void **) {
    namespace fs = std::filesystem;
    const std::string theirs = folder_of_others("links");
    const std::string secret = path_of("secret");
    put_content(secret, "root's\n");
    fs::create_directory(path_of("real"));
    fs::create_symlink(path_of("real"), path_of("by_root")); // as /var/log/x -> /data/x
    fs::create_symlink("real/../real/new", path_of("relative"));
    fs::create_symlink(secret, theirs + "/log");
    fs::create_symlink(path_of("real"), theirs + "/folder");
    const bool theirs_now = ::lchown((theirs + "/log").c_str(), kOther, kOther) == 0 &&
                            ::lchown((theirs + "/folder").c_str(), kOther, kOther) == 0;
    const std::string last = refusal(theirs + "/log");
    const std::string parent = refusal(theirs + "/folder/log");
    const std::string by_root = refusal(path_of("by_root") + "/log");
    const std::string relative = refusal(path_of("relative"));
    fs::create_symlink(path_of("loop"), path_of("loop"));
    const std::string loop = refusal(path_of("loop"));
    struct stat status {};
    const bool still_roots = ::stat(secret.c_str(), &status) == 0 && status.st_uid == 0;
    assert_true(theirs_now && still_roots);
    assert_true(says(last, theirs + "/log", "'log' is a symbolic link owned by user nobody"));
    assert_true(says(parent, theirs + "/folder/log", "'folder' is a symbolic link"));
    assert_string_equal(by_root.c_str(), "");
    assert_true(fs::exists(path_of("real") + "/log"));
    assert_string_equal(relative.c_str(), "");
    assert_true(fs::exists(path_of("real") + "/new"));
    assert_true(says(loop, path_of("loop"), "Too many levels"));
    assert_string_equal(content(secret).c_str(), "root's\n");
    for (const char *always : {"/dev/null", "/dev/stdout", "/dev/fd/2", "/proc/self/fd/1"})
        assert_string_equal(refusal(always).c_str(), "");
}

void a_file_with_other_names_is_refused_in_a_folder_of_others(void **) {
    const std::string theirs = folder_of_others("hard");
    put_content(path_of("one"), "root's\n");
    std::filesystem::create_hard_link(path_of("one"), theirs + "/log");
    std::filesystem::create_hard_link(path_of("one"), path_of("two"));
    const std::string trap = refusal(theirs + "/log");
    const std::string own = refusal(path_of("two"));
    assert_true(says(trap, theirs + "/log", "has other hard links"));
    assert_string_equal(own.c_str(), "");
}

void a_file_of_a_third_user_is_refused_in_a_folder_of_others(void **) {
    const std::string shared = path_of("shared");
    std::filesystem::create_directory(shared);
    const bool open_to_all = ::chmod(shared.c_str(), 01777) == 0;
    const struct {
        const char *name;
        uid_t owner;
        bool refused;
    } rows[] = {{"root", 0, false}, {"service", kService, false}, {"third", kThird, true}};
    for (const auto &row : rows) {
        const std::string path = shared + "/" + row.name;
        put_content(path, "");
        const bool given = ::chown(path.c_str(), row.owner, row.owner) == 0;
        const std::string said = refusal(path);
        assert_true(given && open_to_all);
        assert_int_equal(!said.empty(), row.refused);
        if (row.refused) assert_true(says(said, path, "owned by user 65533"));
    }
    const std::string theirs = folder_of_others("their own");
    put_content(theirs + "/log", "");
    const bool given = ::chown((theirs + "/log").c_str(), kOther, kOther) == 0;
    const std::string said = refusal(theirs + "/log");
    assert_true(given);
    assert_string_equal(said.c_str(), "");
}

void what_root_creates_is_given_away_and_nothing_else(void **) {
    put_content(path_of("there before"), "");
    const std::string said = refusal(path_of("created")) + refusal(path_of("there before"));
    struct stat created {};
    struct stat before {};
    const bool looked = ::stat(path_of("created").c_str(), &created) == 0 &&
                        ::stat(path_of("there before").c_str(), &before) == 0;
    assert_string_equal(said.c_str(), "");
    assert_true(looked);
    assert_int_equal(created.st_uid, kService);
    assert_int_equal(before.st_uid, 0);
}

} // namespace

int main() {
    constexpr int kSkipped = 77;
    if (::geteuid() != 0) {
        std::puts("skipped: traps for root take root");
        return kSkipped;
    }
    std::string name = std::filesystem::temp_directory_path() / "output-path-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return 1;
    folder = name;
    const CMUnitTest tests[] = {
        cmocka_unit_test(root_follows_links_of_root_alone),
        cmocka_unit_test(a_file_with_other_names_is_refused_in_a_folder_of_others),
        cmocka_unit_test(a_file_of_a_third_user_is_refused_in_a_folder_of_others),
        cmocka_unit_test(what_root_creates_is_given_away_and_nothing_else),
    };
    const int failures = cmocka_run_group_tests_name("output_path", tests, nullptr, nullptr);
    std::filesystem::remove_all(folder);
    return failures;
}
