// Which of the servers that --server names is to be asked: the first one that answers, or the one
// that sentinels say is the master.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/server.hpp"

#include "base/parse.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace pop3fleet {

const ServerAddress &Server::seed() {
    const ServerUrl &url = options_.url;
    if (seed_) return *seed_;
    if (!url.path.empty() || !url.master.empty()) {
        seed_ = url.master.empty() ? Address{} : ask_sentinels();
        return *seed_;
    }
    for (std::size_t left = url.addresses.size();; --left) {
        seed_ = url.addresses[first_address_ % url.addresses.size()];
        try {
            node(*seed_);
            return *seed_;
        } catch (const ServerAway &) {
            disconnect();
            if (left == 1) throw;
        }
    }
}

ServerAddress Server::ask_sentinels() const {
    std::string why;
    bool is_known = false;
    for (const Address &sentinel : options_.url.addresses) {
        try {
            if (auto master = ask_sentinel(sentinel)) return *std::move(master);
            is_known = true;
        } catch (const ServerAway &away) {
            why = away.what();
        }
    }
    if (!is_known) throw ServerAway(why);
    throw ServerRefusal(fmt::format("{}: the sentinels know no server by the name {}",
                                    options_.url.text(), options_.url.master));
}

std::optional<ServerAddress> Server::ask_sentinel(const Address &sentinel) const {
    const Context context = open(sentinel);
    const auto ask = [&] {
        Reply reply =
            command(*context, {"SENTINEL", "get-master-addr-by-name", options_.url.master});
        if (!reply) fail(*context, sentinel);
        return reply;
    };
    const auto is_error = [](const redisReply &reply, std::string_view word) {
        return reply.type == REDIS_REPLY_ERROR &&
               std::string_view{reply.str, reply.len}.starts_with(word);
    };
    Reply reply = ask();
    // Sentinels may have a password as the server has; most have none.
    if (is_error(*reply, "NOAUTH") && !options_.password.empty()) {
        authenticate(*context, sentinel);
        reply = ask();
    }
    check(reply, *context, sentinel);
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) return std::nullopt;
    const auto text_of = [&](std::size_t at) {
        const redisReply &element = *reply->element[at];
        return element.str == nullptr ? std::string_view{}
                                      : std::string_view{element.str, element.len};
    };
    const auto port = pop3ana::parse_number<std::uint16_t>(text_of(1));
    if (text_of(0).empty() || !port) return std::nullopt;
    return Address{std::string{text_of(0)}, *port};
}

} // namespace pop3fleet
