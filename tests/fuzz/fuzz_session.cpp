// A POP3 session: both directions interleaved, with gaps, ends, and decrypted bytes behind STLS.
//
// Laws: whatever the chunks, the same facts; redacted, no event shows a secret.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/config.hpp"
#include "base/limits.hpp"
#include "detect/event_builder.hpp"
#include "event_bench.hpp"
#include "fuzz_input.hpp"
#include "session_script.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

using namespace pop3ana;

namespace {

constexpr std::string_view kSecret = "s3cr3tZx9Qk2LmVt";

// Each is a whole line that only the client sends; no part of the secret may be seen.
constexpr std::string_view kLinesWithSecrets[] = {"PASS s3cr3tZx9Qk2LmVt",
                                                  "APOP bob s3cr3tZx9Qk2LmVt",
                                                  "AUTH PLAIN s3cr3tZx9Qk2LmVt",
                                                  "AUTH ODD s3cr3tZx9Qk2LmVt",
                                                  "PSAS s3cr3tZx9Qk2LmVt",
                                                  "s3cr3tZx9Qk2LmVt",
                                                  "AUTH LOGIN Ym9i s3cr3tZx9Qk2LmVt",
                                                  "pass  s3cr3tZx9Qk2LmVt "};

struct Step {
    enum class Kind : std::uint8_t { kBytes, kGap, kGapGoesOn, kEnd, kDecrypted } kind{};
    Side from{};
    std::string bytes;
    std::uint64_t missing = 0;
    std::size_t chunk = 1;
};

struct Script {
    bool midstream = false;
    bool has_secrets = false; ///< in lines that must not show, and nowhere else
    std::vector<Step> steps;
};

/// Whether so much of the secret is in `text` that it is no accident.
bool shows_secret(std::string_view text) {
    constexpr std::size_t kTelling = 8;
    for (std::size_t at = 0; at + kTelling <= kSecret.size(); ++at)
        if (text.find(kSecret.substr(at, kTelling)) != std::string_view::npos) return true;
    return false;
}

/// Hands events on to where they must show no secret.
class Redacted {
public:
    explicit Redacted(bool has_secrets) : builder_(event_options(config(), 3), sink_, counters_) {
        if (!has_secrets) sink_.on_event = [](void *, const pop3ana_event *) {};
        builder_.set_connection(ends_, number_, record_);
    }

    void emit(const Event &made) { unit::emit_again(made, builder_); }

private:
    static const Config &config() {
        static const Config kConfig = [] {
            Config result;
            auto values = default_config();
            values.redact = 1;
            std::string message;
            fuzz::law("a configuration", parse_config(values, result, message));
            return result;
        }();
        return kConfig;
    }
    static void check(void *, const pop3ana_event *event) {
        for (const auto &slice : {event->command, event->text, event->user, event->password})
            fuzz::law("no secret is shown", !shows_secret({slice.ptr, slice.len}));
    }

    pop3ana_sink sink_{sizeof(pop3ana_sink), nullptr, check};
    pop3ana_counters counters_{};
    ConnectionEnds ends_{{{10, 0, 0, 1}, 4}, {{10, 0, 0, 2}, 4}, 1, 40000, 110};
    SessionNumber number_;
    SessionRecord record_;
    EventBuilder builder_;
};

class Bench final : public EventSink {
public:
    Bench(const Script &script, bool in_chunks)
        : in_chunks_(in_chunks),
          redacted_(script.has_secrets), context_{*this, pool_, exchanges_, scratch_, 0},
          session_(script.midstream) {}
    ~Bench() { session_.release(context_); }
    Bench(const Bench &) = delete;
    Bench &operator=(const Bench &) = delete;

    void emit() override {
        fuzz::law("an event has a type", event_.type != 0 && event_.type <= POP3ANA_EVENT_PROXIED);
        recorder_.record(event_);
        redacted_.emit(event_);
    }
    void note_stls_offer() override { recorder_.note_stls_offer(); }
    [[nodiscard]] bool has_offered_stls() const override { return recorder_.has_offered_stls(); }

    void take(const Step &step) {
        switch (step.kind) {
        case Step::Kind::kBytes: take_bytes(step); break;
        case Step::Kind::kGap:
            session_.gap(step.from, step.missing, step.missing > kPlausibleAheadBytes, context_);
            break;
        case Step::Kind::kGapGoesOn: session_.gap_is_concurrent(step.from, context_); break;
        case Step::Kind::kEnd: session_.end(step.from, context_); break;
        case Step::Kind::kDecrypted:
            if (session_.is_tls()) session_.continue_decrypted(context_);
            break;
        }
    }

    std::string facts() {
        return recorder_.take() + " = " + std::string{unit::name_of(session_.phase())};
    }

private:
    void take_bytes(const Step &step) {
        const std::size_t size = in_chunks_ ? step.chunk : step.bytes.size();
        for (std::size_t at = 0; at < step.bytes.size(); at += size) {
            const std::string_view part = std::string_view{step.bytes}.substr(at, size);
            const auto copy = std::make_unique<std::uint8_t[]>(part.size());
            std::copy(part.begin(), part.end(), copy.get());
            ++context_.frame;
            session_.bytes(step.from, {Bytes{copy.get(), part.size()}}, context_);
        }
    }

    bool in_chunks_;
    unit::Recorder recorder_;
    Redacted redacted_;
    TextPool pool_;
    ExchangePool exchanges_;
    std::string scratch_;
    SessionContext context_;
    Pop3Session session_;
};

Script script_of(fuzz::Input &input) {
    Script script;
    script.midstream = input.flag();
    auto &steps = script.steps;
    std::string others[2]; // what each side sends beside the lines with secrets
    const auto add = [&](Step step) {
        const bool goes_on = !steps.empty() && steps.back().kind == Step::Kind::kBytes &&
                             step.kind == Step::Kind::kBytes && steps.back().from == step.from;
        if (goes_on)
            steps.back().bytes += step.bytes;
        else
            steps.push_back(std::move(step));
    };
    while (!input.empty()) {
        Step step;
        const auto code = input.byte();
        step.from = (code & 0x80) != 0 ? Side::kServer : Side::kClient;
        step.chunk = 1 + (code >> 4 & 7);
        switch (code & 15) {
        case 0:
            step.kind = Step::Kind::kGap;
            step.missing = input.byte();
            break;
        case 1: step.kind = Step::Kind::kGapGoesOn; break;
        case 2: step.kind = Step::Kind::kEnd; break;
        case 3: step.kind = Step::Kind::kDecrypted; break;
        case 4:
        case 5:
            step.from = Side::kClient;
            step.bytes.append("\r\n")
                .append(kLinesWithSecrets[input.below(std::size(kLinesWithSecrets))])
                .append("\r\n");
            break;
        default:
            step.bytes = input.pop3_bytes();
            others[static_cast<std::size_t>(step.from)] += step.bytes;
            break;
        }
        if (step.kind == Step::Kind::kBytes && step.bytes.empty()) continue;
        add(std::move(step));
    }
    // The fuzzer finds out what the secret is, and tells it in the open.
    script.has_secrets = !shows_secret(others[0]) && !shows_secret(others[1]);
    return script;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto script = script_of(input);
    Bench whole{script, false}, in_chunks{script, true};
    for (const Step &step : script.steps) {
        whole.take(step);
        in_chunks.take(step);
    }
    fuzz::same("chunks do not matter", whole.facts(), in_chunks.facts());
    return 0;
}
