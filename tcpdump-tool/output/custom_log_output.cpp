// The log as the user chose it: some events only, other time stamps, logins with addresses. The log
// without these options has its own output, which spends no time on them.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/event_text.hpp"
#include "output/log_file.hpp"
#include "output/time_stamps.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace pop3dump {
namespace {

/// POP3ANA_LINE_*
std::uint32_t line_form(const LogOptions &options) {
    std::uint32_t form = 0;
    if (options.time_stamps != TimeStampFormat::kEpoch) form |= POP3ANA_LINE_NO_TIME;
    if (options.login_addresses) form |= POP3ANA_LINE_LOGIN_ADDRESSES;
    return form;
}

class CustomLogOutput final : public LogFile {
public:
    CustomLogOutput(const LogOptions &options, OutputContext &context)
        : LogFile(options, context), selection_(options.selection),
          time_stamps_(options.time_stamps), form_(line_form(options)) {}

    void on_event(const pop3ana_event &event, std::string_view /*log_line*/) override {
        if (event.in_log == 0 || !selection_.selects(event)) return;
        file().append(time_stamps_.next(event.ts_ns));
        file().append(log_line_text(line_, event, form_));
        file().put('\n');
        end_line();
    }

private:
    const EventSelection &selection_;
    TimeStamps time_stamps_;
    std::uint32_t form_;
    std::string line_;
};

} // namespace

std::unique_ptr<Output> make_custom_log_output(const OutputOptions &options,
                                               OutputContext &context) {
    if (options.log.json || !options.has_log() || options.log.is_default_form()) return nullptr;
    return std::make_unique<CustomLogOutput>(options.log, context);
}

} // namespace pop3dump
