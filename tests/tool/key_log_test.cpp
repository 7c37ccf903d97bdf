// Key logs of TLS: in pieces, with lines that are none, and files that grow while they are read.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "pipeline/key_log_file.hpp"
#include "scratch_folder.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace pop3dump;

namespace {

/// A line without its end; `digit` makes the secret.
std::string line(const char *label, char digit) {
    return std::string{label} + ' ' + std::string(64, 'a') + ' ' + std::string(8, digit);
}

/// "label:first byte of the secret " for each.
struct Found {
    KeyLogReader::OnSecret on_secret = [this](const KeyLogSecret &secret) {
        assert_int_equal(secret.client_random[31], 0xaa);
        assert_int_equal(secret.secret.size(), 4);
        text.append(secret.label).append(":").append(std::to_string(secret.secret[0])).append(" ");
    };
    std::string text;
};

struct Row {
    const char *name;
    std::string text;
    const char *found;
    unsigned bad_line;
};

const Row kRows[] = {
    {"nothing", "", "", 0},
    {"a line", line("A", '1') + "\n", "A:17 ", 0},
    {"a line without an end", line("A", '1'), "A:17 ", 0},
    {"CRs", line("A", '1') + std::string{"\r\n"} + line("B", '2') + "\r\n", "A:17 B:34 ", 0},
    {"comments and empty lines", std::string{"# c\n\n\r\n"} + line("A", '1') + "\n#", "A:17 ", 0},
    {"a long comment",
     std::string{"#"} + std::string(1'000'000, 'x') + std::string{"\n"} + line("A", '1') + "\n",
     "A:17 ", 0},
    {"a long line", std::string(1'000'000, 'x') + std::string{"\n"} + line("A", '1') + "\n",
     "A:17 ", 1},
    {"garbage between", line("A", '1') + std::string{"\nxyz\n"} + line("B", '2') + "\n",
     "A:17 B:34 ", 2},
    {"NULs", std::string(10, '\0') + std::string{"\n"} + line("A", '1') + "\n", "A:17 ", 1},
    {"a NUL in a label", std::string{"A\0B", 3} + line("", '1') + "\n", "", 1},
    {"no label", line("", '1') + "\n", "", 1},
    {"upper case", std::string{"A "} + std::string(64, 'A') + " FF00FF00\n", "A:255 ", 0},
    {"a short random", "A aa bb\n", "", 1},
    {"a long random", std::string{"A "} + std::string(66, 'a') + " 11111111\n", "", 1},
    {"half a byte", line("A", '1') + "1\n", "", 1},
    {"no digit", line("A", 'g') + "\n", "", 1},
    {"no secret", std::string{"A "} + std::string(64, 'a') + "\n", "", 1},
    {"more words", line("A", '1') + " 22\n", "", 1},
    {"the first bad line is named", std::string{"x\n"} + line("A", '1') + "\ny\n", "A:17 ", 1},
    {"a bad last line without an end", line("A", '1') + "\nxyz", "A:17 ", 2},
};

void pieces_do_not_matter(void ** /*state*/) {
    for (const Row &row : kRows) {
        for (const std::size_t size :
             {std::size_t{1'000'100}, std::size_t{65'536}, std::size_t{7}, std::size_t{1}}) {
            if (row.text.size() > 1'000 && size < 7) continue;
            Found found;
            KeyLogReader reader;
            for (std::size_t at = 0; at < row.text.size(); at += size)
                reader.take(std::string_view{row.text}.substr(at, size), found.on_secret);
            reader.finish(found.on_secret);
            if (found.text != row.found || reader.first_bad_line() != row.bad_line)
                print_message("%s, %zu bytes at once\n", row.name, size);
            assert_string_equal(found.text.c_str(), row.found);
            assert_int_equal(reader.first_bad_line(), row.bad_line);
        }
    }
}

void append(const std::string &path, const std::string &text) {
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
}

void a_file_is_read_as_it_grows(void ** /*state*/) {
    const std::string path = path_of("grows");
    put_content(path, line("A", '1'));
    KeyLogFile file;
    std::string error;
    Found found;
    assert_true(file.open(path, false, error));
    file.read(found.on_secret);
    assert_string_equal(found.text.c_str(), ""); // its end may come
    append(path, "\n");
    append(path, line("B", '2').substr(0, 20));
    file.read(found.on_secret);
    file.read(found.on_secret);
    assert_string_equal(file.error().c_str(), "");
    append(path, line("B", '2').substr(20) + "\n");
    file.read(found.on_secret);
    file.finish(found.on_secret);
    assert_string_equal(found.text.c_str(), "A:17 B:34 ");
}

void a_file_that_is_shorter_is_read_again(void ** /*state*/) {
    const std::string path = path_of("shorter");
    put_content(path, line("A", '1') + "\n" + line("B", '2') + "\n");
    KeyLogFile file;
    std::string error;
    Found found;
    assert_true(file.open(path, false, error));
    file.read(found.on_secret);
    put_content(path, line("C", '3') + "\n");
    file.read(found.on_secret);
    file.read(found.on_secret);
    assert_string_equal(found.text.c_str(), "A:17 B:34 C:51 ");
}

void a_fifo_has_one_writer_after_the_other(void ** /*state*/) {
    const std::string path = path_of("fifo");
    assert_int_equal(::mkfifo(path.c_str(), 0600), 0);
    KeyLogFile file;
    std::string error;
    Found found;
    assert_true(file.open(path, false, error)); // does not wait for a writer
    file.read(found.on_secret);
    for (const char digit : {'1', '2'}) {
        const int writer = ::open(path.c_str(), O_WRONLY | O_NONBLOCK);
        assert_true(writer >= 0);
        const std::string text = line("A", digit) + "\n";
        assert_int_equal(::write(writer, text.data(), 30), 30);
        file.read(found.on_secret);
        assert_int_equal(::write(writer, text.data() + 30, text.size() - 30), text.size() - 30);
        ::close(writer);
        file.read(found.on_secret);
    }
    file.read(found.on_secret);
    assert_string_equal(found.text.c_str(), "A:17 A:34 ");
    assert_string_equal(file.error().c_str(), "");
    assert_string_equal(file.warning().c_str(), "");
}

void what_is_no_file_is_refused(void ** /*state*/) {
    for (const std::string &path : {path_of("missing"), folder, std::string{"/dev/zero"}}) {
        KeyLogFile file;
        std::string error;
        assert_false(file.open(path, false, error));
        assert_true(error.starts_with("--tls-keys " + path + ": "));
        assert_true(error.find('\n') == std::string::npos);
    }
}

} // namespace

int main() {
    char name[] = "/tmp/key-log-XXXXXX";
    if (::mkdtemp(name) == nullptr) return 1;
    folder = name;
    const CMUnitTest tests[] = {
        cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(a_file_is_read_as_it_grows),
        cmocka_unit_test(a_file_that_is_shorter_is_read_again),
        cmocka_unit_test(a_fifo_has_one_writer_after_the_other),
        cmocka_unit_test(what_is_no_file_is_refused),
    };
    const int failed = cmocka_run_group_tests_name("tool.key_log", tests, nullptr, nullptr);
    std::filesystem::remove_all(folder);
    return failed;
}
