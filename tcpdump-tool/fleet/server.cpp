// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/server.hpp"

#include "fleet/functions_text.hpp"
#include "fleet/server_tls.hpp"

#include "base/parse.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <optional>
#include <thread>

namespace pop3fleet {
namespace {

timeval time_of(std::int64_t milliseconds) {
    return {milliseconds / 1000, milliseconds % 1000 * 1000};
}

/// What passes: the server starts, is a replica, is full, moves a slot, or waits for another.
bool is_passing(std::string_view error) {
    static constexpr std::array kPassing{"LOADING",     "READONLY",   "OOM",
                                         "TRYAGAIN",    "BUSY",       "MISCONF",
                                         "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS"};
    return std::any_of(kPassing.begin(), kPassing.end(),
                       [&](std::string_view word) { return error.starts_with(word); });
}

bool lacks_function(std::string_view error) {
    return error.starts_with("ERR Function not found");
}

} // namespace

// CRC16 of XMODEM, as the specification of clusters has it.
std::uint16_t slot_of(std::string_view key) {
    const std::size_t open = key.find('{');
    const std::size_t close = open == std::string_view::npos ? open : key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1)
        key = key.substr(open + 1, close - open - 1);
    unsigned crc = 0;
    for (const char byte : key) {
        crc ^= static_cast<unsigned>(static_cast<unsigned char>(byte)) << 8U;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 0x8000U) != 0 ? (crc << 1U) ^ 0x1021U : crc << 1U;
    }
    constexpr unsigned kSlots = 16384;
    return static_cast<std::uint16_t>(crc % kSlots);
}

void Server::Disconnect::operator()(redisContext *context) const {
    redisFree(context);
}
void Server::FreeReply::operator()(redisReply *reply) const {
    freeReplyObject(reply);
}

struct Server::Pending {
    const FunctionCall *call;
    std::size_t number; ///< of the call
    std::uint16_t slot;
    Address address;
    bool is_asking = false; ///< of a slot that is being moved
    std::vector<std::string> reply;
};

Server::Server(Options options) : options_(std::move(options)) {}
Server::~Server() = default;

void Server::disconnect() {
    nodes_.clear();
    slots_.clear();
    if (seed_) ++first_address_;
    seed_.reset();
}

void Server::fail(const redisContext &context, const Address &address) const {
    const std::string reason = context.errstr[0] != 0 ? context.errstr : "no reply";
    const ServerUrl &url = options_.url;
    const bool is_url = url.addresses.size() <= 1 && url.master.empty() && address == *seed_;
    throw ServerAway(fmt::format("{}: {}", is_url ? url.text() : address.text(), reason));
}

void Server::fail(const std::string &error, std::string_view advice) const {
    const std::string message = fmt::format("{}: {}", options_.url.text(), error);
    if (is_passing(error)) throw ServerAway(message);
    throw ServerRefusal(fmt::format("{}{}", message, advice));
}

Server::Context Server::open(const Address &address) const {
    const timeval wait = time_of(options_.wait_ms);
    const bool is_socket = address.host.empty();
    Context context{is_socket ? redisConnectUnixWithTimeout(options_.url.path.c_str(), wait)
                              : redisConnectWithTimeout(address.host.c_str(), address.port, wait)};
    if (!context) throw std::bad_alloc();
    if (context->err != 0) fail(*context, address);
    redisSetTimeout(context.get(), wait);
    if (options_.url.has_tls)
        start_tls(*context, {options_.ca_file, address.host, options_.url.text()});
    return context;
}

Server::Context Server::connect(const Address &address) const {
    Context context = open(address);
    authenticate(*context, address);
    if (options_.url.database != 0)
        check(command(*context, {"SELECT", std::to_string(options_.url.database)}), *context,
              address);
    return context;
}

void Server::authenticate(redisContext &context, const Address &address) const {
    const std::string &user = options_.url.user, &password = options_.password;
    if (password.empty()) return;
    check(user.empty() ? command(context, {"AUTH", password})
                       : command(context, {"AUTH", user, password}),
          context, address);
}

void Server::check(const Reply &reply, const redisContext &context, const Address &address) const {
    if (!reply) fail(context, address);
    if (reply->type == REDIS_REPLY_ERROR) fail(std::string{reply->str, reply->len}, "");
}

redisContext &Server::node(const Address &address) {
    const auto found = nodes_.find(address);
    if (found != nodes_.end()) return *found->second;
    return *nodes_.emplace(address, connect(address)).first->second;
}

Server::Reply Server::command(redisContext &context,
                              std::initializer_list<std::string_view> words) {
    std::vector<const char *> texts;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    return Reply{static_cast<redisReply *>(
        redisCommandArgv(&context, static_cast<int>(texts.size()), texts.data(), sizes.data()))};
}

void Server::send(redisContext &context, const FunctionCall &call) {
    const std::string key_count = std::to_string(call.keys.size());
    std::vector<const char *> texts{"FCALL", call.function, key_count.c_str()};
    std::vector<std::size_t> sizes{5, std::char_traits<char>::length(call.function),
                                   key_count.size()};
    for (const auto *const list : {&call.keys, &call.arguments}) {
        for (const std::string &text : *list) {
            texts.push_back(text.data());
            sizes.push_back(text.size());
        }
    }
    if (redisAppendCommandArgv(&context, static_cast<int>(texts.size()), texts.data(),
                               sizes.data()) != REDIS_OK)
        throw std::bad_alloc();
}

Server::Reply Server::receive(redisContext &context) {
    void *reply = nullptr;
    if (redisGetReply(&context, &reply) != REDIS_OK) return nullptr;
    return Reply{static_cast<redisReply *>(reply)};
}

void Server::load_functions(redisContext &context) {
    const Reply reply = command(context, {"FUNCTION", "LOAD", "REPLACE", kFunctionsText});
    if (!reply) fail(context, *seed_);
    if (reply->type == REDIS_REPLY_ERROR)
        fail(std::string{reply->str, reply->len},
             " (functions need Valkey, or Redis from version 7 on, and the right to load them)");
}

bool Server::take(Pending &pending, Reply reply, std::string &why) {
    const auto text_of = [](const redisReply &value) {
        if (value.type == REDIS_REPLY_INTEGER) return std::to_string(value.integer);
        return value.str == nullptr ? std::string{} : std::string{value.str, value.len};
    };
    if (reply->type == REDIS_REPLY_ARRAY) {
        for (std::size_t i = 0; i < reply->elements; ++i)
            pending.reply.push_back(text_of(*reply->element[i]));
        return true;
    }
    if (reply->type != REDIS_REPLY_ERROR) {
        pending.reply.push_back(text_of(*reply));
        return true;
    }
    const std::string error{reply->str, reply->len};
    why = error;
    pending.is_asking = error.starts_with("ASK ");
    if (pending.is_asking || error.starts_with("MOVED ")) {
        // "MOVED SLOT HOST:PORT"; the host of one that knows no name of its own is empty.
        const std::string target = error.substr(error.rfind(' ') + 1);
        const std::size_t colon = target.rfind(':');
        const auto port = pop3ana::parse_number<std::uint16_t>(target.substr(colon + 1));
        if (colon == std::string::npos || !port)
            throw ServerAway(fmt::format("{}: {}", options_.url.text(), error));
        const std::string host = target.substr(0, colon);
        pending.address = {host.empty() ? pending.address.host : host, *port};
        if (!pending.is_asking) slots_[pending.slot] = pending.address;
        return false;
    }
    if (lacks_function(error))
        load_functions(node(pending.address));
    else if (!is_passing(error) || error.starts_with("READONLY")) // Another one is the master now.
        fail(error, "");
    return false;
}

std::vector<std::vector<std::string>> Server::call(std::span<const FunctionCall> calls) {
    std::vector<std::vector<std::string>> replies(calls.size());
    std::vector<Pending> pending;
    const Address first = seed();
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const std::uint16_t slot = slot_of(calls[i].keys.front());
        const auto moved = slots_.find(slot);
        pending.push_back(
            {&calls[i], i, slot, moved == slots_.end() ? first : moved->second, false, {}});
    }
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + std::chrono::milliseconds(options_.wait_ms);
    for (unsigned turn = 0; !pending.empty(); ++turn) {
        std::string why;
        try {
            for (const Pending &one : pending) {
                redisContext &context = node(one.address);
                if (one.is_asking && redisAppendCommand(&context, "ASKING") != REDIS_OK)
                    throw std::bad_alloc();
                send(context, *one.call);
            }
            std::vector<Pending> again;
            std::vector<Reply> received;
            for (const Pending &one : pending) {
                redisContext &context = node(one.address);
                if (one.is_asking && !receive(context)) fail(context, one.address);
                received.push_back(receive(context));
                if (!received.back()) fail(context, one.address);
            }
            for (std::size_t i = 0; i < pending.size(); ++i) {
                if (take(pending[i], std::move(received[i]), why))
                    replies[pending[i].number] = std::move(pending[i].reply);
                else
                    again.push_back(std::move(pending[i]));
            }
            pending = std::move(again);
        } catch (...) {
            disconnect(); // Replies may be under way, of which nobody knows any more.
            throw;
        }
        if (pending.empty()) break;
        if (Clock::now() > deadline) {
            disconnect();
            throw ServerAway(fmt::format("{}: {}", options_.url.text(), why));
        }
        if (turn > 2) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return replies;
}

} // namespace pop3fleet
