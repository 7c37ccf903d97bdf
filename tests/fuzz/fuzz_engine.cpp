// The whole engine by frames. The input is a list of steps: segments of a few connections by their
// distance from what would come next, fragments, other frames, decrypted bytes, time that goes by.
// So the fuzzer reaches deep states instead of guessing checksums and addresses.
//
// Laws: every frame is taken; bytes are conserved; sessions are numbered without holes; time never
// goes back; a line has no control byte; what is held stays below its limit; redaction changes
// nothing but texts; the same frames give the same again.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz_input.hpp"
#include "library.hpp"
#include "run.hpp"
#include "traffic.hpp"

#include <algorithm>
#include <memory>

using namespace pop3ana_test;

namespace {

constexpr const char *kAnyPort = "auto";

class Engine {
public:
    explicit Engine(const pop3ana_config &config) : config_(config) {
        const pop3ana_sink sink = {sizeof(sink), this, on_event};
        char message[256];
        const auto status = pop3ana_engine_new(&config, &sink, &engine_, message, sizeof(message));
        fuzz::law(message, status == POP3ANA_OK);
    }
    ~Engine() { pop3ana_engine_free(engine_); }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    void feed(const Frame &frame) {
        const pop3ana_frame plain = library_frame(frame, ++frame_);
        now_ns_ = frame.ts_ns;
        check(pop3ana_feed_frame(engine_, &plain));
    }
    void decrypted(const Endpoint &client, const Endpoint &server, bool from_server,
                   std::string_view bytes, std::int64_t ts_ns) {
        pop3ana_decrypted plain{};
        plain.struct_size = sizeof(plain);
        plain.data = bytes_of(bytes).data();
        plain.bytes = bytes.size();
        plain.number = ++frame_;
        plain.ts_ns = now_ns_ = ts_ns;
        plain.originator_port = client.port;
        plain.responder_port = server.port;
        std::copy(client.address.begin(), client.address.end(), plain.originator_address);
        std::copy(server.address.begin(), server.address.end(), plain.responder_address);
        plain.address_family = client.family;
        plain.from_responder = from_server ? 1 : 0;
        check(pop3ana_feed_decrypted(engine_, &plain));
    }
    /// In a frame that the library cannot decode.
    void segment(const Endpoint &source, const Endpoint &destination, ByteSpan tcp,
                 std::size_t sent_bytes, std::int64_t ts_ns) {
        constexpr std::uint32_t kNoLinkType = 147;
        feed({ts_ns, kNoLinkType, {}});
        pop3ana_segment plain{};
        plain.struct_size = sizeof(plain);
        plain.data = tcp.data();
        plain.captured_bytes = tcp.size();
        plain.sent_bytes = sent_bytes;
        std::copy(source.address.begin(), source.address.end(), plain.source_address);
        std::copy(destination.address.begin(), destination.address.end(),
                  plain.destination_address);
        plain.address_family = source.family;
        check(pop3ana_feed_segment(engine_, &plain));
    }
    void tick(std::int64_t ts_ns) {
        now_ns_ = ts_ns;
        is_tick_ = true;
        check(pop3ana_tick(engine_, ts_ns));
        is_tick_ = false;
    }

    [[nodiscard]] pop3ana_counters counters() const { return counters_of(engine_); }

private:
    static void on_event(void *user_data, const pop3ana_event *event) {
        static_cast<Engine *>(user_data)->take(*event);
    }

    void take(const pop3ana_event &event) {
        // A tick may come from a clock that is behind the packets.
        // Those of a port that is not listed are held until it is known that it is POP3.
        const bool was_held = config_.ports == kAnyPort && event.frame < frame_;
        fuzz::law("an event has the time of the packet at work",
                  was_held || (is_tick_ ? event.ts_ns >= now_ns_ : event.ts_ns == now_ns_));
        fuzz::law("an event is of the frame at work", event.frame <= frame_);
        fuzz::law("an event belongs to a connection", event.connection != 0);
        if (event.type == POP3ANA_EVENT_NEW_CONNECTION)
            fuzz::law("sessions have no holes", event.session == ++sessions_);
        fuzz::law("a session was opened before", event.session <= sessions_);
        check_line(event);
    }

    void check_line(const pop3ana_event &event) {
        line_.assign(pop3ana_format_log_line(&event, nullptr, 0), '\0');
        pop3ana_format_log_line(&event, line_.data(), line_.size() + 1);
        fuzz::law("in_log says whether there is a line", line_.empty() == (event.in_log == 0));
        fuzz::law(
            "a line has printable ASCII only",
            std::all_of(line_.begin(), line_.end(), [](char c) { return c >= 32 && c < 127; }));
        fuzz::law("a line has a session", line_.empty() || event.session != 0);
    }

    void check(pop3ana_status status) {
        fuzz::law("all input is taken", status >= 0);
        const auto now = counters();
        const auto broken = conservation(now);
        fuzz::law(broken, broken.empty());
        fuzz::law("held bytes are bounded", now.held_bytes <= config_.max_held_bytes);
        fuzz::law("connections are bounded", now.connections_open <= config_.max_connections);
        fuzz::law("clients are bounded", now.clients <= config_.max_clients);
        fuzz::law("nothing went wrong inside", now.internal_errors == 0);
    }

    pop3ana_config config_;
    pop3ana_engine *engine_ = nullptr;
    std::uint64_t frame_ = 0;
    std::uint64_t sessions_ = 0;
    std::int64_t now_ns_ = 0; ///< of the frame or tick at work
    bool is_tick_ = false;
    std::string line_;
};

pop3ana_config config_of(fuzz::Input &input) {
    pop3ana_config config;
    pop3ana_config_init(&config);
    const auto switches = input.byte();
    config.midstream = (switches & 1) != 0 ? 0 : 1;
    config.verify_checksums = (switches & 2) != 0 ? 1 : 0;
    if ((switches & 4) != 0) config.ignore_commands = "STAT,OK,NOOP,USER";
    if ((switches & 8) != 0) config.peer_description = "mx1";
    config.error_threshold = (switches & 16) != 0 ? 0 : 3;
    config.alert_once = (switches & 2) != 0 ? 1 : 0;
    if ((switches & 32) != 0) config.max_connections = 2, config.max_clients = 1;
    if ((switches & 128) != 0) config.ports = kAnyPort;
    if ((switches & 64) != 0) config.max_held_bytes = 600, config.max_fragment_bytes = 400;
    return config;
}

/// A connection as a capture may show it: `next` is what each end would send next.
struct Flow {
    Endpoint client, server;
    std::uint32_t next[2];
};

class Player {
public:
    explicit Player(const pop3ana_config &config)
        : engine_(config), redacted_([&] {
              auto redacted = config;
              redacted.redact = 1;
              return redacted;
          }()) {}

    void step(fuzz::Input &input) {
        const auto code = input.byte();
        Flow &flow = flows_[code >> 4 & 3];
        const unsigned from = code >> 6 & 1;
        switch (code & 15) {
        case 0: handshake(flow); break;
        case 1: send(flow, from, kFin | kAck, ""); break;
        case 2: send(flow, from, kRst, ""); break;
        case 3: wait(input); break;
        case 4: odd_segment(flow, from, input); break;
        case 5: cut_segment(flow, from, input); break;
        case 6: fragments(flow, from, input); break;
        case 7: other_frame(input); break;
        case 8: decrypted(flow, from, input); break;
        case 9: // bytes that the capture does not have
            flow.next[from] += static_cast<std::uint32_t>(input.number(input.flag() ? 3 : 1));
            break;
        case 10: send(flow, from, kAck, ""); break;
        case 11: found_segment(flow, from, input); break;
        default: send(flow, from, kAck, input.pop3_bytes()); break;
        }
    }

    /// What the two engines made of it, and, if it was frames alone, another one.
    void compare(const pop3ana_config &config) {
        Outcome plain, redacted;
        plain.counters = engine_.counters();
        redacted.counters = redacted_.counters();
        fuzz::same("redaction changes no counter", difference_of_counters(plain, redacted), "");
        if (!only_frames_) return;
        Options options;
        options.config = config;
        const auto again = run(capture_, options);
        fuzz::same("what holds for all frames", again.broken_law, "");
        fuzz::same("the same frames give the same", difference_of_counters(plain, again), "");
    }

private:
    void feed(std::uint32_t link_type, Bytes bytes) {
        now_ns_ += 1'000'000;
        capture_.push_back({now_ns_, link_type, std::move(bytes)});
        engine_.feed(capture_.back());
        redacted_.feed(capture_.back());
    }

    [[nodiscard]] static Bytes datagram(const Flow &flow, unsigned from, std::uint32_t seq,
                                        std::uint32_t ack, unsigned flags, std::string_view bytes) {
        const Endpoint &source = from == 0 ? flow.client : flow.server;
        const Endpoint &destination = from == 0 ? flow.server : flow.client;
        return tcp_datagram(source, destination, seq, ack, static_cast<std::uint8_t>(flags),
                            bytes_of(bytes));
    }

    void send(Flow &flow, unsigned from, unsigned flags, std::string_view bytes) {
        feed(kLinkRaw, datagram(flow, from, flow.next[from], flow.next[1 - from], flags, bytes));
        flow.next[from] +=
            static_cast<std::uint32_t>(bytes.size()) + ((flags & (kSyn | kFin)) != 0);
    }

    void handshake(Flow &flow) {
        send(flow, 0, kSyn, "");
        send(flow, 1, kSyn | kAck, "");
    }

    void wait(fuzz::Input &input) {
        constexpr std::int64_t kMs = kSecond / 1000;
        constexpr std::int64_t kWaits[] = {300 * kMs,    1100 * kMs,     11 * kSecond,
                                           31 * kSecond, 3601 * kSecond, 86'401 * kSecond,
                                           -5 * kSecond};
        const auto code = input.byte();
        now_ns_ += kWaits[(code >> 1) % std::size(kWaits)];
        if ((code & 1) == 0) return;
        only_frames_ = false;
        engine_.tick(now_ns_);
        redacted_.tick(now_ns_);
    }

    static std::uint32_t distance(fuzz::Input &input) {
        return input.flag() ? static_cast<std::uint32_t>(input.number(4))
                            : static_cast<std::uint32_t>(static_cast<std::int8_t>(input.byte()));
    }

    /// Flags, sequence number and acknowledgement are not what would come next.
    void odd_segment(Flow &flow, unsigned from, fuzz::Input &input) {
        const auto flags = input.byte();
        const auto seq = flow.next[from] + distance(input);
        const auto ack = flow.next[1 - from] + distance(input);
        const auto text = input.pop3_bytes();
        feed(kLinkRaw, datagram(flow, from, seq, ack, flags, text));
        if ((flags & 0x80) != 0) flow.next[from] = seq + static_cast<std::uint32_t>(text.size());
    }

    /// Captured shorter than sent, or damaged.
    void cut_segment(Flow &flow, unsigned from, fuzz::Input &input) {
        const auto text = input.pop3_bytes();
        auto bytes = datagram(flow, from, flow.next[from], flow.next[1 - from], kAck, text);
        const bool cut = input.flag();
        const auto at = input.below(bytes.size());
        if (cut)
            bytes.resize(at);
        else
            bytes[at] = input.byte();
        feed(kLinkRaw, std::move(bytes));
        flow.next[from] += static_cast<std::uint32_t>(text.size());
    }

    void fragments(Flow &flow, unsigned from, fuzz::Input &input) {
        if (flow.client.family != 4) return;
        const auto whole =
            datagram(flow, from, flow.next[from], flow.next[1 - from], kAck, input.pop3_bytes());
        const ByteSpan segment{ByteSpan{whole}.subspan(20)};
        const auto identification = static_cast<std::uint16_t>(input.below(3));
        for (std::size_t count = 1 + input.below(4); count > 0; --count) {
            const std::size_t begin = std::min<std::size_t>(8 * input.below(8), segment.size());
            const std::size_t length =
                std::min<std::size_t>(input.below(80), segment.size() - begin);
            const bool more = begin + length != segment.size();
            const Endpoint &source = from == 0 ? flow.client : flow.server;
            const Endpoint &destination = from == 0 ? flow.server : flow.client;
            feed(kLinkRaw,
                 ipv4(6, segment.subspan(begin, length), source, destination, identification,
                      static_cast<std::uint16_t>(begin / 8 | (more ? 0x2000U : 0U))));
        }
        if (input.flag()) flow.next[from] += static_cast<std::uint32_t>(segment.size() - 20);
    }

    void other_frame(fuzz::Input &input) {
        const auto link_type = static_cast<std::uint32_t>(input.number(2) % 300);
        const auto bytes = input.bytes(input.byte());
        feed(link_type, {bytes.begin(), bytes.end()});
    }

    void decrypted(const Flow &flow, unsigned from, fuzz::Input &input) {
        only_frames_ = false;
        const auto text = input.pop3_bytes();
        engine_.decrypted(flow.client, flow.server, from == 1, text, now_ns_);
        redacted_.decrypted(flow.client, flow.server, from == 1, text, now_ns_);
    }

    /// By the second door, whole or cut.
    void found_segment(Flow &flow, unsigned from, fuzz::Input &input) {
        only_frames_ = false;
        const auto text = input.pop3_bytes();
        const auto whole = datagram(flow, from, flow.next[from], flow.next[1 - from], kAck, text);
        const ByteSpan tcp = ByteSpan{whole}.subspan(flow.client.family == 4 ? 20 : 40);
        const auto captured = input.flag() ? tcp.size() : input.below(tcp.size());
        for (Engine *engine : {&engine_, &redacted_})
            engine->segment(from == 0 ? flow.client : flow.server,
                            from == 0 ? flow.server : flow.client, tcp.first(captured), tcp.size(),
                            now_ns_);
        flow.next[from] += static_cast<std::uint32_t>(text.size());
    }

    Flow flows_[4] = {
        {endpoint("10.0.0.1", 40000), endpoint("10.0.0.2", 110), {1000, 5000}},
        {endpoint("10.0.0.1", 40001), endpoint("10.0.0.2", 110), {0xffffffe0, 0xfffffff0}},
        {endpoint("2001:db8::1", 40000), endpoint("2001:db8::2", 110), {7, 9}},
        {endpoint("10.0.0.3", 110), endpoint("10.0.0.3", 111), {0x7ffffff0, 0}}};
    Engine engine_, redacted_;
    Capture capture_;
    std::int64_t now_ns_ = kStart;
    bool only_frames_ = true;
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto config = config_of(input);
    Player player(config);
    while (!input.empty())
        player.step(input);
    player.compare(config);
    return 0;
}
