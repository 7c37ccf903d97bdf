// Who forges the server's side of connections whose client never spoke changes nothing: not a line
// of the log, no session number, no count of a client.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "proper.hpp"
#include "run.hpp"
#include "tamper.hpp"

using namespace pop3ana_test;

namespace {

bool keeps_its_log(const std::string &name, const Capture &capture, const Options &options,
                   Random &random) {
    const auto changed = with_forged_servers(capture, random);
    const auto why = difference_of_logs(run(capture, options), run(changed, options));
    return holds("forged-" + name, why, capture, changed);
}

bool conversations_keep_their_log(Random &random) {
    const auto capture = proper_conversations(random, random.pick(kClientKinds)).capture;
    return keeps_its_log("random", capture, {}, random);
}

bool captures_keep_their_log() {
    Random random(announced_seed("law.forged"));
    for (const auto &[file, capture] : complete_captures()) {
        Options options;
        options.config.ports = file.ports.c_str();
        if (!keeps_its_log(file.name, capture, options, random)) return false;
    }
    return !complete_captures().empty();
}

void forged_servers_do_not_change_the_log_of_conversations(void **) {
    assert_true(holds_for_rounds("law.forged", 500, conversations_keep_their_log));
}

void forged_servers_do_not_change_the_log_of_captures(void **) {
    assert_true(captures_keep_their_log());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(forged_servers_do_not_change_the_log_of_conversations),
        cmocka_unit_test(forged_servers_do_not_change_the_log_of_captures),
    };
    return cmocka_run_group_tests_name("law.forged", tests, nullptr, nullptr);
}
