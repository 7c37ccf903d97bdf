// SPDX-License-Identifier: GPL-2.0-or-later
#include "damage.hpp"

#include "wire.hpp"

#include <algorithm>
#include <map>

namespace pop3ana_test {

Capture lose_copies(const Capture &capture, Random &random) {
    constexpr std::size_t kFurthest = 5;
    constexpr double kRates[] = {0.02, 0.1, 0.3, 0.6};
    const double rate = random.pick(kRates);
    struct Copy {
        std::size_t place; ///< in halves of a packet
        const Frame *frame;
    };
    std::vector<Copy> copies;
    for (std::size_t i = 0; i < capture.size(); ++i) {
        Copy two[] = {{2 * i, &capture[i]},
                      {2 * (i + random.between(0, kFurthest)) + 1, &capture[i]}};
        const std::size_t lost = random.chance(rate) ? random.below(2) : 2;
        for (std::size_t k = 0; k < 2; ++k)
            if (k != lost) copies.push_back(two[k]);
    }
    std::stable_sort(copies.begin(), copies.end(),
                     [](const Copy &a, const Copy &b) { return a.place < b.place; });
    Capture result;
    std::int64_t now_ns = INT64_MIN;
    for (const auto &copy : copies) {
        now_ns = std::max(now_ns, copy.frame->ts_ns);
        result.push_back(*copy.frame);
        result.back().ts_ns = now_ns;
    }
    return result;
}

Capture start_late(const Capture &capture, Random &random) {
    using Ends = std::pair<Endpoint, Endpoint>;
    std::map<Ends, std::size_t> packets; // of each pair of endpoints
    for (const auto &frame : capture)
        if (const auto packet = find_tcp(frame)) ++packets[packet->connection()];
    std::map<Ends, std::size_t> missing;
    for (const auto &[ends, count] : packets)
        missing[ends] = random.chance(0.7) ? random.below(count) : 0;
    Capture result;
    for (const auto &frame : capture) {
        const auto packet = find_tcp(frame);
        if (packet && missing[packet->connection()] > 0)
            --missing[packet->connection()];
        else
            result.push_back(frame);
    }
    return result;
}

} // namespace pop3ana_test
