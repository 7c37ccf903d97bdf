// Results of logins inside TLS without keys, from lengths alone (docs/semantics.md section 10).
//
// What a server's replies look like is learned from the proofs of its sessions. Those that end
// before enough is known of it, or that can be read in two ways, are kept for a while: each is
// tried again as more becomes known. What was said is never taken back.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/address.hpp"
#include "pop3ana/pop3ana.h"
#include "tls/fetched_mail.hpp"
#include "tls/shadow_servers.hpp"
#include "tls/shadow_session.hpp"

#include <map>
#include <optional>
#include <vector>

namespace pop3ana {

struct InferredLogin {
    LoginResult result{};
    std::uint32_t user_bytes = 0;   ///< 0: nobody knows
    std::uint32_t secret_bytes = 0; ///< of the line that ends with the password, or holds it
};

/// Where the results go. Sessions are named by the number of their connection.
class InferenceSink {
public:
    virtual void on_login(std::uint64_t connection, const InferredLogin &login) = 0;
    /// A session that ended: nothing else will be said of it.
    virtual void on_decided(std::uint64_t connection, const std::optional<FetchedMail> &mail) = 0;

protected:
    ~InferenceSink() = default;
};

class Inference {
public:
    /// A session that is not over.
    struct Session {
        Session(const ConnectionEnds &ends, bool greets)
            : connection(ends.connection), address(ends.server), port(ends.responder_port),
              shadow(greets) {}
        [[nodiscard]] ServerEnd end() const { return {address, port, shadow.greeting_bytes()}; }
        std::uint64_t connection;
        Address address; ///< of the server
        std::uint16_t port;
        ShadowSession shadow;
        std::vector<LoginResult> said;

        [[nodiscard]] std::uint64_t held_bytes() const {
            return sizeof(Session) + shadow.held_bytes() + said.capacity();
        }
    };

    /// Both must outlive this.
    Inference(InferenceSink &sink, pop3ana_counters &counters) : sink_(sink), counters_(counters) {}

    /// An exchange of the session is complete: what is certain now is said.
    void on_exchange(Session &session);

    /// The session is over, or nothing more of it is read. Sooner or later on_decided() follows.
    void end(Session &session, std::int64_t now_ns);

    /// Gives up those that have been kept for too long.
    void expire(std::int64_t now_ns);

    /// Nothing follows: all that are kept are decided.
    void finish();

private:
    /// A session that is over.
    struct Kept {
        ServerEnd server;
        std::uint64_t connection = 0;
        std::vector<ShadowExchange> exchanges;
        std::vector<LoginResult> said;
        std::int64_t ended_ns = 0;
        bool is_whole = false;
        bool is_decided = false; ///< kept as a sample alone

        [[nodiscard]] std::uint64_t bytes() const {
            return sizeof(Kept) + exchanges.capacity() * sizeof(ShadowExchange);
        }
    };
    using KeptSessions = std::map<std::uint64_t, Kept>; ///< by their order

    SessionReading say(std::uint64_t connection, std::span<const ShadowExchange> exchanges,
                       const ServerProfile &profile, std::vector<LoginResult> &said);
    bool decide(Kept &kept, const ServerProfile &profile, bool is_last_try);
    void learn(ShadowServer &server, const Kept &kept);
    void learn_anew(ShadowServer &server);
    void try_again(ShadowServer &server, bool is_last_try);
    void keep(ShadowServer &server, Kept kept);
    void make_room();
    void drop(KeptSessions::iterator kept);

    InferenceSink &sink_;
    pop3ana_counters &counters_;
    ShadowServers servers_;
    KeptSessions kept_;
    std::uint64_t kept_bytes_ = 0;
    std::uint64_t last_kept_ = 0;
};

} // namespace pop3ana
