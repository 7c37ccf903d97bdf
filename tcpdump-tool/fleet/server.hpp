// The server of a fleet: Valkey or Redis, alone, with sentinels or as a cluster, reached by
// hiredis. It runs the functions of functions/.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "fleet/server_url.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct redisContext;
struct redisReply;

namespace pop3fleet {

/// The server cannot be had at present: what it was asked may have been done or not. The message is
/// one line that names it.
class ServerAway : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What will not change by waiting: a wrong password, another pop3fleet with this sensor's name.
class ServerRefusal : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A call of one function. All keys are in one slot.
struct FunctionCall {
    const char *function;
    std::vector<std::string> keys;
    std::vector<std::string> arguments;
};

class Server {
public:
    struct Options {
        ServerUrl url;
        std::string password;        ///< "": none
        std::string ca_file;         ///< of rediss://; "": those of the system
        std::int64_t wait_ms = 5000; ///< for a reply, and for a server that refuses
    };

    explicit Server(Options options);
    ~Server();
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    /// Sends all calls before it waits for replies; calls of one slot are done in their order. What
    /// moves to another server of a cluster, or is refused for a while, is sent again. The replies
    /// in the order of the calls: of each the texts of its array, or its one text or number.
    /// Throws ServerAway or ServerRefusal.
    std::vector<std::vector<std::string>> call(std::span<const FunctionCall> calls);

    /// The connections are given up; the next call() makes new ones.
    void disconnect();

private:
    struct Disconnect {
        void operator()(redisContext *context) const;
    };
    struct FreeReply {
        void operator()(redisReply *reply) const;
    };
    using Context = std::unique_ptr<redisContext, Disconnect>;
    using Reply = std::unique_ptr<redisReply, FreeReply>;
    using Address = ServerAddress;
    struct Pending; ///< a call, and where it goes

    Context open(const Address &address) const;
    Context connect(const Address &address) const;
    void authenticate(redisContext &context, const Address &address) const;
    void check(const Reply &reply, const redisContext &context, const Address &address) const;
    redisContext &node(const Address &address);
    /// Where the server is, or a node of the cluster: connected.
    const Address &seed();
    Address ask_sentinels() const;
    std::optional<Address> ask_sentinel(const Address &sentinel) const;
    static Reply command(redisContext &context, std::initializer_list<std::string_view> words);
    static void send(redisContext &context, const FunctionCall &call);
    static Reply receive(redisContext &context);
    void load_functions(redisContext &context);
    /// Whether the reply is final; else the call is to be sent again.
    bool take(Pending &pending, Reply reply, std::string &why);
    [[noreturn]] void fail(const redisContext &context, const Address &address) const;
    /// What the server has answered; `advice` is said too where waiting does not help.
    [[noreturn]] void fail(const std::string &error, std::string_view advice) const;

    Options options_;
    std::optional<Address> seed_;   ///< empty: to be found
    std::size_t first_address_ = 0; ///< of the URL: to be tried next, modulo their number
    std::map<Address, Context> nodes_;
    std::map<std::uint16_t, Address> slots_; ///< of those that are not at the seed
};

/// The slot of a cluster that a key is in: by what stands between its first { and }.
std::uint16_t slot_of(std::string_view key);

} // namespace pop3fleet
