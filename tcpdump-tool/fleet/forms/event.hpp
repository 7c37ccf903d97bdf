// An event as a line of JSON has it: its members by name, each with the type that the tables of
// events give it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/forms/fields.hpp"
#include "fleet/forms/form.hpp"

#include "events/event_table.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace pop3fleet {

/// Lives as long as the object it was read from.
class Event {
public:
    /// Nothing where the type is not known, or a member is missing that every event has. Alerts may
    /// lack the uid.
    static std::optional<Event> read(const simdjson::dom::object &object);

    [[nodiscard]] pop3ana_event_type type() const { return row_->type; }
    /// As in the event itself.
    [[nodiscard]] std::string_view name() const { return row_->name; }
    /// Since 1970-01-01 UTC.
    [[nodiscard]] std::int64_t microseconds() const { return microseconds_; }
    [[nodiscard]] bool is_ipv6() const;

    /// Members; nothing where there is none, or it has another type.
    [[nodiscard]] std::optional<std::string_view> text(std::string_view member) const;
    [[nodiscard]] std::optional<std::int64_t> count(std::string_view member) const;
    [[nodiscard]] std::optional<std::int64_t> duration_us(std::string_view member) const;

    /// Puts the members at their places. False where one has another type than it should.
    [[nodiscard]] bool put_members(Form form, Fields &fields) const;

private:
    Event(const simdjson::dom::object &object, const pop3ana::EventRow &row,
          std::int64_t microseconds)
        : object_(object), row_(&row), microseconds_(microseconds) {}

    /// Whether texts of client and server hold no secret: the command is known to take none. A
    /// reply to what is no command may repeat what was typed, so of those only +OK counts: the
    /// greeting.
    [[nodiscard]] bool may_tell_texts() const;

    simdjson::dom::object object_;
    const pop3ana::EventRow *row_;
    std::int64_t microseconds_;
};

} // namespace pop3fleet
