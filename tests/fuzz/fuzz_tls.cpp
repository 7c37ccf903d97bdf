// POP3 in TLS through the C interface, with keys. The input is a list of steps: flights of a right
// handshake, text that is sealed with its keys, hellos and records of any kind, lost bytes, damaged
// records, secrets that are right, wrong or somebody else's.
//
// Laws: all is taken; bytes are conserved; what is held stays below its limit; a line is printable;
// a login is told only of texts that were sealed; where no byte is lost, other segments give the
// same lines, and so do secrets that come last.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz_input.hpp"
#include "library.hpp"
#include "run.hpp"
#include "tls_writer.hpp"
#include "traffic.hpp"

#include <algorithm>

using namespace pop3ana_test;

namespace {

constexpr std::uint64_t kHeldBytes = 60'000;

class Engine {
public:
    explicit Engine(bool tells_facts) {
        pop3ana_config config;
        pop3ana_config_init(&config);
        config.tls_ports = "995";
        config.tls_wait = 1;
        config.tls_facts = tells_facts ? 1 : 0;
        config.max_held_bytes = kHeldBytes;
        const pop3ana_sink sink = {sizeof(sink), this, on_event};
        char message[256];
        fuzz::law("an engine", pop3ana_engine_new(&config, &sink, &engine_, message,
                                                  sizeof(message)) == POP3ANA_OK);
    }
    ~Engine() { pop3ana_engine_free(engine_); }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    void feed(const Capture &capture) {
        for (const Frame &frame : capture) {
            const pop3ana_frame plain = library_frame(frame, ++frame_);
            check(pop3ana_feed_frame(engine_, &plain));
        }
    }
    void add(const TlsSecret &secret) {
        const auto status =
            pop3ana_add_tls_secret(engine_, secret.label, bytes_of(secret.client_random).data(),
                                   bytes_of(secret.secret).data(), secret.secret.size());
        fuzz::law("a secret is taken", status == POP3ANA_OK);
    }
    void use_secrets() { check(pop3ana_use_tls_secrets(engine_)); }
    void tick(std::int64_t ts_ns) { check(pop3ana_tick(engine_, ts_ns)); }

    /// All lines but those of facts, without times and numbers.
    [[nodiscard]] const std::string &log() const { return log_; }
    [[nodiscard]] bool has_login() const { return has_login_; }
    [[nodiscard]] pop3ana_counters counters() const { return counters_of(engine_); }

private:
    static void on_event(void *user_data, const pop3ana_event *event) {
        static_cast<Engine *>(user_data)->take(*event);
    }
    void take(const pop3ana_event &event) {
        fuzz::law("an event belongs to a connection", event.connection != 0);
        fuzz::law("no frame of the future", event.frame <= frame_);
        if (event.type == POP3ANA_EVENT_NEW_CONNECTION)
            fuzz::law("sessions have no holes", event.session == ++sessions_);
        has_login_ = has_login_ || event.type == POP3ANA_EVENT_LOGIN_SUCCESS ||
                     event.type == POP3ANA_EVENT_LOGIN_FAILURE;
        line_.assign(pop3ana_format_log_line(&event, nullptr, 0), '\0');
        pop3ana_format_log_line(&event, line_.data(), line_.size() + 1);
        fuzz::law(
            "a line has printable ASCII only",
            std::all_of(line_.begin(), line_.end(), [](char c) { return c >= 32 && c < 127; }));
        if (!line_.empty() && event.type != POP3ANA_EVENT_TLS)
            log_.append(without_time_and_number(line_)).append("\n");
    }
    void check(pop3ana_status status) {
        fuzz::law("all input is taken", status >= 0);
        const auto now = counters();
        const auto broken = conservation(now);
        fuzz::law(broken, broken.empty());
        fuzz::law("held bytes are bounded", now.held_bytes <= kHeldBytes);
        fuzz::law("nothing went wrong inside", now.internal_errors == 0);
    }

    pop3ana_engine *engine_ = nullptr;
    std::uint64_t frame_ = 0, sessions_ = 0;
    bool has_login_ = false;
    std::string line_, log_;
};

/// The same steps for an engine: in segments as they come, or others; with secrets when they come,
/// or last.
class Player {
public:
    Player(fuzz::Input input, bool splits, bool keys_are_late)
        : splits_(splits), keys_are_late_(keys_are_late),
          writer_(tls_suites()[input.below(tls_suites().size())]), switches_(input.byte()),
          engine_((switches_ & 1) != 0), talk_([] {
              ConversationSettings settings;
              settings.server.port = 995;
              return settings;
          }()) {
        flights_ = writer_.handshake();
        talk_.open();
        if ((switches_ & 2) != 0) add_secrets(writer_);
        while (!input.empty())
            step(input);
        feed();
        for (const TlsSecret &secret : late_)
            engine_.add(secret);
        engine_.use_secrets();
    }

    [[nodiscard]] const Engine &engine() const { return engine_; }
    [[nodiscard]] bool has_sealed() const { return has_sealed_; }
    [[nodiscard]] bool lacks_bytes() const { return lacks_bytes_; }
    /// Whether a segment more than an hour ahead was not believed (docs/semantics.md section 6).
    [[nodiscard]] bool disputes_clock() const { return disputes_clock_; }
    /// Whether secrets came all at once.
    [[nodiscard]] bool has_whole_secrets() const { return has_whole_secrets_; }

private:
    void step(fuzz::Input &input) {
        const auto code = input.byte();
        const bool is_server = (code & 0x80) != 0;
        switch (code & 15) {
        case 0: flight(); break;
        case 1: send(is_server, writer_.plain(type(input), text(input))); break;
        case 2: send(is_server, text(input)); break;
        case 3: hello(is_server, input); break;
        case 4: lose(is_server, std::string(1 + input.number(2) % 20'000, 'x')); break;
        case 5: lose(is_server, sealed(is_server, TlsType::Data, input)); break;
        case 6: secrets(input); break;
        case 7: damaged(is_server, input); break;
        case 8: cut(is_server, input); break;
        case 9:
            send(is_server, writer_.seal(is_server, TlsType::Handshake,
                                         tls_message(24, std::string(1, '\0'))));
            writer_.update_key(is_server);
            break;
        case 10: writer_.start(is_server, static_cast<TlsWriter::Epoch>(input.below(3))); break;
        case 11: send(is_server, sealed(is_server, type(input), input)); break;
        case 12: end(is_server, input); break;
        case 13: talk_.acknowledge(side(is_server)); break;
        default: send(is_server, sealed(is_server, TlsType::Data, input)); break;
        }
        feed();
    }

    static Side side(bool is_server) { return is_server ? Side::Server : Side::Client; }
    static TlsType type(fuzz::Input &input) { return static_cast<TlsType>(20 + input.below(4)); }
    static std::string text(fuzz::Input &input) {
        const auto bytes = input.bytes(input.byte());
        return {bytes.begin(), bytes.end()};
    }

    void flight() {
        if (next_flight_ == flights_.size()) return;
        const auto &next = flights_[next_flight_++];
        send(next.from_server, next.bytes);
    }

    std::string sealed(bool is_server, TlsType type, fuzz::Input &input) {
        has_sealed_ = true;
        const auto code = input.byte();
        std::string text = input.pop3_bytes();
        if ((code & 0x40) != 0) text.resize(text.size() + 250 * (code & 63), 'x');
        return writer_.seal(is_server, type, text, (code & 0x80) != 0 ? code & 15 : 0);
    }

    // One of the right hellos with bytes changed, or any message.
    void hello(bool is_server, fuzz::Input &input) {
        const auto code = input.byte();
        std::string message = is_server ? writer_.server_hello() : writer_.client_hello();
        if ((code & 1) != 0)
            message = is_server ? writer_.server_hello(tls_extension(41, std::string(2, '\0')))
                                : writer_.client_hello(tls_extension(42, ""));
        if ((code & 2) != 0) message = tls_message(input.byte(), text(input));
        for (std::size_t count = code >> 2 & 3; count > 0 && !message.empty(); --count)
            message[input.number(2) % message.size()] = static_cast<char>(input.byte());
        const std::size_t step = (code & 16) != 0 ? 1 + input.byte() : message.size();
        for (std::size_t at = 0; at < message.size(); at += step)
            send(is_server, writer_.plain(TlsType::Handshake, message.substr(at, step)));
    }

    void secrets(fuzz::Input &input) {
        const auto code = input.byte();
        switch (code & 3) {
        case 0: add_secrets(writer_); break;
        case 1: add_secrets(TlsWriter{tls_suites()[code % tls_suites().size()], 77}); break;
        case 2: {
            const auto all = writer_.secrets();
            has_whole_secrets_ = false;
            add(all[(code >> 2) % all.size()]);
            break;
        }
        default: {
            TlsSecret wrong = writer_.secrets().front();
            constexpr std::size_t kMostSecretBytes = 48;
            has_whole_secrets_ = false;
            wrong.secret.resize(1 + (code >> 2) % kMostSecretBytes, 'w');
            add(wrong);
        }
        }
    }
    void add_secrets(const TlsWriter &writer) {
        for (const TlsSecret &secret : writer.secrets())
            add(secret);
    }
    void add(const TlsSecret &secret) {
        if (keys_are_late_)
            late_.push_back(secret);
        else
            engine_.add(secret);
    }

    void damaged(bool is_server, fuzz::Input &input) {
        std::string record = sealed(is_server, TlsType::Data, input);
        record[input.number(2) % record.size()] ^= static_cast<char>(1 + input.below(255));
        send(is_server, record);
    }

    void cut(bool is_server, fuzz::Input &input) {
        const std::string record = sealed(is_server, TlsType::Data, input);
        const std::size_t at = input.number(2) % record.size();
        const std::size_t until = std::min(at + 1 + input.byte(), record.size());
        send(is_server, record.substr(0, at));
        lose(is_server, record.substr(at, until - at));
        send(is_server, record.substr(until));
    }

    void end(bool is_server, fuzz::Input &input) {
        const auto code = input.below(4);
        if (code == 0) talk_.rst(side(is_server));
        if (code == 1) talk_.fin(side(is_server));
        if (code == 2) wait(static_cast<std::int64_t>(input.byte()) * 100 * kSecond);
        if (code == 3) engine_.tick(talk_.now_ns());
    }

    void wait(std::int64_t ns) {
        constexpr std::int64_t kHour = 3'600 * kSecond;
        talk_.wait(ns);
        waited_ns_ += ns;
        disputes_clock_ = disputes_clock_ || waited_ns_ > kHour;
    }

    void send(bool is_server, std::string_view bytes) {
        if (!bytes.empty()) waited_ns_ = 0;
        constexpr std::size_t kSegment = 1'400, kPiece = 97;
        while (!bytes.empty()) {
            const std::size_t size = std::min(bytes.size(), splits_ ? kPiece : kSegment);
            talk_.send(side(is_server), bytes.substr(0, size));
            bytes.remove_prefix(size);
        }
    }
    void lose(bool is_server, std::string_view bytes) {
        lacks_bytes_ = true;
        if (!bytes.empty()) talk_.lose(side(is_server), bytes);
    }
    void feed() { engine_.feed(talk_.take()); }

    const bool splits_, keys_are_late_;
    TlsWriter writer_;
    const std::uint8_t switches_;
    Engine engine_;
    Conversation talk_;
    std::vector<TlsWriter::Flight> flights_;
    std::size_t next_flight_ = 0;
    std::vector<TlsSecret> late_;
    bool has_sealed_ = false, has_whole_secrets_ = true, lacks_bytes_ = false,
         disputes_clock_ = false;
    std::int64_t waited_ns_ = 0; ///< since bytes were sent
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size < 4) return 0;
    const Player plain(fuzz::Input(data, size), false, false);
    fuzz::law("no login from noise", plain.has_sealed() || !plain.engine().has_login());
    const Player split(fuzz::Input(data, size), true, false);
    // Behind a loss, other segments bring other proofs of what was received; and the first segment
    // that is not believed to be hours later is a stray one, whatever its size.
    if (!plain.lacks_bytes() && !plain.disputes_clock())
        fuzz::same("other segments", split.engine().log(), plain.engine().log());
    const Player late(fuzz::Input(data, size), false, true);
    if (plain.has_whole_secrets() && late.engine().counters().tls_given_up == 0)
        fuzz::same("secrets that come last", late.engine().log(), plain.engine().log());
    return 0;
}
