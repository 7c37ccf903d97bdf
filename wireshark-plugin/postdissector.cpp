// No C++ object with a destructor lives while a function of Wireshark runs that may throw: its
// exceptions jump over destructors. And no C++ exception leaves a callback: it would end Wireshark.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "postdissector.hpp"

#include "dissected_bytes.hpp"
#include "engine.hpp"
#include "event_fields.hpp"
#include "event_tree.hpp"
#include "events/event.hpp"
#include "link_type.hpp"
#include "statistic.hpp"

#include <cstring>
#include <epan/column-info.h>
#include <epan/conversation_filter.h>
#include <epan/packet.h>
#include <epan/proto.h>
#include <epan/tap.h>
#include <exception>
#include <type_traits>
#include <wiretap/wtap.h>
#include <wsutil/report_message.h>

namespace pop3ana_plugin {
namespace {

int expert_tap = 0;
dissector_handle_t handle;

/// The capture file that is open. Nothing before the first one and after the last one.
struct OpenFile {
    std::unique_ptr<Engine> engine;
    std::uint32_t last_number = 0; ///< of the frames fed
    std::int64_t last_offset = -1; ///< in the file; a read filter gives frames the same number
};
OpenFile file;

/// tshark goes on with another file, or begins anew after -M packets, in silence; in the window one
/// sees that the list of packets is another one.
void say_that_counts_begin_anew() {
    static bool is_said = false;
    const char *program = g_get_prgname();
    if (is_said || program == nullptr || std::strcmp(program, "tshark") != 0) return;
    is_said = true;
    report_warning("pop3ana: session numbers and error counts begin anew with each file (-b) and "
                   "after each -M packets.");
}

void open_file() {
    if (file.last_number != 0) say_that_counts_begin_anew();
    refresh_preferences();
    register_expert_readers();
    expert_tap = find_tap_id("expert"); // Registered after all plugins.
    file.last_number = 0;
    file.last_offset = -1;
    char why[256] = "out of memory";
    try {
        file.engine = std::make_unique<Engine>(preferences());
        return;
    } catch (const std::exception &error) {
        g_strlcpy(why, error.what(), sizeof(why));
    } catch (...) { // `why` says it.
    }
    report_failure("pop3ana: no analysis: %s", why);
}

void close_file() {
    file.engine.reset();
}

/// Dissection comes back to frames, in any order, after the first visit in the order of the file.
bool is_first_visit(const packet_info &packet) {
    if (packet.fd->visited || packet.num < file.last_number) return false;
    return packet.num > file.last_number || packet.fd->file_off != file.last_offset;
}

void feed(tvbuff_t *tvb, packet_info *packet, proto_tree *tree) {
    file.last_number = packet->num;
    file.last_offset = packet->fd->file_off;
    if (packet->rec->rec_type != REC_TYPE_PACKET) return;
    pop3ana_frame frame{};
    frame.struct_size = sizeof(frame);
    frame.captured_bytes = tvb_captured_length(tvb);
    if (frame.captured_bytes != 0)
        frame.data = tvb_get_ptr(tvb, 0, static_cast<gint>(frame.captured_bytes));
    frame.number = packet->num;
    frame.ts_ns = time_of(*packet);
    frame.link_type = link_type_of(*packet);
    proto_tree *const dissected = preferences().decrypted ? tree : nullptr;
    const DecryptedList decrypted =
        dissected == nullptr ? DecryptedList{} : decrypted_of(packet, dissected);
    try {
        file.engine->begin_frame(packet->num);
        for (std::size_t i = 0; i < decrypted.count; ++i)
            file.engine->feed(decrypted.items[i]);
        // The frame comes last: it may end the connection.
        file.engine->feed(frame);
    } catch (...) { // Out of memory: this frame has no events.
        return;
    }
    if (dissected == nullptr || file.engine->knows_connection()) return;
    const pop3ana_segment segment = segment_of(*packet, dissected);
    if (segment.struct_size == 0) return;
    try {
        file.engine->feed(segment); // It refuses those of frames that it decoded.
    } catch (...) {                 // As above.
    }
}

ExpertInfo most_severe_of(const StoredEvents &stored) {
    ExpertInfo most_severe;
    for (std::size_t i = 0; i < stored.count; ++i)
        most_severe.raise_to(expert_of(stored.events[i].event));
    return most_severe;
}

/// Without a tree, for the light in the status bar and the column "Expert Info Severity": nothing
/// else sees what is less severe.
void show_severity(const ExpertInfo &info, packet_info *packet) {
    if (info.field != nullptr) expert_add_info(packet, nullptr, info.field);
}

bool has_severity_column(const packet_info &packet) {
    return packet.cinfo != nullptr && packet.cinfo->col_first[COL_EXPERT] >= 0;
}

StoredEvents read_events(packet_info *packet) {
    try {
        const StoredEvents stored = file.engine->events().read(packet->num, packet->pool);
        for (std::size_t i = 0; i < stored.count; ++i)
            stored.events[i].event.peer_description = pop3ana::slice(preferences().peer);
        return stored;
    } catch (...) {
        return {nullptr, 0};
    }
}

/// Of a frame without events.
NotAnalysed not_analysed_in(const packet_info &packet) {
    const auto has = [&packet](const char *protocol) {
        return proto_is_frame_protocol(packet.layers, protocol);
    };
    if (!has("pop") || has_quoted_packets(packet)) return NotAnalysed::kNothing;
    if (has("tls")) return preferences().decrypted ? NotAnalysed::kNothing : NotAnalysed::kTls;
    return file.engine->events().has_connection(packet.num) ? NotAnalysed::kNothing
                                                            : NotAnalysed::kOther;
}

int dissect(tvbuff_t *tvb, packet_info *packet, proto_tree *tree, void *) {
    if (!file.engine) return 0;
    const bool is_first = is_first_visit(*packet);
    if (is_first) feed(tvb, packet, tree);
    const EventStore &store = file.engine->events();
    if (!store.has(packet->num)) {
        if (has_session_readers(tree))
            show_session_number(store.session_of(packet->num), tvb, packet, tree);
        if (!is_statistic_open()) return 0;
        const NotAnalysed not_analysed = not_analysed_in(*packet);
        if (not_analysed != NotAnalysed::kNothing)
            queue_for_statistic({{nullptr, 0}, not_analysed}, packet);
        return 0;
    }
    const bool is_shown = has_readers(tree) || is_statistic_open() || have_tap_listener(expert_tap);
    const bool has_column = has_severity_column(*packet);
    if (!is_shown && is_first) {
        const ExpertInfo &info = file.engine->most_severe();
        if (has_column || info.severity > expert_get_highest_severity())
            show_severity(info, packet);
        return 0;
    }
    if (!is_shown && !has_column) return 0;
    const StoredEvents stored = read_events(packet);
    if (stored.count == 0) return 0;
    if (!is_shown) {
        show_severity(most_severe_of(stored), packet);
        return 0;
    }
    show_events(stored, store, tvb, packet, tree);
    queue_for_statistic({stored, NotAnalysed::kNothing}, packet);
    return 0; // It takes nothing: other protocols and frame.protocols stay as they are.
}

// Of the types of callbacks, which differ between releases: `More` is user data, or nothing.
template <class Bool, class... More> Bool has_session(packet_info *packet, More...) {
    return file.engine && file.engine->events().session_of(packet->num) != 0;
}
template <class... More> char *session_filter(packet_info *packet, More...) {
    return g_strdup_printf("pop3ana.session == %u",
                           file.engine ? file.engine->events().session_of(packet->num) : 0);
}
template <class Register> void register_session_filter(Register do_register) {
    const is_filter_valid_func is_valid = &has_session;
    const build_filter_string_func build = &session_filter;
    if constexpr (std::is_invocable_v<Register, const char *, const char *, is_filter_valid_func,
                                      build_filter_string_func>)
        do_register("pop3ana", "POP3 session", is_valid, build);
    else
        do_register("pop3ana", "POP3 session", is_valid, build, nullptr);
}

} // namespace

void register_protocol() {
    const int protocol = proto_register_protocol("POP3 Analysis", "POP3 Analysis", "pop3ana");
    register_fields(protocol);
    register_preferences(protocol);
    register_statistics();
    handle = register_dissector("pop3ana", dissect, protocol);
    register_init_routine(open_file);
    register_cleanup_routine(close_file);
    register_postdissector(handle);
    register_session_filter(register_conversation_filter);
}

void register_handoff() {
    register_dissected_fields();
}

void want_decrypted(bool wanted) {
    set_postdissector_wanted_hfids(handle, wanted ? dissected_fields() : nullptr);
}

} // namespace pop3ana_plugin
