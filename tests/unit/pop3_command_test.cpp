// Walks every verb x phase and compares with command_matrix.txt, so that a change of the protocol
// shows as a diff. POP3ANA_TEST_REWRITE=1 writes the file anew.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3/command.hpp"
#include "session_script.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace pop3ana;

namespace {

struct PhaseRow {
    const char *name;
    const char *script; ///< that leads to it
};

constexpr PhaseRow kPhases[] = {
    {"START", "S -ERR; C CAPA; S -ERR"},
    {"AUTHORIZATION", "S +OK; C CAPA; S -ERR"},
    {"AUTHORIZATION after USER", "S +OK; C USER bob; S +OK"},
    {"TRANSACTION", "S +OK; C APOP bob 0; S +OK"},
    {"UPDATE", "S +OK; C APOP bob 0; S +OK; C QUIT; S +OK"},
    {"FINISHED", "S +OK; C QUIT; S +OK"},
    {"UNKNOWN", "M; C CAPA; S +OK; S TOP; S ."},
};

constexpr const char *kLines[] = {
    "USER al", "PASS pw", "APOP al 0", "AUTH PLAIN AGFsAHB3",
    "AUTH",    "STAT",    "LIST",      "LIST 1",
    "UIDL",    "UIDL 1",  "RETR 1",    "TOP 1 0",
    "DELE 1",  "RSET",    "NOOP",      "LAST",
    "XSENDER", "QUIT",    "CAPA",      "STLS",
    "UTF8",    "LANG",    "LANG de",   "XCLIENT ADDR=192.0.2.1",
    "END",     "",
};

/// The command in its phase, and then `status`: what that does, and the phase after it.
std::string answer(const PhaseRow &phase, const char *line, const char *status,
                   std::string &judged) {
    const std::string_view script{phase.script};
    const bool midstream = script.starts_with("M; ");
    unit::SessionBench bench{midstream};
    bench.play(midstream ? script.substr(3) : script);
    bench.recorder.take();
    bench.play(std::string{"C "}.append(line));
    judged = bench.recorder.take();
    bench.play(std::string{"S "}.append(status));
    std::string does = bench.recorder.take();
    const std::string_view after = unit::name_of(bench.session.phase());
    // The reply itself is in every cell; what it brings with it is not.
    const std::string reply = status[0] == '+' ? "< OK" : "< ERR";
    if (const std::size_t at = does.rfind(reply); at != std::string::npos)
        does.erase(at, reply.size());
    bench.play("S +OK probe");
    const bool muted = bench.recorder.take().empty();
    bench.session.release(bench.context);
    if (judged.empty()) return "in doubt, " + std::string{after};
    if (!does.empty() && !does.ends_with("; ")) does += "; ";
    return does + (muted && does != "tls; " ? "multi-line; " : "") + std::string{after};
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text + "| ";
}

std::string matrix() {
    std::string text = "# Written by pop3_command_test with POP3ANA_TEST_REWRITE=1: the client's "
                       "line, the phase in which\n# it comes, how it is judged, what +OK brings "
                       "and the phase then, the same for -ERR. docs/semantics.md section 4.\n";
    for (const char *line : kLines)
        for (const PhaseRow &phase : kPhases) {
            std::string judged;
            const std::string ok = answer(phase, line, "+OK", judged);
            const std::string err = answer(phase, line, "-ERR", judged);
            text += padded(line, 20) + padded(phase.name, 25) + padded(judged, 50) +
                    padded(ok, 40) + err + '\n';
        }
    return text;
}

bool every_verb_in_every_phase_does_what_the_matrix_says() {
    const std::string got = matrix();
    const char *rewrite = std::getenv("POP3ANA_TEST_REWRITE");
    if (rewrite != nullptr && *rewrite == '1') std::ofstream{COMMAND_MATRIX} << got;
    std::ifstream file{COMMAND_MATRIX};
    std::stringstream expected;
    expected << file.rdbuf();
    const std::string expected_text = expected.str();
    const auto got_lines = unit::split(got, "\n"), lines = unit::split(expected_text, "\n");
    bool fine = unit::same("lines", got_lines.size(), lines.size());
    for (std::size_t i = 0; i < std::min(got_lines.size(), lines.size()); ++i)
        fine = unit::same("line " + std::to_string(i + 1), got_lines[i], lines[i]) && fine;
    return fine;
}

constexpr const char *kWords[] = {"USER", "PASS", "APOP",    "AUTH", "STAT", "LIST",   "RETR",
                                  "DELE", "RSET", "NOOP",    "LAST", "QUIT", "TOP",    "CAPA",
                                  "UIDL", "STLS", "XSENDER", "UTF8", "LANG", "XCLIENT"};

bool words_are_known_in_any_case() {
    bool fine = true;
    for (const std::string_view word : kWords)
        for (unsigned cases = 0; cases < 1U << word.size(); ++cases) {
            std::string written{word};
            for (std::size_t i = 0; i < written.size(); ++i)
                if ((cases >> i & 1) != 0 && written[i] >= 'A')
                    written[i] = static_cast<char>(written[i] + 32);
            const Command command = find_command(written, true);
            fine =
                unit::holds(written, command != Command::kUnknown && row_of(command).word == word &&
                                         classify_word(written) == WordKind::kCommand) &&
                fine;
        }
    return fine;
}

bool is_a_word(std::string_view text) {
    return std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
}

// A hash or a packed number that lost a bit would find a command here.
bool a_word_with_one_other_byte_is_unknown() {
    bool fine = true;
    for (const std::string_view word : kWords)
        for (std::size_t at = 0; at < word.size(); ++at)
            for (unsigned byte = 0; byte < 256; ++byte) {
                std::string written{word};
                written[at] = static_cast<char>(byte);
                std::string upper = written;
                if (byte >= 'a' && byte <= 'z') upper[at] = static_cast<char>(byte - 32);
                const bool known = find_command(written, true) != Command::kUnknown;
                fine = unit::holds(written, known == is_a_word(upper)) && fine;
            }
    return fine;
}

bool shorter_and_longer_words_are_unknown() {
    bool fine = unit::holds("empty", find_command("", false) == Command::kUnknown);
    for (const std::string_view word : kWords)
        for (const std::string &other :
             {std::string{word.substr(1)}, std::string{word.substr(0, word.size() - 1)},
              std::string{word} + ' ', std::string{word} + std::string(1, '\0'),
              std::string(1, '\0') + std::string{word}, std::string{word} + std::string{word}})
            fine = unit::holds(other, find_command(other, true) == Command::kUnknown) && fine;
    return fine && unit::holds("END", find_command("END", false) == Command::kUnknown);
}

bool statuses_are_told_from_commands() {
    bool fine = true;
    for (const auto &[word, kind] : {std::pair{"OK", WordKind::kOk},
                                     {"ok", WordKind::kOk},
                                     {"oK", WordKind::kOk},
                                     {"ERR", WordKind::kErr},
                                     {"eRr", WordKind::kErr},
                                     {"+OK", WordKind::kOther},
                                     {"O", WordKind::kOther},
                                     {"OKAY", WordKind::kOther},
                                     {"ERROR", WordKind::kOther},
                                     {"", WordKind::kOther},
                                     {"stat", WordKind::kCommand}})
        fine = unit::holds(word, classify_word(word) == kind) && fine;
    return fine;
}

bool only_the_argument_tells_the_forms_of_auth_apart() {
    bool fine = unit::holds("AUTH", find_command("auth", true) == Command::kAuth &&
                                        find_command("AUTH", false) == Command::kAuthList);
    for (const std::string_view word : kWords)
        if (word != "AUTH")
            fine = unit::holds(word, find_command(word, true) == find_command(word, false)) && fine;
    return fine;
}

} // namespace

int main() {
    return unit::run("unit.pop3_command",
                     {UNIT_TEST(every_verb_in_every_phase_does_what_the_matrix_says),
                      UNIT_TEST(words_are_known_in_any_case),
                      UNIT_TEST(a_word_with_one_other_byte_is_unknown),
                      UNIT_TEST(shorter_and_longer_words_are_unknown),
                      UNIT_TEST(statuses_are_told_from_commands),
                      UNIT_TEST(only_the_argument_tells_the_forms_of_auth_apart)});
}
