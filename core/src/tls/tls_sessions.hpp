// The sessions that are set aside because they are in TLS: by their connection, and the one at
// work. What their handshakes tell goes on from here.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"
#include "net/application.hpp"
#include "tls/decryptor.hpp"
#include "tls/facts.hpp"
#include "tls/inference.hpp"

#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace pop3ana {

/// See TlsApplication for `Inner`.
template <class Inner> class TlsSessions {
public:
    struct Session {
        ConnectionEnds ends;
        typename Inner::Session inner; ///< what is inside of TLS
        /// nullptr: nothing more is read.
        std::unique_ptr<TlsDecryptor> decryptor = std::make_unique<TlsDecryptor>();
        std::unique_ptr<TlsFactsReader> facts;      ///< until they are told
        std::unique_ptr<Inference::Session> shadow; ///< unless it is decrypted, or over
        bool waits = true;                          ///< for secrets: what it brings is held
        bool is_released = false;                   ///< nothing follows
        bool is_undecided = false;                  ///< more may be inferred, though it is over
        bool is_done = false;                       ///< it is given back once it is decided
        std::optional<ConnectionEnd> end;           ///< that is told then

        [[nodiscard]] std::uint64_t held_bytes() const {
            return (decryptor ? decryptor->held_bytes() : 0) + (facts ? facts->held_bytes() : 0) +
                   (shadow ? shadow->held_bytes() : 0);
        }
    };

    /// Where the clear text of a session goes.
    struct Text final : TlsTextSink {
        Text(TlsSessions &its_sessions, Session &its_session, bool its_covers_all)
            : sessions(its_sessions), session(its_session), covers_all(its_covers_all) {}
        void on_text(Side from, Bytes text, std::uint64_t record) override {
            sessions.counters_.tls_text_bytes += text.size();
            session.shadow.reset();
            // Of the server it names replies: the same for all that decrypt it, also behind a gap.
            constexpr unsigned kMostTextBits = 14; // RFC 8446 s.5.1
            const StreamPosition position =
                from == Side::kServer ? record << kMostTextBits : StreamPosition{0};
            sessions.inner_.text(session.inner, from, {text, position, kNoPosition, covers_all});
        }
        void on_text_gap(Side from) override { sessions.inner_.text_gap(session.inner, from); }
        TlsSessions &sessions;
        Session &session;
        const bool covers_all;
    };

    /// While nothing but the ClientHello is looked for.
    struct NoText final : TlsTextSink {
        void on_text(Side /*from*/, Bytes /*text*/, std::uint64_t /*record*/) override {}
        void on_text_gap(Side /*from*/) override {}
    };

    TlsSessions(Inner &inner, pop3ana_counters &counters) : inner_(inner), counters_(counters) {}

    Session &add(typename Inner::Session inner, const ConnectionEnds &ends) {
        Session &session = sessions_[ends.connection];
        session.ends = ends;
        session.inner = std::move(inner);
        ++counters_.tls_connections;
        return session;
    }
    /// It is over, and given back.
    void forget(Session &session) {
        const std::uint64_t connection = session.ends.connection;
        inner_.release(session.inner, connection);
        if (work_ == &session) work_ = nullptr;
        handshakes_.erase(connection);
        sessions_.erase(connection);
    }

    /// nullptr: there is none.
    [[nodiscard]] Session *find(std::uint64_t connection) {
        const auto found = sessions_.find(connection);
        return found == sessions_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] const Session *find(std::uint64_t connection) const {
        const auto found = sessions_.find(connection);
        return found == sessions_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] Session &at(std::uint64_t connection) { return sessions_.at(connection); }
    [[nodiscard]] auto begin() { return sessions_.begin(); }
    [[nodiscard]] auto end() { return sessions_.end(); }

    void enter(const ConnectionEnds &ends) {
        ends_ = ends;
        work_ = &sessions_.at(ends.connection);
        enter_inner(ends, *work_);
    }
    /// Another connection, which is not ours, is at work.
    void leave() { work_ = nullptr; }
    /// The session that was entered.
    [[nodiscard]] Session &at_work() { return *work_; }
    /// Another session has its turn, until enter_again().
    void visit(Session &session) { enter_inner(session.ends, session); }
    void enter_again() {
        if (work_ != nullptr) enter_inner(ends_, *work_);
    }

    /// Where there are too many handshakes the first that was opened is not told.
    void read_facts(Session &session) {
        session.facts = std::make_unique<TlsFactsReader>();
        handshakes_.insert(session.ends.connection);
        if (handshakes_.size() <= kTlsHandshakes) return;
        drop_facts(sessions_.at(*handshakes_.begin()));
    }
    void tell_facts(Session &session) {
        inner_.tls_facts(session.inner, session.facts->facts());
        drop_facts(session);
    }
    /// No more can be learned.
    void end_facts(Session &session) {
        if (!session.facts) return;
        if (session.facts->is_worth_telling())
            tell_facts(session);
        else
            drop_facts(session);
    }

private:
    /// Inlined at one place only: where clear text passes.
    [[gnu::noinline]] void enter_inner(const ConnectionEnds &ends, Session &session) {
        inner_.enter(ends, session.inner);
    }
    void drop_facts(Session &session) {
        session.facts.reset();
        handshakes_.erase(session.ends.connection);
    }

    Inner &inner_;
    pop3ana_counters &counters_;
    std::unordered_map<std::uint64_t, Session> sessions_; ///< by connection
    std::set<std::uint64_t> handshakes_; ///< those with facts to come; the first opened first
    ConnectionEnds ends_;                ///< of the connection at work
    Session *work_ = nullptr;            ///< the one at work, if it is ours
};

} // namespace pop3ana
