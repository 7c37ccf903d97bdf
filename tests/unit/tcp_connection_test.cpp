// SPDX-License-Identifier: GPL-2.0-or-later
#include "tcp_script.hpp"

using pop3ana::Start;

namespace {

/// A script that begins with "M; " is of a midstream connection, with "W; " of one that a SYN-ACK
/// opened.
struct Row {
    const char *name;
    const char *script;
    const char *outcome;
};

constexpr Row kRows[] = {
    // Bytes: in order, each once, the first copy.
    {"in_order_bytes_are_handed_on_at_once", "hello; S 0 '+OK' a0; C 0 'USER' a3; S 3 '+OK' a4",
     "S:+OK C:USER S:+OK"},
    {"out_of_order_segment_waits_for_the_gap", "hello; C 3 'def'", " held 3"},
    {"a_filled_gap_sets_the_rest_free", "hello; C 6 'ghi'; C 3 'def'; C 0 'abc'", "C:abcdefghi"},
    {"a_retransmission_is_a_duplicate", "hello; C 0 'abc'; C 0 'abc'; C 3 'd'", "C:abcd"},
    {"of_an_overlap_only_the_new_bytes_count", "hello; C 0 'abc'; C 1 'XXde'", "C:abcde"},
    {"an_out_of_order_copy_wins_over_a_later_one", "hello; C 3 'def'; C 0 'abcXYZgh'",
     "C-differs "
     "C:abcdefgh"},
    {"equal_copies_do_not_differ", "hello; C 3 'def'; C 0 'abcdefgh'", "C:abcdefgh"},
    {"the_byte_of_a_keep_alive_is_a_duplicate", "hello; C 0 'abc'; C 2 'X'; C 3 'd'", "C:abcd"},
    {"a_keep_alive_before_the_first_byte_too", "hello; C -1 'X'; C 0 'abc'", "C:abc"},
    {"bytes_on_syn_count", "C syn 'ab'; S syn a2; C 2 'cd' a0", "C:abcd"},
    {"bytes_on_syn_ack_count", "C syn; S syn a0 'hi'; C 0 'ab' a2", "S:hi C:ab"},
    {"a_syn_seen_again_changes_nothing", "C syn; C syn; S syn a0; S syn a0; C 0 'ab' a0", "C:ab"},

    // Cut by the capture.
    {"what_the_capture_cut_is_a_gap_at_once", "hello; C 0 'ab' sent5; C 5 'fg'",
     "C:ab C-gap 3 C:fg"},
    {"what_the_capture_cut_of_an_out_of_order_segment_waits",
     "hello; C 5 'fg' sent4; C 9 'jk'; C 0 'abcde'", "C:abcdefg C-gap 2 C:jk"},
    {"a_segment_cut_to_nothing_is_a_gap", "hello; C 0 '' sent5; C 5 'fg'", "C-gap 5 C:fg"},
    {"a_later_whole_copy_of_a_gap_is_a_duplicate", "hello; C 0 'ab' sent5; C 0 'abcde'; C 5 'f'",
     "C:ab C-gap 3 C:f"},
    {"an_out_of_order_whole_copy_fills_what_a_cut_one_lacks", "hello; C 3 'def'; C 0 'a' sent6",
     "C:a C-gap 2 C:def"},

    // FIN.
    {"fin_of_both_sides_ends_it", "hello; C 0 'ab' fin a0; S 0 'x' fin a3; C 3 a2",
     "C:ab C-end S:x S-end over"},
    {"one_fin_does_not", "hello; C 0 fin a0; S 0 'x' a1", "C-end S:x"},
    {"bytes_after_fin_do_not_count", "hello; C 0 'ab' fin; C 2 'cd'; C 3 'ef'", "C:ab C-end"},
    {"bytes_over_fin_are_cut", "hello; C 2 fin; C 0 'abcd'", "C:ab C-end"},
    {"an_out_of_order_fin_waits", "hello; C 2 'cd' fin; C 0 'ab'", "C:abcd C-end"},
    {"bytes_behind_a_fin_do_not_count", "hello; C 5 'fg'; C 2 fin; C 0 'abcde'", "C:ab C-end"},
    {"a_fin_inside_bytes_captured_earlier_is_ignored", "hello; C 5 'fgh'; C 6 fin; C 0 'abcde'",
     "C:abcdefgh"},
    {"a_fin_before_bytes_handed_on_is_ignored", "hello; C 0 'abc'; C 1 fin; C 3 'd' fin",
     "C:abcd C-end"},
    {"fin_behind_a_cut_segment_follows_the_gap", "hello; C 0 'ab' sent4 fin", "C:ab C-gap 2 C-end"},

    // RST.
    {"rst_ends_it", "hello; C 0 'ab'; C 2 rst", "C:ab C-end over"},
    {"rst_of_the_other_side_completes_no_line", "hello; C 0 'ab'; S 0 rst", "C:ab S-end over"},
    {"rst_hands_on_what_is_held", "hello; C 0 'ab'; C 5 'fg'; C 7 rst",
     "C:ab C-gap 3 C:fg C-end over"},
    {"rst_beyond_the_last_byte_completes_nothing", "hello; C 0 'ab'; C 9 rst", "C:ab over"},
    {"rst_before_the_next_byte_is_ignored", "hello; C 0 'ab'; C 1 rst; C 2 'c'",
     "C:ab C-reset? C:c"},
    {"rst_1_MiB_ahead_counts", "hello; C 1048576 rst", " over"},
    {"rst_further_ahead_is_ignored", "hello; C 1048577 rst; C 0 'ab'", "C-reset? C:ab"},
    {"bytes_of_an_rst_do_not_count", "hello; C 0 'reason' rst", "C-end over"},
    {"rst_to_a_syn_ends_it", "C syn; S 0 rst a0", " over"},

    // Order between the directions.
    {"a_reply_that_overtook_its_command_waits_for_it", "hello; S 0 '+OK' a4; C 0 'USER' a0",
     "C:USER S:+OK"},
    {"a_chain_of_swapped_segments_comes_apart",
     "hello; S 3 'two' a6; C 3 'def' a3; S 0 'one' a3; C 0 'abc' a0", "C:abc S:one C:def S:two"},
    {"a_fin_waits_for_the_bytes_that_it_acknowledges", "hello; C 0 fin a3; S 0 '+OK' a0",
     "S:+OK C-end"},
    {"a_segment_without_ack_waits_for_nothing", "hello; S 0 a4; S 0 '+OK'; C 0 'USER'",
     "S:+OK C:USER"},
    {"a_command_waits_for_a_whole_reply", "hello; C 0 'abc' a6; S 0 'one' a0; S 3 'two' a0",
     "S:onetwo C:abc"},
    {"two_that_wait_for_each_other_wait_for_16_packets",
     "hello; C 0 'ab' a3; S 0 '+OK' a2; packets 15", " held 5 clock"},
    {"or_for_the_original_of_one", "hello; C 0 'ab' a3; S 0 '+OK' a2; packets 15; C 0 'ab' a0",
     "C:ab S:+OK"},
    {"or_for_part_of_it", "hello; C 0 'abcd' a3; S 0 '+OK' a4; C 2 'cd' a0", "C:abcd S:+OK"},
    {"then_the_later_goes_first", "hello; C 0 'ab' a3; S 0 '+OK' a2; packets 16", "S:+OK C:ab"},
    {"or_for_a_second", "hello; C 0 'ab' a3; S 0 '+OK' a2; wait 1000; tick", "S:+OK C:ab"},
    {"fins_that_acknowledge_each_other_end_both", "hello; C 0 fin a1; S 0 fin a1",
     "C-end S-end over"},

    // Gaps.
    {"15_packets_after_its_ack_a_gap_still_waits", "hello; C 4 'xx' a0; S 0 a6; packets 15",
     " held 2 clock"},
    {"16_packets_after_its_ack_a_gap_expires", "hello; C 4 'xx' a0; S 0 a6; packets 16",
     "C-gap 4 C:xx"},
    {"less_than_a_second_after_its_ack_a_gap_still_waits",
     "hello; C 4 'xx' a0; S 0 a6; wait 999; tick", " held 2 clock"},
    {"a_second_after_its_ack_a_gap_expires", "hello; C 4 'xx' a0; S 0 a6; wait 1000; tick",
     "C-gap 4 C:xx"},
    {"time_is_looked_at_with_the_next_packet", "hello; C 4 'xx' a0; S 0 a6; wait 1000; S 0 a6",
     "C-gap 4 C:xx"},
    {"a_gap_without_ack_is_waited_for", "hello; C 4 'xx' a0; packets 40; wait 9000; tick",
     " held 2"},
    {"a_gap_with_nothing_behind_it_expires_up_to_its_ack", "hello; S 0 a6; packets 16; C 6 'x'",
     "C-gap 6 C:x"},
    {"bytes_that_come_in_time_are_no_gap", "hello; S 0 a4; packets 15; C 0 'USER'", "C:USER"},
    {"each_ack_has_its_own_clock", "hello; S 0 a4; packets 10; S 0 a9; packets 5; C 9 'x'",
     "C-gap 4 held 1 clock"},
    {"the_second_clock_gives_up_the_rest",
     "hello; S 0 a4; packets 10; S 0 a9; packets 5; C 9 'x'; packets 10", "C-gap 4 C-gap 5 C:x"},
    {"a_gap_ends_at_the_first_byte_behind_it", "hello; C 2 'cd'; S 0 a9; packets 16",
     "C-gap 2 C:cd C-gap 5"},
    {"an_acknowledged_fin_gives_up_at_once", "hello; C 4 'xx' a0; S 0 a6; S 0 fin a6; C 6 a1",
     "C-gap 4 C:xx S-end"},
    {"a_reply_is_set_free_by_the_gap_of_its_command",
     "hello; S 0 '+OK' a4; packets 15; C 4 'QUIT' a3", "C-gap 4 S:+OK C:QUIT"},
    {"what_was_sent_before_the_end_of_a_gap_tells_so",
     "hello; C 4 'cd' a9; packets 16; C 0 'ab' a2; C 2 'ab' a3; S 9 'x' a6; C 6 'e' a10",
     "S-gap 9 C:ab S-gap... C:ab S-gap... C:cd S:x C:e"},
    {"an_ack_1_MiB_ahead_is_believed", "hello; S 0 a1048576; packets 16", "C-gap 1048576"},
    {"an_ack_further_ahead_is_not", "hello; S 0 a1048577; packets 40; C 0 'ab'", "C:ab"},
    {"an_ack_1_MiB_behind_held_bytes_is_believed", "hello; C 4 'xx'; S 0 a1048582; packets 16",
     "C-gap 4 C:xx C-gap 1048576"},
    {"the_end_hands_on_in_the_order_of_capture", "hello; C 4 'xx'; S 4 'yy'; C 9 'zz'; finish",
     "C-gap 4 C:xx S-gap 4 S:yy C-gap 3 C:zz over"},
    {"the_end_tells_what_is_missing_before_a_fin", "hello; C 4 fin; finish", "C-gap 4 C-end over"},

    {"a_wide_gap_is_told", "hello; S 0 a1048576; packets 16; S 0 a1048577; packets 16",
     "C-gap 1048576 C-gap 1 wide"},
    {"a_byte_between_two_gaps_makes_them_two",
     "hello; C 1048000 'x'; S 0 a1048001; packets 16; S 0 a1049001; packets 16",
     "C-gap 1048000 C:x C-gap 1000"},

    // A SYN-ACK without its client.
    {"nothing_is_handed_on_before_its_client_was_seen", "W; S syn a0; S 0 '+OK' a0", " held 3"},
    {"a_packet_of_the_client_sets_it_free", "W; S syn a0; S 0 '+OK' a0; C 0 a3", "S:+OK"},
    {"an_rst_of_the_client_does_not", "W; S syn a0; S 0 '+OK' a0; C 0 rst", " over"},
    {"nor_does_its_end", "W; S syn a0; S 0 '+OK' a0; finish", " over"},
    {"nor_do_packets_and_time", "W; S syn a0; S 9 '+OK' a0; S 0 a0; wait 2000; tick; S 12 a0",
     " held 3"},
    {"an_rst_of_the_server_hands_on_nothing", "W; S syn a0; S 0 '+OK' a0; S 3 rst", " over"},

    // Copies say nothing new.
    {"a_duplicate_starts_nothing", "C syn; C 0 'ab'; C 0 'ab' a9; S 7 'x' a2",
     "C:ab S-gap 0 S:x clock"},

    // Starts.
    {"a_syn_ack_tells_where_both_start", "S syn a0; C 0 'ab' a0; S 0 'x' a2", "C:ab S:x"},
    {"without_syn_ack_the_server_starts_with_a_gap", "C syn; S 10 'abc' a0", "S-gap 0 S:abc"},
    {"without_syn_ack_an_ack_with_bytes_starts_the_server", "C syn; C 0 'ab' a7; S 7 'x' a2",
     "S-gap 0 C:ab S:x"},
    {"without_syn_ack_the_server_starts_where_a_client_segment_is_in_turn",
     "C syn; C 2 'cd' a6; S 0 'hi' a0; C 0 'ab' a2; S 2 'four' a2; S 6 '.' a4",
     "S-gap 0 S:hi C:ab S:four C:cd S:."},
    {"without_syn_ack_a_reply_that_overtook_others_starts_nothing",
     "C syn; S 6 'x' a4; C 0 'ab' a2; S 2 'four' a2; C 2 'cd' a6", "S-gap 0 C:ab S:four C:cd S:x"},
    {"a_late_syn_ack_starts_the_server_without_gap",
     "C syn; S 2 'cd' a2; S syn a0; S 0 'ab' a0; C 0 'xy' a2", "S:ab C:xy S:cd"},
    {"a_bare_ack_that_overtook_the_syn_ack_starts_nothing", "C syn; C 0 a0; S syn a0; S 0 'x' a0",
     "S:x"},
    {"midstream_directions_start_where_they_are", "M; C 100 'ab' a50; S 50 'x' a102", "C:ab S:x"},
    {"midstream_the_first_ack_tells_where_the_other_side_is",
     "M; C 100 a50; S 53 'x' a100; S 50 "
     "'abc' a100",
     "S:abcx"},
};

constexpr unit::FirstBytes kFirstBytes[] = {
    {1'000, 5'000}, {0xffffffff, 0xfffffffe}, {0, 0x7fffffff}, {0xfffffffa, 0x80000000}};

bool hands_on(const Row &row) {
    bool fine = true;
    std::string_view script{row.script};
    Start start = Start::kSyn;
    if (script.starts_with("M; ")) start = Start::kMidstream;
    if (script.starts_with("W; ")) start = Start::kSynAck;
    if (start != Start::kSyn) script.remove_prefix(3);
    for (const unit::FirstBytes &first : kFirstBytes) {
        unit::TcpBench bench{start, first};
        bench.play(script);
        fine = unit::same(row.name, bench.outcome(), row.outcome) && fine;
    }
    return fine;
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests;
    unit::add_rows<hands_on>(tests, kRows);
    return unit::run("unit.tcp_connection", tests);
}
