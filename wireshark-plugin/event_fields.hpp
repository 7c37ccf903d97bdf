// The fields and the expert information of protocol "pop3ana" (docs/design.md section 9), most of
// them from the rows of the members of events.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "events/event_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <epan/expert.h>
#include <epan/proto.h>
#include <pop3ana/pop3ana.h>
#include <string_view>

namespace pop3ana_plugin {

/// Fields that are not, or not only, a member of an event. Set once they are registered.
namespace field {
inline int protocol = -1; ///< itself
inline int session = -1;
inline int first_frame = -1;
inline int client = -1;
inline int client6 = -1;
inline int client_port = -1;
inline int server = -1;
inline int server6 = -1;
inline int server_port = -1;
inline int event = -1;
inline int log = -1;
inline int login = -1;
inline int alert = -1;
inline int alert_summary = -1;
inline int error_frame = -1;
inline int errors = -1;
inline int response_in = -1;
inline int session_end = -1;
} // namespace field

/// Of the first row that has the field; several events can carry what is one field.
constexpr std::size_t row_with_field(std::size_t row) {
    for (std::size_t first = 0; first < row; ++first) {
        const char *name = pop3ana::kMembers[first].field;
        if (name != nullptr &&
            std::string_view(name) == std::string_view(pop3ana::kMembers[row].field))
            return first;
    }
    return row;
}

template <std::size_t Rows> std::array<int, Rows> unregistered_fields() {
    std::array<int, Rows> none{};
    none.fill(-1);
    return none;
}
/// Fields of the members of events, by row_with_field().
inline auto member_fields = unregistered_fields<pop3ana::kMembers.size()>();
/// Fields of the end of a session, by row.
inline auto summary_fields = unregistered_fields<pop3ana::kSummaryMembers.size()>();

/// Subtrees: of the protocol, and of an event.
inline int tree_of_protocol = -1;
inline int tree_of_event = -1;

/// Expert information.
namespace expert {
inline expert_field login_failed = EI_INIT;
inline expert_field unexpected_command = EI_INIT;
/// One for each kind.
template <std::size_t Kinds> std::array<expert_field, Kinds> unregistered() {
    std::array<expert_field, Kinds> none{};
    none.fill(EI_INIT);
    return none;
}
inline auto alerts = unregistered<pop3ana::kAlerts.size()>();
inline auto anomalies = unregistered<pop3ana::kAnomalies.size()>();
} // namespace expert

/// What an event gives rise to.
struct ExpertInfo {
    expert_field *field = nullptr; ///< nullptr: nothing
    int severity = 0;              ///< PI_CHAT and so on

    /// Becomes `other` if that is more severe.
    void raise_to(const ExpertInfo &other) {
        if (other.severity > severity) *this = other;
    }
};
ExpertInfo expert_of(const pop3ana_event &event);

/// Registers all of them for the protocol.
void register_fields(int protocol);

/// Learns the fields of expert information in general, which come after those of all plugins.
void register_expert_readers();

/// Whether the tree is shown, or anybody asks for a field that events add to it.
bool has_readers(proto_tree *tree);

/// Whether the tree is shown, or anybody asks for what frames without events have too.
bool has_session_readers(proto_tree *tree);

} // namespace pop3ana_plugin
