// Makes a labelled load of logins. The same arguments give the same bytes.
//
//     make_logins KIND SIZE SEED FILE     FILE may be - for stdout
//
// What the kinds are, and what SIZE counts, is in kKinds. Printed on stderr, a line each: the
// logins that succeed and that fail, and the alerts that must come: kind, and of whom.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "login_load.hpp"

#include "pcap_stream.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <vector>

namespace {

using namespace pop3ana_alerts;
using namespace pop3ana_test;

void polling(LoginLoad &load, std::size_t clients) {
    for (std::size_t i = 0; i < clients; ++i)
        load.old_password();
}

void people(LoginLoad &load, std::size_t groups) {
    for (std::size_t i = 0; i < groups; ++i) {
        load.old_on_many_devices();
        load.shared_address();
        load.typing_errors();
        load.locked_mailboxes();
    }
}

void guessing(LoginLoad &load, std::size_t attackers) {
    for (std::size_t i = 0; i < attackers; ++i)
        load.guessing(i % 3 == 0 ? kSlow : kOneAMinute);
}

void spraying(LoginLoad &load, std::size_t attackers) {
    for (std::size_t i = 0; i < attackers; ++i)
        load.spraying(i % 3 == 0 ? kSlowWithSuccess : kOneAMinute);
}

void distributed(LoginLoad &load, std::size_t clients) {
    load.distributed(clients);
    load.distributed(load.random.between(6, 12));
}

void breach(LoginLoad &load, std::size_t attackers) {
    for (std::size_t i = 0; i < attackers; ++i) {
        load.breach();
        load.breach_from_many();
    }
}

void all_attacks(LoginLoad &load, std::size_t attackers) {
    guessing(load, attackers);
    spraying(load, attackers);
    breach(load, attackers);
    for (std::size_t i = 0; i < attackers; ++i)
        distributed(load, load.random.between(6, 100));
}

constexpr std::int64_t kFloodStart = kStart + kMinute, kFloodEnd = kFloodStart + 30 * kMinute;

void forged(LoginLoad &load, std::size_t /*clients*/) {
    load.interrupted(kStart, kFloodEnd);
}

struct Kind {
    std::string_view name;
    void (*plan)(LoginLoad &load, std::size_t size);
    bool with_people; ///< among whom the attacks are
    const char *size;
};

constexpr Kind kKinds[] = {
    {"polling", polling, false, "clients, each with an old password, for a day"},
    {"people", people, false, "groups of all kinds of honest clients, for a day"},
    {"guessing", guessing, true, "clients that guess a user's password"},
    {"spraying", spraying, true, "clients that try many users"},
    {"distributed", distributed, true, "clients that try a user's password once"},
    {"breach", breach, true, "users who are guessed"},
    {"attacks", all_attacks, true, "attackers of each kind"},
    {"forged", forged, false,
     "clients without a handshake that fail, in the middle of attacks of which that is not true"},
};

class Writer {
public:
    explicit Writer(const std::string &path) : file_(path) {}

    /// All visits before `end_ns`, their packets in the order of time.
    void write(std::vector<Visit> &visits, std::int64_t end_ns, Random &random) {
        std::stable_sort(visits.begin(), visits.end(),
                         [](const Visit &a, const Visit &b) { return a.start_ns < b.start_ns; });
        auto next = visits.begin();
        while (!running_.empty() || (next != visits.end() && next->start_ns < end_ns)) {
            if (next != visits.end() && next->start_ns < end_ns &&
                (running_.empty() || next->start_ns <= running_.front().ts_ns())) {
                count(*next);
                running_.push_back({play(*next, random), 0});
                ++next;
            } else {
                std::pop_heap(running_.begin(), running_.end());
                Running &one = running_.back();
                frame(one.frames[one.next].bytes, one.ts_ns());
                if (++one.next == one.frames.size()) {
                    running_.pop_back();
                    continue;
                }
            }
            std::push_heap(running_.begin(), running_.end());
        }
        visits.erase(visits.begin(), next);
    }

    /// Clients without a handshake, each of whom fails once. The server is made up as well, and
    /// begins as one whose handshake was not captured (docs/semantics.md K16), or there were no
    /// login.
    void forge(std::size_t clients, Random &random) {
        const std::int64_t step_ns =
            (kFloodEnd - kFloodStart) / static_cast<std::int64_t>(5 * clients + 1);
        ConversationSettings settings;
        settings.client = endpoint("172.0.0.0", 40'000);
        settings.start_ns = kFloodStart;
        settings.step_ns = step_ns;
        for (std::size_t number = 0; number < clients; ++number) {
            for (std::size_t i = 1; i < 4; ++i)
                settings.client.address[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
            settings.client_isn = random.number();
            settings.server_isn = random.number();
            Conversation conversation(settings);
            conversation.send(Side::Server, "+OK\r\n");
            conversation.send(Side::Client,
                              "USER victim" + std::to_string(number) + "\r\nPASS x\r\n");
            conversation.send(Side::Server, "+OK\r\n-ERR\r\n");
            settings.start_ns = conversation.now_ns();
            for (const Frame &one : conversation.take())
                frame(one.bytes, one.ts_ns);
            ++failures_;
        }
    }

    void close() { file_.close(); }

    [[nodiscard]] std::uint64_t successes() const { return successes_; }
    [[nodiscard]] std::uint64_t failures() const { return failures_; }

private:
    struct Running {
        Capture frames;
        std::size_t next;
        [[nodiscard]] std::int64_t ts_ns() const { return frames[next].ts_ns; }
        friend bool operator<(const Running &a, const Running &b) { return a.ts_ns() > b.ts_ns(); }
    };

    void frame(ByteSpan bytes, std::int64_t ts_ns) {
        file_.packet(bytes, static_cast<std::uint64_t>(ts_ns / 1'000));
    }
    void count(const Visit &visit) {
        for (const Login &login : visit.logins)
            ++(login.outcome == Outcome::Success ? successes_ : failures_);
    }

    PcapStream file_;
    std::vector<Running> running_; ///< a heap: first the one with the next packet
    std::uint64_t successes_ = 0;
    std::uint64_t failures_ = 0;
};

void make_logins(const Kind &kind, std::size_t size, std::uint64_t seed, const std::string &path) {
    constexpr std::size_t kPeople = 1, kOldPasswords = 10;
    LoginLoad load(seed);
    kind.plan(load, size);
    if (kind.with_people) {
        people(load, kPeople);
        polling(load, kOldPasswords);
    }
    Writer writer(path);
    if (kind.plan == forged) {
        writer.write(load.visits, kFloodStart, load.random);
        writer.forge(size, load.random);
    }
    writer.write(load.visits, INT64_MAX, load.random);
    writer.close();
    std::fprintf(stderr, "logins %" PRIu64 "\nfailures %" PRIu64 "\n", writer.successes(),
                 writer.failures());
    for (const Label &label : load.labels)
        std::fprintf(stderr, "%s %s\n", label.kind.c_str(), label.of.c_str());
}

} // namespace

int main(int argc, char **argv) {
    const Kind *kind = nullptr;
    const std::uint64_t size = argc == 5 ? std::strtoull(argv[2], nullptr, 10) : 0;
    for (const Kind &row : kKinds)
        if (size != 0 && row.name == argv[1]) kind = &row;
    if (kind == nullptr) {
        std::fputs("usage: make_logins KIND SIZE SEED FILE\n", stderr);
        for (const Kind &row : kKinds)
            std::fprintf(stderr, "  %-12s SIZE %s\n", row.name.data(), row.size);
        return 2;
    }
    try {
        make_logins(*kind, size, std::strtoull(argv[3], nullptr, 10), argv[4]);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "make_logins: %s\n", error.what());
        return 1;
    }
    return 0;
}
