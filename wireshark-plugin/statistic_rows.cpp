// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistic_rows.hpp"

#include "base/hash.hpp"
#include "events/event.hpp"

#include <algorithm>

namespace pop3ana_plugin {

void Counts::add(const pop3ana_event &event) {
    switch (event.type) {
    case POP3ANA_EVENT_NEW_CONNECTION: ++sessions; break;
    case POP3ANA_EVENT_REPLY:
        errors += event.status == POP3ANA_STATUS_ERR ? 1 : 0;
        if (event.request_frame != 0)
            add_answers({.answers = 1,
                         .answers_ns = event.reply_ns,
                         .least_answer_ns = event.reply_ns,
                         .most_answer_ns = event.reply_ns});
        break;
    case POP3ANA_EVENT_LOGIN_SUCCESS:
    case POP3ANA_EVENT_LOGIN_FAILURE:
        ++(event.type == POP3ANA_EVENT_LOGIN_SUCCESS ? logins_ok : logins_failed);
        cleartext += event.cleartext;
        break;
    case POP3ANA_EVENT_UNEXPECTED: ++unexpected; break;
    case POP3ANA_EVENT_THRESHOLD_WARNING:
    case POP3ANA_EVENT_ALERT: ++alerts; break;
    case POP3ANA_EVENT_SESSION_END:
        mails += pop3ana::SummaryKnownCount::or_zero(event.summary->retr);
        mail_bytes += pop3ana::SummaryKnownCount::or_zero(event.summary->retr_bytes);
        break;
    default: break;
    }
    if (first_ns == 0) first_ns = event.ts_ns;
    last_ns = event.ts_ns;
}

void Counts::add(const Counts &more) {
    for (const auto member :
         {&Counts::sessions, &Counts::logins_ok, &Counts::logins_failed, &Counts::cleartext,
          &Counts::errors, &Counts::alerts, &Counts::unexpected, &Counts::mails,
          &Counts::mail_bytes, &Counts::users, &Counts::clients})
        this->*member += more.*member;
    add_answers(more);
    if (first_ns == 0 || more.first_ns < first_ns) first_ns = more.first_ns;
    last_ns = std::max(last_ns, more.last_ns);
}

void Counts::add_answers(const Counts &more) {
    if (more.answers == 0) return;
    least_answer_ns =
        answers == 0 ? more.least_answer_ns : std::min(least_answer_ns, more.least_answer_ns);
    most_answer_ns = std::max(most_answer_ns, more.most_answer_ns);
    answers += more.answers;
    answers_ns += more.answers_ns;
}

Rows::Rows(Distinct distinct) : distinct_(distinct), seed_(pop3ana::random_seed()) {}

std::size_t Rows::at(std::string_view key) {
    if (const auto found = places_.find(key); found != places_.end()) return found->second;
    const std::size_t place = take_place();
    rows_[place].key = places_.emplace(key, place).first;
    return place;
}

void Rows::add(std::size_t place, const pop3ana_event &event) {
    add(rows_[place], event);
    add(total_, event);
    Row &row = rows_[place].row;
    row.ends = {pop3ana::address_of(event.originator_address, event.originator_family),
                pop3ana::address_of(event.responder_address, event.address_family), 0,
                event.originator_port, event.responder_port};
    if (event.type == POP3ANA_EVENT_LOGIN_SUCCESS)
        row.user = pop3ana::view(event.user).substr(0, kMostNameBytes);
    if (event.type == POP3ANA_EVENT_SESSION_END)
        row.end = pop3ana::name_of(event.summary->why, pop3ana::kEndNames);
}

void Rows::add(Place &place, const pop3ana_event &event) {
    Counts &counts = place.row.counts;
    counts.add(event);
    if (distinct_.users && is_new(place.number, true, pop3ana::view(event.user))) ++counts.users;
    const std::size_t bytes = event.originator_family == 4 ? 4 : sizeof(event.originator_address);
    const auto *address = reinterpret_cast<const char *>(event.originator_address);
    if (distinct_.clients && is_new(place.number, false, {address, bytes})) ++counts.clients;
}

std::size_t Rows::move_session(std::string_view from, std::size_t to) {
    const auto found = places_.find(from);
    const bool is_there = found != places_.end() && rows_[found->second].row.counts.sessions > 0;
    Counts &counts = is_there ? rows_[found->second].row.counts : others_.counts;
    if (counts.sessions > 0) { // A filter may have left it out.
        --counts.sessions;
        ++rows_[to].row.counts.sessions;
    }
    return is_there ? found->second : size();
}

void Rows::reset() {
    for (Place &place : rows_)
        place.row = {};
    total_.row = others_ = {};
    other_count_ = 0;
    less_busy_.clear();
    known_.clear();
}

std::size_t Rows::take_place() {
    std::size_t index = rows_.size();
    if (index < kMostRows) {
        rows_.push_back({{}, 0, places_.end()});
    } else {
        index = least_busy();
        others_.counts.add(rows_[index].row.counts);
        ++other_count_;
        if (rows_[index].key != places_.end()) places_.erase(rows_[index].key);
        rows_[index] = {{}, 0, places_.end()};
    }
    rows_[index].number = next_number_++;
    return index;
}

// Half of the rows are looked for at once: for each one alone it would take time by their number.
std::size_t Rows::least_busy() {
    for (;;) {
        while (!less_busy_.empty()) {
            const std::size_t index = less_busy_.back();
            less_busy_.pop_back();
            if (rows_[index].row.counts.busyness() <= most_busyness_) return index;
        }
        find_less_busy();
    }
}

void Rows::find_less_busy() {
    std::vector<std::uint64_t> all;
    all.reserve(rows_.size());
    for (const Place &place : rows_)
        all.push_back(place.row.counts.busyness());
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::nth_element(all.begin(), middle, all.end());
    most_busyness_ = *middle;
    for (std::size_t i = rows_.size(); i > 0; --i)
        if (rows_[i - 1].row.counts.busyness() <= most_busyness_) less_busy_.push_back(i - 1);
}

bool Rows::is_new(std::uint64_t row, bool is_user, std::string_view text) {
    if (text.empty() || known_.size() >= kMostDistinct) return false;
    const std::uint64_t salt = row * 2 + (is_user ? 1 : 0);
    return known_.insert(XXH3_64bits_withSeed(text.data(), text.size(), seed_ + salt)).second;
}

} // namespace pop3ana_plugin
