// Texts that pop3fleet reads beside logs: where the server is, places in logs, and what the server
// says to a sensor: where it stood, and verdicts.
//
// Laws: a text that is written and read again is the same; what is refused is refused in one line,
// without a password; a sensor takes anything from its server, stands where it was told, and never
// goes back.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/log_follower.hpp"
#include "fleet/sensor.hpp"
#include "fleet/server_url.hpp"
#include "fuzz_input.hpp"

#include <bit>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

using namespace pop3fleet;

std::string text_of(std::span<const std::uint8_t> bytes) {
    return {bytes.begin(), bytes.end()};
}

// ---------------------------------------------------------------- texts

void check_url(const std::string &text) {
    std::string error;
    const auto url = parse_server_url(text, error);
    if (!url) {
        fuzz::law("why", error.starts_with("--server"));
        fuzz::law("in one line",
                  text.find('\n') != std::string::npos || error.find('\n') == std::string::npos);
        return;
    }
    fuzz::law("somewhere", url->path.empty() != url->addresses.empty());
    for (const ServerAddress &address : url->addresses)
        fuzz::law("an address", !address.host.empty() && address.port != 0);
    fuzz::law("sentinels have addresses", url->master.empty() || !url->addresses.empty());
    fuzz::law("no password", url->user.find(':') == std::string::npos);
    const auto again = parse_server_url(url->text(), error);
    fuzz::law("its text is one", again.has_value());
    fuzz::law("the same addresses", again->addresses == url->addresses);
    fuzz::same("the same master", again->master, url->master);
    fuzz::same("the same socket", again->path, url->path);
    fuzz::law("and TLS", again->has_tls == url->has_tls);
    fuzz::same("the same text", again->text(), url->text());
}

void check_place(const std::string &text) {
    const auto place = parse_place(text);
    if (!place) return;
    const std::string written = place_text(*place);
    const auto again = parse_place(written);
    fuzz::law("a place that is written is one", again.has_value());
    fuzz::same("the same place", place_text(*again), written);
}

// ---------------------------------------------------------------- a sensor

/// A folder with a log, for all inputs.
class Files {
public:
    Files() {
        std::string name = std::filesystem::temp_directory_path() / "fuzz-fleet-XXXXXX";
        fuzz::law("a folder", mkdtemp(name.data()) != nullptr);
        folder_ = name;
        std::ofstream log(log_path());
        for (int second = 10; second < 30; ++second) {
            const std::string common =
                R"({"ts":17954231)" + std::to_string(second) +
                R"(.000000,"time":"2026-11-23T08:38:00.000000Z","session":1,"id.orig_h":)"
                R"("10.77.0.2","id.orig_p":52249,"id.resp_h":"10.77.0.1","id.resp_p":110,)"
                R"("reply_end":)" +
                std::to_string(second) + ",";
            log << common
                << (second % 7 == 0 ? R"("event":"login_success","user":"alice"})"
                                    : R"("event":"login_failure","reason":"credentials",)"
                                      R"("user":"alice","password":"x"})")
                << "\n";
            if (second % 7 != 0)
                log << common
                    << R"("event":"reply","status":"ERR","errors":1})"
                       "\n";
        }
        log << R"({"ts":1795423140.000000,"event":"alert","session":1,"id.orig_h":"10.77.0.2",)"
               R"("id.orig_p":52249,"id.resp_h":"10.77.0.1","id.resp_p":110,"alert":"stls",)"
               R"("detail":"STLS stripped"})"
               "\n";
    }
    ~Files() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Files(const Files &) = delete;
    Files &operator=(const Files &) = delete;

    [[nodiscard]] std::string log_path() const { return folder_ / "mx.log"; }

private:
    std::filesystem::path folder_;
};

std::uint64_t position_of(const std::string &state) {
    // "TIME INODE BYTES POSITION INODE OFFSET START"
    std::string_view rest = state;
    for (int i = 0; i < 3; ++i)
        rest.remove_prefix(rest.find(' ') + 1);
    const auto place = parse_place(rest);
    fuzz::law("a state has a place", place.has_value());
    return place->position;
}

struct Fleet {
    Files files;
    FleetSettings settings;
    WarningFile file;
    FleetKey key{"a key of the tests, not of a fleet"};
    SensorContext context{settings, key, AlertSet{0x7e}, file, {}, 10, {}, true, "me"};

    Fleet() {
        std::string error;
        fuzz::law("a file to write", file.open("/dev/null", false, error));
    }
};

std::string state_of(const Sensor &sensor) {
    return sensor.commit_call().arguments[2];
}

void join(Sensor &sensor, const std::string &state) {
    const std::vector<std::string> reply{sensor.join_call().arguments[2], state};
    sensor.joined(reply);
}

/// One verdict as the server packs it: near what is in the log, or any bytes.
std::string verdict(fuzz::Input &input, const FunctionCall &call) {
    constexpr std::size_t kFirstEntry = 12, kPositionAt = 8, kNumberBytes = 8;
    if (input.flag() || call.arguments.size() <= kFirstEntry)
        return text_of(input.bytes(Verdict::kBytes));
    const std::size_t entry = kFirstEntry + input.below(call.arguments.size() - kFirstEntry);
    std::string packed = call.arguments[entry].substr(kPositionAt, kNumberBytes);
    packed += static_cast<char>(input.byte());
    append_big_endian(packed, std::bit_cast<std::uint64_t>(static_cast<double>(input.number(3))),
                      kNumberBytes);
    return packed;
}

void check_sensor(fuzz::Input &input) {
    static Fleet fleet;
    Sensor sensor{"mx1", fleet.files.log_path(), fleet.context};
    join(sensor, text_of(input.bytes(input.byte())));
    const std::string state = state_of(sensor);
    Sensor other{"mx1", fleet.files.log_path(), fleet.context};
    join(other, state);
    fuzz::same("it stands where it was told", state_of(other), state);
    std::uint64_t position = position_of(state);
    for (int turn = 0; turn < 10 && !input.empty(); ++turn) {
        sensor.read(1 + input.below(10));
        fuzz::law("all of a call", sensor.send_until_call({}, 1).arguments.size() == 6);
        std::vector<FunctionCall> calls;
        sensor.add_judge_calls(input.flag() ? ~std::uint64_t{0} : input.number(8), calls);
        std::vector<std::vector<std::string>> replies;
        for (const FunctionCall &call : calls) {
            std::string verdicts;
            for (std::size_t left = input.below(4); left != 0; --left)
                verdicts += verdict(input, call);
            replies.push_back({verdicts + text_of(input.bytes(input.below(3)))});
        }
        sensor.take_verdicts(replies);
        if (sensor.write_down()) {
            sensor.committed();
            const std::uint64_t before = std::exchange(position, position_of(state_of(sensor)));
            fuzz::law("it never goes back", position >= before);
        }
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.byte() % 3) {
    case 0: check_url(text_of(input.rest())); break;
    case 1: check_place(text_of(input.rest())); break;
    default: check_sensor(input); break;
    }
    return 0;
}
