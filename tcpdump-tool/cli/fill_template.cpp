// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/fill_template.hpp"

#include <fstream>
#include <iostream>
#include <sstream>

namespace pop3dump {

int fill_template(const char *path, std::initializer_list<Filling> fillings) {
    const std::ifstream file(path);
    std::ostringstream content;
    content << file.rdbuf();
    std::string text = content.str();
    for (const auto &[mark, filling] : fillings) {
        std::size_t at = text.find(mark);
        if (at == std::string::npos) {
            std::cerr << path << ": cannot be read, or has no " << mark << '\n';
            return 1;
        }
        for (; at != std::string::npos; at = text.find(mark, at + filling.size()))
            text.replace(at, mark.size(), filling);
    }
    std::cout << text << std::flush;
    return std::cout ? 0 : 1;
}

} // namespace pop3dump
