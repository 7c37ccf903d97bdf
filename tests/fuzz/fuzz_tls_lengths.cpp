// Results of logins from lengths: sessions with a few servers, as lengths of records, and the bytes
// of a connection.
//
// Laws: each session is decided once, and nothing is said of it behind that; results come in their
// order, and none behind a success; what is held is bounded; chunks of bytes do not matter.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "fuzz_input.hpp"
#include "tls/inference.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace {

using namespace pop3ana;

struct Sink final : InferenceSink {
    struct Said {
        bool is_open = true;
        bool has_succeeded = false;
    };
    void on_login(std::uint64_t connection, const InferredLogin &login) override {
        Said &said = sessions[connection];
        fuzz::law("nothing is said behind the end", said.is_open);
        fuzz::law("nobody logs in twice", !said.has_succeeded);
        said.has_succeeded = login.result == LoginResult::kSuccess;
    }
    void on_decided(std::uint64_t connection, const std::optional<FetchedMail> &mail) override {
        Said &said = sessions[connection];
        fuzz::law("a session is decided once", std::exchange(said.is_open, false));
        fuzz::law("mail needs a login", !mail || said.has_succeeded);
    }
    std::map<std::uint64_t, Said> sessions;
};

std::unique_ptr<Inference::Session> open_session(std::uint64_t number, std::uint8_t server,
                                                 bool greets) {
    ConnectionEnds ends;
    ends.connection = number;
    ends.server.bytes[0] = server;
    return std::make_unique<Inference::Session>(ends, greets);
}

// Most lengths are those of lines.
std::uint32_t length_of(fuzz::Input &input) {
    const std::uint8_t code = input.byte();
    return code < 200 ? code : static_cast<std::uint32_t>(input.number(2));
}

void sessions(fuzz::Input input) {
    Sink sink;
    pop3ana_counters counters{};
    Inference inference(sink, counters);
    std::uint64_t number = 0;
    std::int64_t now_ns = 0;
    while (!input.empty()) {
        const std::uint8_t head = input.byte();
        const auto session = open_session(++number, head & 3, (head & 4) == 0);
        const bool is_tls13 = (head & 8) == 0;
        // The same session again and again is how a server becomes known.
        for (std::size_t left = input.below(64); left > 0 && !input.empty(); --left) {
            const Side from = input.flag() ? Side::kServer : Side::kClient;
            if (session->shadow.text(from, length_of(input), is_tls13))
                inference.on_exchange(*session);
        }
        fuzz::law("what is held is bounded",
                  session->held_bytes() <= 2 * kShadowExchanges * sizeof(ShadowExchange) + 4'096);
        if ((head & 16) != 0) session->shadow.leave_alone();
        inference.end(*session, now_ns);
        if ((head & 32) != 0) now_ns += kShadowKeptNs / 4;
        inference.expire(now_ns);
    }
    inference.finish();
    for (const auto &[connection, said] : sink.sessions)
        fuzz::law("each session is decided", !said.is_open);
    fuzz::law("all sessions are decided", sink.sessions.size() == number);
}

std::string lengths(std::span<const std::uint8_t> data, bool bytewise) {
    fuzz::Input input(data.data(), data.size());
    TextLengthReader reader;
    std::string log;
    bool goes_on = true;
    while (!input.empty() && goes_on) {
        const auto code = input.number(2);
        const Side from = (code & 0x8000) != 0 ? Side::kServer : Side::kClient;
        const Bytes chunk = input.bytes(code & 0x7fff);
        const std::size_t step = bytewise ? 1 : std::max<std::size_t>(chunk.size(), 1);
        for (std::size_t at = 0; at < chunk.size() && goes_on; at += step)
            goes_on = reader.bytes(from, chunk.subspan(at, std::min(step, chunk.size() - at)),
                                   [&](Side side, std::uint32_t length) {
                                       log += side == Side::kServer ? 's' : 'c';
                                       log.append(std::to_string(length));
                                   });
    }
    return log.append(goes_on ? "" : "!");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    sessions({data, size});
    const std::span<const std::uint8_t> bytes{data, size};
    fuzz::same("chunks do not matter", lengths(bytes, true), lengths(bytes, false));
    return 0;
}
