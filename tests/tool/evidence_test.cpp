// Evidence of very many sessions: what is kept of them, and that memory has its bound.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmocka.hpp"
#include "evidence/evidence.hpp"
#include "heap.hpp"
#include "output/output_limits.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace pop3dump;

namespace {

std::string folder; // NOLINT(cert-err58-cpp): set by main()

/// Sessions of one client each, whose packets all have the same size.
class Sessions {
public:
    Sessions(Evidence &evidence, std::size_t packet_bytes)
        : evidence_(evidence), data_(packet_bytes, 'x') {}

    void packet(std::uint64_t connection) {
        Packet packet;
        packet.ts_ns = ++now_ns_;
        packet.link_type = 101;
        packet.wire_bytes = static_cast<std::uint32_t>(data_.size());
        packet.data = data_;
        evidence_.on_packet(packet, true, connection);
    }

    void event(std::uint64_t connection, std::uint32_t type,
               std::string_view line = "a line of the log", std::uint64_t client = 0) {
        if (client == 0) client = connection;
        pop3ana_event event{};
        event.struct_size = sizeof(event);
        event.type = type;
        event.status = type == POP3ANA_EVENT_REPLY ? POP3ANA_STATUS_ERR : POP3ANA_STATUS_NONE;
        event.alert =
            type == POP3ANA_EVENT_THRESHOLD_WARNING ? POP3ANA_ALERT_ERRORS : POP3ANA_ALERT_NONE;
        event.connection = event.session = connection;
        event.error_count = 1;
        event.address_family = event.originator_family = 4;
        for (std::size_t at = 0; at < 4; ++at)
            event.originator_address[at] = static_cast<std::uint8_t>(client >> at * 8);
        evidence_.on_event(event, line);
    }

private:
    Evidence &evidence_;
    std::vector<std::uint8_t> data_;
    std::int64_t now_ns_ = 1'700'000'000'000'000'000;
};

const OutputContext kContext; // NOLINT(cert-err58-cpp): an empty one

OutputCounters counters_of(const Evidence &evidence) {
    OutputCounters counters;
    evidence.add_counters(counters);
    return counters;
}

EvidenceOptions options_for(const char *name) {
    EvidenceOptions options;
    options.folder = folder + "/" + name;
    std::filesystem::create_directory(*options.folder);
    return options;
}

std::uint64_t files_in(const std::string &path) {
    std::uint64_t files = 0;
    for (const auto &entry : std::filesystem::directory_iterator(path)) {
        if (entry.file_size() > 0) ++files;
    }
    return files;
}

void memory_has_its_bound(void **) {
    const EvidenceOptions options = options_for("bound");
    Evidence evidence(options, kContext);
    std::string error;
    const bool opened = evidence.open(error) && evidence.open_as_account(error);
    const std::size_t before = heap_bytes();
    std::size_t most = 0;
    Sessions sessions(evidence, 1000);
    for (std::uint64_t connection = 1; connection <= 150'000; ++connection) {
        sessions.event(connection, POP3ANA_EVENT_REPLY);
        sessions.packet(connection);
        sessions.packet(connection);
        if (connection % 10'000 == 0) most = std::max(most, heap_bytes() - before);
    }
    evidence.close(1);
    // What the limits count, and the two lists of things that are remembered.
    constexpr std::size_t kRemembered = kEvictedSessions * 150 + kClientsWithErrors * 400;
    assert_true(opened);
    assert_true(most > kKeptPacketsBytes / 2);
    assert_true(most < kKeptPacketsBytes + kRemembered);
    assert_int_equal(counters_of(evidence).evidence_files, 0);
}

void no_alerted_session_is_lost_for_want_of_memory(void **) {
    const EvidenceOptions options = options_for("alerts");
    Evidence evidence(options, kContext);
    std::string error;
    const bool opened = evidence.open(error) && evidence.open_as_account(error);
    Sessions sessions(evidence, 1000);
    constexpr std::uint64_t kSessions = 50'000, kEach = 50;
    std::uint64_t alerted = 0;
    for (std::uint64_t connection = 1; connection <= kSessions; ++connection) {
        sessions.packet(connection);
        sessions.event(connection, POP3ANA_EVENT_REPLY);
        if (connection % kEach == 0) {
            sessions.event(connection, POP3ANA_EVENT_THRESHOLD_WARNING);
            ++alerted;
        }
        sessions.packet(connection);
    }
    evidence.close(1);
    const OutputCounters counters = counters_of(evidence);
    const std::uint64_t files = files_in(*options.folder);
    assert_true(opened);
    assert_int_equal(counters.evidence_packets_lost, 0);
    assert_int_equal(counters.evidence_files, alerted);
    assert_int_equal(counters.evidence_packets, 2 * alerted);
    assert_int_equal(files, alerted);
}

/// Connections that end because their time has come have events, and no packet to go with.
void lines_without_a_packet_count_too(void **) {
    const EvidenceOptions options = options_for("lines");
    Evidence evidence(options, kContext);
    std::string error;
    const bool opened = evidence.open(error) && evidence.open_as_account(error);
    const std::size_t before = heap_bytes();
    Sessions sessions(evidence, 100);
    const std::string line(100, 'x');
    for (std::uint64_t connection = 1; connection <= 1'000; ++connection) {
        sessions.packet(connection);
        for (std::size_t bytes = 0; bytes < kPacketCommentBytes; bytes += line.size())
            sessions.event(connection, POP3ANA_EVENT_REQUEST, line);
    }
    const std::size_t held = heap_bytes() - before;
    evidence.close(1);
    assert_true(opened);
    assert_true(held < 2 * kKeptPacketsBytes);
}

void an_alerted_session_goes_on_after_it_gave_way(void **) {
    const EvidenceOptions options = options_for("goes-on");
    Evidence evidence(options, kContext);
    std::string error;
    const bool opened = evidence.open(error) && evidence.open_as_account(error);
    Sessions sessions(evidence, 1000);
    constexpr std::uint64_t kAlerted = 1, kOthers = 100'000;
    sessions.packet(kAlerted);
    sessions.event(kAlerted, POP3ANA_EVENT_REPLY);
    sessions.event(kAlerted, POP3ANA_EVENT_THRESHOLD_WARNING);
    sessions.packet(kAlerted);
    for (std::uint64_t connection = 2; connection < kOthers; ++connection)
        sessions.packet(connection);
    sessions.packet(kAlerted);
    evidence.close(1);
    const OutputCounters counters = counters_of(evidence);
    assert_true(opened);
    assert_int_equal(counters.evidence_packets, 3);
    assert_int_equal(counters.evidence_packets_lost, 0);
    assert_int_equal(counters.evidence_files, 1);
}

/// Packets written of a session with an error, when its alert comes after those of `others`.
template <typename Others> std::uint64_t kept_through(const char *name, const Others &others) {
    const EvidenceOptions options = options_for(name);
    Evidence evidence(options, kContext);
    std::string error;
    if (!evidence.open(error) || !evidence.open_as_account(error)) return 0;
    Sessions sessions(evidence, 1000);
    constexpr std::uint64_t kAttacker = 1, kOthers = 100'000;
    sessions.packet(kAttacker);
    sessions.event(kAttacker, POP3ANA_EVENT_REPLY);
    sessions.packet(kAttacker);
    for (std::uint64_t connection = 2; connection < kOthers; ++connection)
        others(sessions, connection);
    sessions.event(kAttacker, POP3ANA_EVENT_THRESHOLD_WARNING);
    sessions.packet(kAttacker);
    evidence.close(1);
    return counters_of(evidence).evidence_packets;
}

void sessions_without_errors_give_way_first(void **) {
    const auto others = [](Sessions &sessions, std::uint64_t connection) {
        sessions.packet(connection);
        sessions.event(connection, POP3ANA_EVENT_REQUEST);
        sessions.packet(connection);
    };
    assert_int_equal(kept_through("quiet", others), 3);
}

void a_client_beyond_its_share_of_memory_gives_way(void **) {
    const auto others = [](Sessions &sessions, std::uint64_t connection) {
        sessions.packet(connection);
        sessions.event(connection, POP3ANA_EVENT_REPLY, "line", 2);
        sessions.packet(connection);
    };
    assert_int_equal(kept_through("share", others), 3);
}

} // namespace

int main() {
    std::string name = std::filesystem::temp_directory_path() / "evidence-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return 1;
    folder = name;
    const CMUnitTest tests[] = {
        cmocka_unit_test(memory_has_its_bound),
        cmocka_unit_test(no_alerted_session_is_lost_for_want_of_memory),
        cmocka_unit_test(lines_without_a_packet_count_too),
        cmocka_unit_test(an_alerted_session_goes_on_after_it_gave_way),
        cmocka_unit_test(sessions_without_errors_give_way_first),
        cmocka_unit_test(a_client_beyond_its_share_of_memory_gives_way),
    };
    const int failures = cmocka_run_group_tests(tests, nullptr, nullptr);
    std::filesystem::remove_all(folder);
    return failures;
}
