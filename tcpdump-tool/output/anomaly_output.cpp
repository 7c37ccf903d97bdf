// Anomalies on stderr (-v), a line each: "T #N A/a > B/b anomaly NAME: TEXT".
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/event_text.hpp"
#include "output/output.hpp"
#include "output/output_list.hpp"
#include "system/diagnostics.hpp"

#include <fmt/core.h>
#include <memory>
#include <string>

namespace pop3dump {

namespace {

class AnomalyOutput final : public Output {
public:
    void on_event(const pop3ana_event &event, std::string_view /*log_line*/) override {
        if (event.type != POP3ANA_EVENT_ANOMALY) return;
        const std::string peer =
            event.peer_description.len == 0 ? "" : escaped_text(event.peer_description) + "-";
        std::string line = fmt::format("{} #{}{} {}/{} > {}/{} anomaly {}", time_text(event.ts_ns),
                                       peer, event.session, client_text(event),
                                       event.originator_port, server_text(event),
                                       event.responder_port, pop3ana_anomaly_name(event.anomaly));
        if (event.text.len != 0) line += ": " + escaped_text(event.text);
        if (event.lost_bytes != 0) line += fmt::format(" ({} bytes lost)", event.lost_bytes);
        if (event.lost_commands != 0)
            line += fmt::format(" ({} commands lost)", event.lost_commands);
        if (event.left_out != 0) line += fmt::format(" (after {} left out)", event.left_out);
        write_stderr(line + "\n");
    }
};

} // namespace

std::unique_ptr<Output> make_anomaly_output(const OutputOptions &options,
                                            OutputContext & /*context*/) {
    return options.show_anomalies ? std::make_unique<AnomalyOutput>() : nullptr;
}

} // namespace pop3dump
