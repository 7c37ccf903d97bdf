// Which files of evidence give way, in rooms of a few files.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "evidence/evidence_room.hpp"
#include "output/output_limits.hpp"

#include <cstdint>
#include <map>
#include <string>

using namespace pop3dump;

namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::int64_t kSecond = 1'000'000'000;

/// A room to which files are added one by one, as a folder does.
class Run {
public:
    explicit Run(std::uint64_t files) : room_(files * kBlock) {}

    void add(const std::string &client, std::int64_t time_s, std::uint64_t blocks = 1) {
        const EvidenceId id{time_s * kSecond, ++number_};
        EvidenceFile file;
        file.client = client;
        file.bytes = blocks * kBlock;
        room_.add(id, file);
        ++of_client_[client];
        while (room_.is_full()) {
            const auto next = room_.next_to_go(id);
            if (!next) break;
            --of_client_[room_.find(*next)->client];
            room_.remove(*next, true);
        }
    }

    [[nodiscard]] int of(const std::string &client) { return of_client_[client]; }
    [[nodiscard]] const EvidenceRoom &room() const { return room_; }

private:
    EvidenceRoom room_;
    std::uint64_t number_ = 0;
    std::map<std::string, int> of_client_;
};

void crowd(Run &run, int clients, std::int64_t time_s) {
    static int number = 0;
    for (int client = 0; client < clients; ++client)
        run.add("crowd" + std::to_string(++number), time_s + client);
}

void a_crowd_that_comes_after_pushes_nothing_out(void **) {
    Run run(1000);
    run.add("attacker", 0, 3);
    crowd(run, 10'000, 1);
    assert_int_equal(run.of("attacker"), 1);
}

void a_crowd_that_came_before_leaves_room(void **) {
    Run run(1000);
    crowd(run, 10'000, 0);
    run.add("attacker", 10'000, 3);
    crowd(run, 400, 10'001);
    assert_int_equal(run.of("attacker"), 1);
    crowd(run, 200, 10'401); // half of the room is for the latest
    assert_int_equal(run.of("attacker"), 0);
}

void evidence_of_last_week_goes_first(void **) {
    constexpr std::int64_t kWeek = kEvidenceAgeNs / kSecond;
    Run run(1000);
    run.add("old", 0);
    crowd(run, 999, 1);
    run.add("new", kWeek);
    assert_int_equal(run.of("old"), 1);
    run.add("newer", kWeek + 1);
    assert_int_equal(run.of("old"), 0);
}

void the_client_that_holds_most_gives_way(void **) {
    Run run(1000);
    const auto share = static_cast<int>(run.room().share_bytes() / kBlock);
    for (int file = 0; file < share; ++file)
        run.add("small", file);
    for (int file = 0; file < 2000; ++file)
        run.add("large", file);
    crowd(run, 100, 0);
    assert_int_equal(run.of("small"), share);
    assert_true(run.of("large") > 0);
    assert_int_equal(run.of("large") + run.of("small") + 100, 1000);
}

void what_goes_is_never_the_newcomer(void **) {
    Run run(256);
    for (int file = 0; file < 1000; ++file) {
        run.add("one", file, 100);
        assert_true(run.of("one") > 0);
    }
    EvidenceRoom small(kBlock);
    const EvidenceId only{0, 1};
    EvidenceFile file;
    file.bytes = 2 * kBlock;
    small.add(only, file);
    assert_true(small.is_full());
    assert_false(small.next_to_go(only).has_value());
}

void a_file_that_cannot_be_removed_keeps_its_room(void **) {
    EvidenceRoom room(2 * kBlock);
    EvidenceFile file;
    file.bytes = kBlock;
    for (std::uint64_t number = 1; number <= 3; ++number)
        room.add({0, number}, file);
    room.remove({0, 1}, false);
    assert_true(room.is_full());
    room.remove({0, 2}, true);
    assert_false(room.is_full());
}

} // namespace

int main() {
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_that_comes_after_pushes_nothing_out),
        cmocka_unit_test(a_crowd_that_came_before_leaves_room),
        cmocka_unit_test(evidence_of_last_week_goes_first),
        cmocka_unit_test(the_client_that_holds_most_gives_way),
        cmocka_unit_test(what_goes_is_never_the_newcomer),
        cmocka_unit_test(a_file_that_cannot_be_removed_keeps_its_room),
    };
    return cmocka_run_group_tests_name("evidence_room", tests, nullptr, nullptr);
}
