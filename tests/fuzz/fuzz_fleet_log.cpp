// A log of pop3dump --json as pop3fleet reads it: lines, the events they are put together to, and
// what is written of these.
//
// Laws: a line is read alike whatever stood before it; events come out of the assembler in order,
// each error once; a warning is one printable line, in JSON an object with the same line, and its
// name does not depend on its count; a form gives nothing or one object in ASCII, in which no
// secret makes a difference.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/event_assembler.hpp"
#include "fleet/event_text.hpp"
#include "fleet/forms/fields.hpp"
#include "fleet/warning_line.hpp"
#include "fuzz_input.hpp"

#include "events/event_table.hpp"

#include <algorithm>
#include <array>
#include <pop3ana/pop3ana.h>
#include <simdjson.h>

namespace {

using namespace pop3fleet;
namespace dom = simdjson::dom;

const std::string kSensor = "mx1";

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 32 && c < 127; });
}

/// All that is read of a line.
std::string text_of(LogEventReader::Result result, const LogEvent &event) {
    std::string text = std::to_string(static_cast<int>(result));
    if (result == LogEventReader::Result::kNotAnEvent) return text;
    text.append(" ").append(std::to_string(event.time_us));
    if (result == LogEventReader::Result::kOther) return text;
    for (const std::uint64_t number :
         {std::uint64_t(event.kind), event.session, std::uint64_t(event.client_port),
          std::uint64_t(event.server_port), std::uint64_t(event.reply_end),
          std::uint64_t(event.is_inferred), std::uint64_t(event.is_guess), event.count})
        text.append(" ").append(std::to_string(number));
    for (const pop3ana::Address &address : {event.client, event.server})
        text.append(address.bytes.begin(), address.bytes.end())
            .append(1, static_cast<char>(address.family));
    for (const std::string &one :
         {event.user, event.secret, event.alert, event.detail, event.members})
        text.append(one) += '\n';
    return text;
}

LogEventReader::Result read(LogEventReader &reader, std::string_view line, LogEvent &event) {
    const auto result = reader.read(line, event);
    LogEvent again;
    again.time_us = -1; // what was there before does not stay
    again.session = 7;
    LogEventReader other;
    const auto result_again = other.read(line, again);
    fuzz::same("a line is read alike", text_of(result_again, again), text_of(result, event));
    if (result == LogEventReader::Result::kNotAnEvent) return result;
    constexpr std::int64_t kMostMicroseconds = std::int64_t{1} << 52U; // exact as a double
    fuzz::law("a time", event.time_us >= 0 && event.time_us < kMostMicroseconds);
    if (result != LogEventReader::Result::kEvent) return result;
    for (const pop3ana::Address &address : {event.client, event.server})
        fuzz::law("an address", address.family == 4 || address.family == 6);
    fuzz::law("nobody knows what was inferred",
              !event.is_inferred || (event.user.empty() && event.secret.empty()));
    return result;
}

// ---------------------------------------------------------------- assembler

/// As a sensor has it: see Sensor::read().
class Assembly {
public:
    void take(LogEventReader::Result result, const LogEvent &event, std::size_t bytes) {
        const std::int64_t time_us = assembler_.time_us();
        const LogPlace begin{position_, 1, position_, 1};
        position_ += bytes + 1;
        if (result == LogEventReader::Result::kEvent) {
            errors_ += event.kind == LogEvent::Kind::kError ? 1 : 0;
            assembler_.take(LogEvent{event}, begin, position_, events_);
        } else if (result == LogEventReader::Result::kOther) {
            assembler_.pass(event.time_us);
        } else if (bytes == 0) {
            assembler_.flush(events_);
        }
        check(time_us);
    }

    void finish() {
        const std::int64_t time_us = assembler_.time_us();
        assembler_.flush(events_);
        check(time_us);
        fuzz::law("nothing waits", !assembler_.waits_from());
        fuzz::law("each error once", errors_ == 0);
    }

private:
    /// `time_us`: before it nothing comes.
    void check(std::int64_t time_us) {
        fuzz::law("time never goes back", assembler_.time_us() >= time_us);
        for (const CountedEvent &event : events_) {
            fuzz::law("for a reason", event.is_error || event.is_login || event.is_own ||
                                          event.is_inferred_guess ||
                                          event.event.kind == LogEvent::Kind::kStlsOffer);
            fuzz::law("in the order of places", event.begin.position >= last_ &&
                                                    event.position > event.begin.position &&
                                                    event.position <= position_);
            fuzz::law("in the order of times", event.time_us >= time_us);
            fuzz::law("a login has a user", !event.is_login || !event.event.user.empty());
            last_ = event.position;
            time_us = event.time_us;
            errors_ -= event.is_error ? 1 : 0;
        }
        events_.clear();
        const auto waits_from = assembler_.waits_from();
        fuzz::law("what waits is not written", !waits_from || waits_from->position >= last_);
    }

    EventAssembler assembler_;
    std::deque<CountedEvent> events_;
    std::uint64_t position_ = 0;
    std::uint64_t last_ = 0; ///< behind the last event
    std::int64_t errors_ = 0;
};

// ---------------------------------------------------------------- what is written

class Writing {
public:
    void line(std::string_view line) {
        forms(line);
        dom::object object;
        if (!line.starts_with('{') ||
            parser_.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS)
            return;
        const std::string same = with_secrets(object, false);
        const std::string other = with_secrets(object, true);
        for (std::size_t i = 0; i < kFormCount; ++i) {
            const std::string text = writers_[i].write(kSensor, line);
            fuzz::same("blanks do not matter", writers_[i].write(kSensor, same), text);
            fuzz::same("secrets do not matter", writers_[i].write(kSensor, other), text);
        }
    }

    void warnings(const LogEvent &event) {
        for (const pop3ana::AlertRow &row : pop3ana::kAlerts)
            warning(event, row.kind);
    }

private:
    void forms(std::string_view json) {
        for (FormWriter &writer : writers_) {
            const std::string text = writer.write(kSensor, json);
            if (text.empty()) continue;
            fuzz::law("a form is one line of ASCII", is_printable(text));
            dom::object object;
            fuzz::law("a form is an object",
                      parser_.parse(text).get(object) == simdjson::SUCCESS && object.size() > 0);
        }
    }

    void warning(const LogEvent &event, std::uint32_t alert) {
        constexpr std::uint64_t kCount = 12, kOtherCount = 3456;
        const std::string line = warning_line(kSensor, event, alert, kCount);
        fuzz::law("a warning is one printable line", is_printable(line));
        fuzz::law("a warning names its session",
                  line.find(" #mx1-" + std::to_string(event.session) + " ") != std::string::npos);
        const std::string json = warning_json(kSensor, event, alert, kCount, line);
        fuzz::law("in JSON, too", json.find('\n') == std::string::npos);
        dom::object object;
        fuzz::law("a warning in JSON is an object",
                  parser_.parse(json).get(object) == simdjson::SUCCESS);
        if (event.members.find(R"("line":)") == std::string::npos) {
            std::string_view text;
            fuzz::law("which has the line", object["line"].get(text) == simdjson::SUCCESS);
            fuzz::same("the same", text, line);
        }
        forms(json);
        // The text of stls is pop3dump's own; here it may be anything, or nothing.
        if (alert == POP3ANA_ALERT_STLS) return;
        const std::string name = warning_name(line);
        fuzz::law("a warning has a name", !name.empty() && line.starts_with(name));
        fuzz::same("whatever it counts",
                   warning_name(warning_line(kSensor, event, alert, kOtherCount)), name);
        fuzz::same("in JSON as well", warning_name(json), name);
    }

    /// The object as it is, or with other texts where a secret may be.
    static std::string with_secrets(dom::object object, bool other) {
        static constexpr std::array<std::string_view, 3> kOfSecrets{"PASS", "APOP", "AUTH"};
        std::string_view command;
        std::string_view event;
        if (object["event"].get(event) != simdjson::SUCCESS) event = "none";
        const bool is_of_secret =
            object["command"].get(command) == simdjson::SUCCESS &&
            std::find(kOfSecrets.begin(), kOfSecrets.end(), command) != kOfSecrets.end();
        std::string json = "{";
        for (const auto &[key, value] : object) {
            const bool may_be_one = key == "password" || key == "login_hash" || key == "line" ||
                                    (event == "anomaly" && key == "detail") ||
                                    (is_of_secret && (key == "arg" || key == "msg" ||
                                                      (event == "unexpected" && key == "detail")));
            if (json.size() > 1) json += ", ";
            append_json_text(json, key);
            json += ": ";
            if (other && may_be_one && value.is_string())
                append_json_text(json, "another secret");
            else
                json += simdjson::minify(value);
        }
        return json += "}";
    }

    dom::parser parser_;
    std::array<FormWriter, kFormCount> writers_{FormWriter{Form::kEve}, FormWriter{Form::kZeek},
                                                FormWriter{Form::kEcs}, FormWriter{Form::kOcsf}};
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto bytes = input.rest();
    const std::string text{bytes.begin(), bytes.end()};
    LogEventReader reader;
    LogEvent event;
    Assembly assembly;
    Writing writing;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const auto result = read(reader, line, event);
        assembly.take(result, event, line.size());
        writing.line(line);
        if (result == LogEventReader::Result::kEvent) writing.warnings(event);
    }
    assembly.finish();
    return 0;
}
