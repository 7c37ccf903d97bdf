// What engines and judges of libpop3ana are made of: options, and where their events go.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "event_output.hpp"
#include "options.hpp"

#include <array>
#include <pop3ana/pop3ana.h>
#include <string>

namespace pop3dump {

/// The configuration that the options ask for; its strings are theirs.
pop3ana_config library_config(const Options &options);

/// Why the library has refused a configuration, as one line that names the option and its value.
std::string refusal_of(pop3ana_status status, const Options &options, const char *message);

/// Hands the library's events on. No exception may pass through the library.
class EventRelay {
public:
    /// `output` is borrowed. Must be called before the first event.
    void set_output(EventOutput &output) { output_ = &output; }

    /// A sink that must not outlive this.
    [[nodiscard]] pop3ana_sink sink() {
        return {sizeof(pop3ana_sink), this, &EventRelay::on_event};
    }

    /// `status`, unless the output ran out of memory since the last call.
    pop3ana_status checked(pop3ana_status status);

private:
    static void on_event(void *user_data, const pop3ana_event *event);

    EventOutput *output_ = nullptr;
    bool output_failed_ = false;
};

/// Makes an engine or a judge by `make` (pop3ana_engine_new, pop3ana_judge_new). Usage when a value
/// was refused: `error` is then one line that names the option and its value.
template <typename Object, typename Make>
ExitStatus make_of_library(const Options &options, const pop3ana_config &config,
                           const pop3ana_sink &sink, Make *make, Object *&object,
                           std::string &error) {
    std::array<char, 512> message{};
    const pop3ana_status status = make(&config, &sink, &object, message.data(), message.size());
    if (status == POP3ANA_OK) return ExitStatus::Ok;
    error = refusal_of(status, options, message.data());
    return status == POP3ANA_E_CONFIG ? ExitStatus::Usage : ExitStatus::Failure;
}

} // namespace pop3dump
