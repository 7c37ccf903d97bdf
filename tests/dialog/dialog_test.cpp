// Plays each dialog of this folder in pieces of every size.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "dialog.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

using namespace pop3ana_test;

namespace {

bool says_what_it_must(const std::string &path) {
    const auto dialog = read_dialog(path);
    if (!dialog.error.empty()) {
        std::printf("%s\n", dialog.error.c_str());
        return false;
    }
    for (const auto size : piece_sizes(dialog)) {
        const auto played = play(dialog, size);
        const auto why = mismatch(dialog, played);
        const auto what = dialog.name + " in pieces of " + std::to_string(size);
        if (!holds(what, why, played.capture, played.capture)) return false;
    }
    return true;
}

void dialog_gives_its_lines(void **state) {
    assert_true(says_what_it_must(*static_cast<const std::string *>(*state)));
}

} // namespace

int main() {
    std::vector<std::string> paths;
    for (const auto &entry : std::filesystem::directory_iterator(POP3ANA_DIALOGS))
        if (entry.path().extension() == ".txt" && entry.path().stem() != "CMakeLists")
            paths.push_back(entry.path().string());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> names;
    for (const auto &path : paths)
        names.push_back(std::filesystem::path(path).stem().string());
    std::vector<CMUnitTest> tests;
    for (std::size_t i = 0; i < paths.size(); ++i)
        tests.push_back({names[i].c_str(), dialog_gives_its_lines, nullptr, nullptr, &paths[i]});
    if (tests.empty()) return 1;
    return _cmocka_run_group_tests("dialog", tests.data(), tests.size(), nullptr, nullptr);
}
