// SPDX-License-Identifier: GPL-2.0-or-later
#include "support.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace unit {

bool same(std::string_view what, std::string_view got, std::string_view expected) {
    if (got == expected) return true;
    std::printf("%.*s\n  got:      %.*s\n  expected: %.*s\n", static_cast<int>(what.size()),
                what.data(), static_cast<int>(got.size()), got.data(),
                static_cast<int>(expected.size()), expected.data());
    std::fflush(stdout);
    return false;
}

bool same(std::string_view what, std::uint64_t got, std::uint64_t expected) {
    if (got == expected) return true;
    std::printf("%.*s: got %" PRIu64 ", expected %" PRIu64 "\n", static_cast<int>(what.size()),
                what.data(), got, expected);
    std::fflush(stdout);
    return false;
}

bool holds(std::string_view what, bool condition) {
    if (condition) return true;
    std::printf("does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
    std::fflush(stdout);
    return false;
}

FlushCopy::FlushCopy(pop3ana::Bytes bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t data_bytes = (bytes.size() / page + 1) * page;
    mapped_bytes_ = data_bytes + page;
    pages_ =
        mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages_ == MAP_FAILED) std::abort();
    auto *guard = static_cast<std::uint8_t *>(pages_) + data_bytes;
    if (mprotect(guard, page, PROT_NONE) != 0) std::abort();
    begin_ = guard - bytes.size();
    if (!bytes.empty()) std::memcpy(begin_, bytes.data(), bytes.size());
    bytes_ = {begin_, bytes.size()};
}

FlushCopy::~FlushCopy() {
    munmap(pages_, mapped_bytes_);
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + separator.size());
    }
}

int run(const char *module, const std::vector<CMUnitTest> &tests) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    return _cmocka_run_group_tests(module, tests.data(), tests.size(), nullptr, nullptr);
}

} // namespace unit
