// Files in a folder of the test's own.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <fstream>
#include <iterator>
#include <string>

inline std::string folder; // NOLINT(cert-err58-cpp): set by main()

inline std::string path_of(const char *name) {
    return folder + "/" + name;
}

inline std::string content(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void put_content(const std::string &path, const std::string &text) {
    std::ofstream(path, std::ios::binary) << text;
}
