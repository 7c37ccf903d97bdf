// What a table of the statistics counts: a row for each client, session, user, server or kind of
// login.
//
// A table has at most kMostRows; when it is full, one of the less busy half gives way to a fresh
// one, so that whoever makes up clients or users takes no memory, and the counts still add up.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <pop3ana/pop3ana.h>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace pop3ana_plugin {

/// Longer names, which no mailbox has, are told apart up to here.
inline constexpr std::size_t kMostNameBytes = 256;

struct Counts {
    std::uint64_t sessions = 0;
    std::uint64_t logins_ok = 0;
    std::uint64_t logins_failed = 0;
    std::uint64_t cleartext = 0; ///< of both: the password or token crossed the wire in the clear
    std::uint64_t errors = 0;
    std::uint64_t alerts = 0;
    std::uint64_t unexpected = 0;
    std::uint64_t mails = 0; ///< that RETR fetched, in sessions that are over
    std::uint64_t mail_bytes = 0;
    std::uint64_t users = 0;      ///< different ones; of rows that gave way, at most so many
    std::uint64_t clients = 0;    ///< likewise
    std::uint64_t answers = 0;    ///< replies to commands
    std::uint64_t answers_ns = 0; ///< from the commands to them: sum, least and most
    std::uint64_t least_answer_ns = 0;
    std::uint64_t most_answer_ns = 0;
    std::int64_t first_ns = 0; ///< of the first event; 0: there was none
    std::int64_t last_ns = 0;

    /// All but the different users and clients.
    void add(const pop3ana_event &event);
    void add(const Counts &more);

    [[nodiscard]] std::uint64_t busyness() const {
        return sessions + logins_ok + logins_failed + errors;
    }

private:
    void add_answers(const Counts &more);
};

struct Row {
    Counts counts;
    // What means nothing for a sum of rows:
    pop3ana::ConnectionEnds ends; ///< of the last event; family 0: there was none
    std::string user;             ///< of the last login that succeeded; raw bytes
    const char *end = "";         ///< why the last session ended
};

/// What rows count beside their Counts, if they show it.
struct Distinct {
    bool users = false;
    bool clients = false;
};

class Rows {
public:
    static constexpr std::size_t kMostRows = 20'000;
    /// Users and clients of all rows that are told apart; a further one is not counted.
    static constexpr std::size_t kMostDistinct = 1'000'000;

    explicit Rows(Distinct distinct);

    /// The place of the row of `key`; that of a fresh one if there is none. Rows keep their place
    /// until they give way. Throws std::bad_alloc.
    std::size_t at(std::string_view key);

    /// Counts an event in the row at `place`. Throws std::bad_alloc.
    void add(std::size_t place, const pop3ana_event &event);

    /// A session of the row of `from` becomes one of that at `to`. Returns the place of the former,
    /// or size() if it has given way.
    std::size_t move_session(std::string_view from, std::size_t to);

    /// Sets all counts to 0; rows stay.
    void reset();

    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    const Row &operator[](std::size_t place) const { return rows_[place].row; }
    [[nodiscard]] const Row &total() const { return total_.row; }
    /// The rows that gave way, and how many they were.
    [[nodiscard]] const Row &others() const { return others_; }
    [[nodiscard]] std::uint64_t other_count() const { return other_count_; }

private:
    using Places = std::map<std::string, std::size_t, std::less<>>;
    struct Place {
        Row row;
        std::uint64_t number = 0; ///< no other row has had it
        Places::iterator key;
    };

    std::size_t take_place();
    std::size_t least_busy();
    void find_less_busy();
    bool is_new(std::uint64_t row, bool is_user, std::string_view text);
    void add(Place &place, const pop3ana_event &event);

    Distinct distinct_;
    Places places_; // ordered: keys are a stranger's
    std::vector<Place> rows_;
    Place total_;
    Row others_;
    std::uint64_t other_count_ = 0;
    std::uint64_t next_number_ = 1;
    std::vector<std::size_t> less_busy_;      ///< places that may give way
    std::uint64_t most_busyness_ = 0;         ///< of these
    std::unordered_set<std::uint64_t> known_; ///< seeded hashes of users and clients, by row
    std::uint64_t seed_;
};

} // namespace pop3ana_plugin
