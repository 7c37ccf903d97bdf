// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/shadow_servers.hpp"

#include "base/limits.hpp"

namespace pop3ana {

ServerEnd ShadowServers::server_of(const ServerEnd &end) const {
    constexpr std::uint64_t kExact = 32, kTolerance = 8;
    if (end.greeting < kExact) return end;
    ServerEnd lowest = end;
    lowest.greeting -= kTolerance;
    const auto found = servers_.lower_bound(lowest);
    if (found == servers_.end()) return end;
    ServerEnd highest = end;
    highest.greeting += kTolerance;
    return highest < found->first ? end : found->first;
}

ShadowServer *ShadowServers::find(const ServerEnd &end) {
    const auto found = servers_.find(end);
    return found != servers_.end() ? &found->second : nullptr;
}

ShadowServer &ShadowServers::use(const ServerEnd &end) {
    const auto [found, is_new] = servers_.try_emplace(end);
    ShadowServer &server = found->second;
    const bool is_proved = server.profile.is_proved();
    auto &list = by_use_[is_proved ? 1 : 0];
    if (is_new)
        server.place = list.insert(list.end(), end);
    else
        list.splice(list.end(), by_use_[server.is_proved ? 1 : 0], server.place);
    server.is_proved = is_proved;
    return server;
}

const ServerEnd *ShadowServers::next_to_give_way() const {
    if (servers_.size() < kShadowServers) return nullptr;
    return &(by_use_[0].empty() ? by_use_[1] : by_use_[0]).front();
}

void ShadowServers::erase(const ServerEnd &end) {
    const auto found = servers_.find(end);
    by_use_[found->second.is_proved ? 1 : 0].erase(found->second.place);
    servers_.erase(found);
}

} // namespace pop3ana
