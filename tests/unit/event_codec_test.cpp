// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/event.hpp"
#include "events/event_codec.hpp"
#include "events/event_table.hpp"
#include "support.hpp"

using namespace pop3ana;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view kText = "text\0of\xff bytes"sv;

/// All members there, with values that need one byte or ten.
void set_address(std::uint8_t &family, std::uint8_t *address, std::uint8_t version) {
    family = version;
    for (std::uint8_t i = 0; i < (version == 4 ? 4 : 16); ++i)
        address[i] = static_cast<std::uint8_t>(i + 1);
}

bool same_address(std::uint8_t family, const std::uint8_t *address, std::uint8_t other_family,
                  const std::uint8_t *other) {
    return unit::same("family", family, other_family) &&
           unit::holds("address", std::equal(address, address + 16, other));
}

/// Borrowed until the next call.
const pop3ana_session_summary &summary_of(std::uint64_t number) {
    static pop3ana_session_summary summary;
    summary = {};
    for_each_summary_member([&](auto row) {
        constexpr auto &value = kSummaryValue<row>;
        using Value = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, SummaryText>)
            summary.*value.member = {kText.data(), kText.size()};
        else if constexpr (std::is_same_v<Value, SummaryFlags>)
            summary.*value.flags[1].member = 1;
        else if constexpr (std::is_same_v<Value, SummaryName>)
            summary.*value.member = 2;
        else // A duration that is not known is -1.
            summary.*value.member =
                static_cast<std::remove_reference_t<decltype(summary.*value.member)>>(number);
    });
    return summary;
}

bool same_summary(const pop3ana_session_summary &got, const pop3ana_session_summary &expected) {
    bool fine = true;
    for_each_summary_member([&](auto row) {
        constexpr auto &value = kSummaryValue<row>;
        using Value = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, SummaryText>) {
            const pop3ana_slice one = got.*value.member, other = expected.*value.member;
            fine = unit::same(kSummaryMembers[row].name, std::string_view(one.ptr, one.len),
                              std::string_view(other.ptr, other.len)) &&
                   fine;
        } else if constexpr (std::is_same_v<Value, SummaryFlags>) {
            for (const auto &flag : value.flags)
                fine = unit::same(flag.name, got.*flag.member, expected.*flag.member) && fine;
        } else {
            fine =
                unit::same(kSummaryMembers[row].name, static_cast<std::uint64_t>(got.*value.member),
                           static_cast<std::uint64_t>(expected.*value.member)) &&
                fine;
        }
    });
    return fine;
}

pop3ana_event event_of(std::uint32_t type, std::uint64_t number) {
    pop3ana_event event{};
    event.type = type;
    event.frame = 1000;
    event.ts_ns = 1'234'567'890'123'456'789;
    event.phase = POP3ANA_PHASE_UPDATE;
    event.in_log = event.from_responder = 1;
    for_each_member(type, [&](auto row) {
        constexpr auto value = kMemberValue<row>;
        using Value = std::remove_const_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, TextMember>)
            event.*value.member = {kText.data(), kText.size()};
        else if constexpr (std::is_same_v<Value, CountMember> || std::is_same_v<Value, FrameMember>)
            event.*value.member = number;
        else if constexpr (std::is_same_v<Value, SummaryMember>)
            event.*value.member = &summary_of(number);
        else if constexpr (std::is_same_v<Value, AddressMember>)
            set_address(event.*value.family, event.*value.address, 6);
        else if constexpr (kIsStored<Value>)
            event.*value.member = 2;
    });
    return event;
}

bool same_members(const pop3ana_event &got, const pop3ana_event &expected) {
    bool fine = true;
    for_each_member(expected.type, [&](auto row) {
        constexpr auto value = kMemberValue<row>;
        using Value = std::remove_const_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, TextMember>) {
            const pop3ana_slice one = got.*value.member, other = expected.*value.member;
            fine = unit::same(kMembers[row].name, std::string_view(one.ptr, one.len),
                              std::string_view(other.ptr, other.len)) &&
                   fine;
        } else if constexpr (std::is_same_v<Value, SummaryMember>) {
            const auto *const one = got.*value.member, *const other = expected.*value.member;
            fine = unit::holds("summary", (one == nullptr) == (other == nullptr)) &&
                   (one == nullptr || same_summary(*one, *other)) && fine;
        } else if constexpr (std::is_same_v<Value, AddressMember>) {
            fine = same_address(got.*value.family, got.*value.address, expected.*value.family,
                                expected.*value.address) &&
                   fine;
        } else if constexpr (kIsStored<Value>) {
            fine = unit::same(kMembers[row].name, std::uint64_t{got.*value.member},
                              std::uint64_t{expected.*value.member}) &&
                   fine;
        }
    });
    return fine;
}

bool comes_back(const pop3ana_event &event, std::int64_t base_ns) {
    std::vector<std::uint8_t> bytes;
    encode_event(event, base_ns, bytes);
    pop3ana_event got{}; // what was there before is gone
    got.anomaly = 7;
    got.lost_bytes = 7;
    pop3ana_session_summary summary;
    got.frame = event.frame;
    std::span<const std::uint8_t> rest = bytes;
    return unit::holds("decoded", decode_event(rest, base_ns, got, summary)) &&
           unit::same("rest", rest.size(), 0) && unit::same("type", got.type, event.type) &&
           unit::same("phase", got.phase, event.phase) &&
           unit::same("in_log", got.in_log, event.in_log) &&
           same_address(got.proxy_family, got.proxy_address, event.proxy_family,
                        event.proxy_address) &&
           unit::same("proxy port", got.proxy_port, event.proxy_port) &&
           (event.proxy_family == 0 ||
            same_address(got.originator_family, got.originator_address, event.originator_family,
                         event.originator_address)) &&
           unit::same("from_responder", got.from_responder, event.from_responder) &&
           unit::same("time", static_cast<std::uint64_t>(got.ts_ns),
                      static_cast<std::uint64_t>(event.ts_ns)) &&
           same_members(got, event);
}

bool events_of_all_types_come_back() {
    for (const EventRow &row : kEvents)
        for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{999}, ~std::uint64_t{0}})
            for (const std::int64_t base_ns :
                 {std::int64_t{0}, std::int64_t{1'234'567'890'123'456'780},
                  std::int64_t{2'000'000'000'000'000'000}})
                if (!comes_back(event_of(row.type, number), base_ns)) return false;
    return true;
}

bool empty_events_come_back() {
    for (const EventRow &row : kEvents) {
        pop3ana_event event{};
        event.type = row.type;
        if (!comes_back(event, 0)) return false;
    }
    return true;
}

bool an_event_behind_a_proxy_comes_back() {
    pop3ana_event event = event_of(POP3ANA_EVENT_LOGIN_FAILURE, 300);
    set_address(event.originator_family, event.originator_address, 6);
    set_address(event.proxy_family, event.proxy_address, 4);
    event.originator_port = 0xffff;
    event.proxy_port = 1;
    return comes_back(event, 0);
}

bool an_event_that_is_cut_is_none() {
    for (const EventRow &row : kEvents) {
        std::vector<std::uint8_t> bytes;
        encode_event(event_of(row.type, 300), 0, bytes);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const unit::FlushCopy part{Bytes{bytes.data(), size}};
            std::span<const std::uint8_t> rest{part.bytes().data(), size};
            pop3ana_event event{};
            pop3ana_session_summary summary;
            if (!unit::holds(row.name, !decode_event(rest, 0, event, summary))) return false;
        }
    }
    return true;
}

bool a_type_that_is_none_is_refused() {
    for (const std::uint8_t type : {std::uint8_t{0}, std::uint8_t{255}}) {
        const std::uint8_t bytes[] = {0, type, 0, 0};
        std::span<const std::uint8_t> rest = bytes;
        pop3ana_event event{};
        pop3ana_session_summary summary;
        if (!unit::holds("refused", !decode_event(rest, 0, event, summary))) return false;
    }
    return true;
}

bool an_event_is_small() {
    pop3ana_event event{};
    event.type = POP3ANA_EVENT_REQUEST;
    event.frame = event.request_frame = 1'000'000;
    event.ts_ns = 1'234'567'890'123'456'789;
    event.command = {"QUIT", 4};
    std::vector<std::uint8_t> bytes;
    encode_event(event, event.ts_ns, bytes);
    return unit::same("bytes", bytes.size(), 10);
}

class NoSink final : public EventSink {
public:
    void emit() override {}
    void note_stls_offer() override {}
    [[nodiscard]] bool has_offered_stls() const override { return false; }
};

bool a_lent_event_has_nothing_of_the_last_one() {
    NoSink sink;
    bool fine = true;
    for (const EventRow &last : kEvents) {
        static_cast<pop3ana_event &>(sink.begin(last.type, Side::kServer)) = event_of(last.type, 7);
        sink.emit();
        const Event &next = sink.begin(POP3ANA_EVENT_REQUEST, Side::kClient);
        for (const EventRow &any : kEvents)
            for_each_member(any.type, [&](auto row) {
                constexpr auto value = kMemberValue<row>;
                if constexpr (kIsStored<decltype(value)>)
                    fine = unit::holds(kMembers[row].name, is_empty(next, value)) && fine;
            });
    }
    return fine;
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{
        UNIT_TEST(events_of_all_types_come_back),           UNIT_TEST(empty_events_come_back),
        UNIT_TEST(an_event_behind_a_proxy_comes_back),      UNIT_TEST(an_event_that_is_cut_is_none),
        UNIT_TEST(a_type_that_is_none_is_refused),          UNIT_TEST(an_event_is_small),
        UNIT_TEST(a_lent_event_has_nothing_of_the_last_one)};
    return unit::run("unit.event_codec", tests);
}
