// The core at work on the capture file that is open.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/port_set.hpp"
#include "event_fields.hpp"
#include "event_store.hpp"
#include "preferences.hpp"

#include <memory>
#include <span>

namespace pop3ana_plugin {

class Engine {
public:
    /// Throws std::bad_alloc, or std::runtime_error with what the core says.
    explicit Engine(const Preferences &preferences);

    /// Whether the core takes these values; then `ports` are those listed. If not, `why` says
    /// "NAME: REASON".
    static bool accepts(const Preferences &preferences, pop3ana::PortSet &ports, std::string &why);

    /// What is fed next is of this frame. A read filter gives several frames one number: what is
    /// kept of one before is dropped.
    void begin_frame(std::uint32_t frame);

    /// Analyses the frame, or bytes of it that were decrypted, or a segment that Wireshark found in
    /// it. What cannot be stored for lack of memory is dropped, the frame's other events too.
    void feed(const pop3ana_frame &frame);
    void feed(const pop3ana_decrypted &decrypted);
    void feed(const pop3ana_segment &segment);

    /// Whether the core found the connection of that frame.
    [[nodiscard]] bool knows_connection() const {
        return pop3ana_frame_connection(engine_.get()) != 0;
    }

    EventStore &events() { return events_; }
    /// The most severe expert information of that frame.
    [[nodiscard]] const ExpertInfo &most_severe() const { return most_severe_; }

private:
    struct Free {
        void operator()(pop3ana_engine *engine) const { pop3ana_engine_free(engine); }
    };
    static void on_event(void *self, const pop3ana_event *event);
    void drop_if_incomplete();
    void add_to_connection();

    EventStore events_;
    ExpertInfo most_severe_;
    std::span<const std::uint8_t> bytes_; ///< of the frame, once it is fed
    std::uint32_t frame_ = 0;             ///< the one that is fed
    bool incomplete_ = false;
    std::unique_ptr<pop3ana_engine, Free> engine_;
};

} // namespace pop3ana_plugin
