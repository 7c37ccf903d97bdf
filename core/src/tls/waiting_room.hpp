// What belongs to TLS connections whose secrets are not known yet: their sessions are put aside,
// and what comes is held with its frame and time. When the secrets come, all that waited for them
// goes on in the order of the capture, also for connections that are over by then.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/limits.hpp"
#include "tls/secrets.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace pop3ana {

/// `Input` is what a connection brings: it has `frame`, and cost() in bytes.
template <class Input> class WaitingRoom {
public:
    /// Holds the input of a connection. Where it is too much, for the connection or for all, the
    /// longest waiting ones give way: `on_given_up(connection, inputs)` is called, and may be
    /// called for this one.
    template <class OnGivenUp>
    void hold(std::uint64_t connection, Input input, OnGivenUp on_given_up) {
        const auto [found, is_new] = guests_.try_emplace(connection);
        Guest &guest = found->second;
        const std::uint64_t cost = input.cost() + (is_new ? kTlsGuestBytes : 0);
        guest.cost += cost;
        cost_ += cost;
        guest.inputs.push_back(std::move(input));
        if (guest.cost > kTlsHeldBytes) give_up(connection, on_given_up);
        while (cost_ > kTlsHeldBytesTotal)
            give_up(guests_.begin()->first, on_given_up);
    }

    /// The connection waits for secrets of this ClientHello.
    void wait_for(std::uint64_t connection, Bytes client_random) {
        Random random;
        std::copy(client_random.begin(), client_random.end(), random.begin());
        guests_[connection].random = random;
        by_random_.emplace(random, connection);
    }

    /// All secrets of the ClientHello are known now.
    void on_secrets(Bytes client_random) {
        Random random;
        std::copy(client_random.begin(), client_random.end(), random.begin());
        const auto [first, last] = by_random_.equal_range(random);
        for (auto found = first; found != last; ++found)
            ready_.push_back(found->second);
    }
    void on_secrets(std::uint64_t connection) { ready_.push_back(connection); }

    [[nodiscard]] bool has_ready() const { return !ready_.empty(); }

    /// Lets those go on that are ready: `on_input(connection, input)` for each input.
    template <class OnInput> void let_go(OnInput on_input) {
        struct Turn {
            std::uint64_t connection;
            Input input;
        };
        std::vector<Turn> turns;
        for (const std::uint64_t connection : std::exchange(ready_, {})) {
            for (Input &input : take(connection))
                turns.push_back({connection, std::move(input)});
        }
        std::stable_sort(turns.begin(), turns.end(), [](const Turn &a, const Turn &b) {
            return a.input.frame < b.input.frame;
        });
        for (const Turn &turn : turns)
            on_input(turn.connection, turn.input);
    }

    /// What a connection has brought; it does not wait any more.
    std::vector<Input> take(std::uint64_t connection) {
        const auto guest = guests_.find(connection);
        if (guest == guests_.end()) return {};
        std::vector<Input> inputs = std::move(guest->second.inputs);
        cost_ -= guest->second.cost;
        if (guest->second.random) {
            auto [found, last] = by_random_.equal_range(*guest->second.random);
            while (found != last)
                found = found->second == connection ? by_random_.erase(found) : std::next(found);
        }
        guests_.erase(guest);
        return inputs;
    }

private:
    using Random = std::array<std::uint8_t, kHelloRandomBytes>;
    struct Guest {
        std::vector<Input> inputs;
        std::uint64_t cost = 0;
        std::optional<Random> random;
    };

    template <class OnGivenUp> void give_up(std::uint64_t connection, OnGivenUp on_given_up) {
        const std::vector<Input> inputs = take(connection);
        on_given_up(connection, inputs);
    }

    std::map<std::uint64_t, Guest> guests_; ///< by connection: those that opened first come first
    std::multimap<Random, std::uint64_t> by_random_; ///< ordered: a stranger chooses them
    std::vector<std::uint64_t> ready_;
    std::uint64_t cost_ = 0;
};

} // namespace pop3ana
