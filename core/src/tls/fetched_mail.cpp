// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/fetched_mail.hpp"

#include "tls/command_lengths.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <vector>

namespace pop3ana {
namespace {

using Entry = SessionReading::Entry;
using Entries = std::span<const Entry>;

constexpr std::uint32_t kTerminatorBytes = 3;

constexpr std::uint32_t digits_of(std::uint64_t number) {
    std::uint32_t digits = 1;
    for (; number >= 10; number /= 10)
        ++digits;
    return digits;
}

// The number of messages in the mailbox, by a reply to UIDL whose lines have one length; none: not
// certain.
std::optional<std::uint32_t> mailbox_size(Entries entries, const ServerProfile &profile) {
    const ServerProduct *const product = profile.product();
    if (product == nullptr || product->uidl[0] == 0) return std::nullopt;
    std::set<std::uint32_t> sizes;
    constexpr std::uint32_t kMost = 999;
    for (const Entry &entry : entries) {
        if (entry.is_unknown || entry.command != kShortestCommandBytes) continue;
        const std::int64_t listed =
            std::int64_t{entry.reply.bytes} - product->uidl[0] - kTerminatorBytes;
        std::int64_t sum = 0;
        for (std::uint32_t number = 1; number <= kMost && sum < listed; ++number) {
            constexpr std::uint32_t kBlankAndLineEnd = 3;
            sum += digits_of(number) + kBlankAndLineEnd + product->uidl[1];
            if (sum == listed) sizes.insert(number);
        }
    }
    if (sizes.size() != 1) return std::nullopt;
    return *sizes.begin();
}

// Bytes of a message in a reply to RETR, whose status line tells the size without doubled dots: it
// may have a digit less. None: several fit.
std::optional<std::uint64_t> size_of(const ReplyLengths &reply, const ServerProduct &product) {
    std::set<std::int64_t> sizes;
    constexpr std::uint32_t kMostDigits = 8;
    for (std::uint32_t digits = 1; digits <= kMostDigits; ++digits) {
        const std::int64_t status = product.retr_status + (product.retr_has_size ? digits : 0);
        const std::int64_t size = std::int64_t{reply.bytes} - kTerminatorBytes - status;
        if (size <= 0) continue;
        const auto bytes = static_cast<std::uint64_t>(size);
        if (!product.retr_has_size || digits_of(bytes) == digits ||
            digits_of(bytes - bytes / 10) == digits)
            sizes.insert(size);
    }
    if (sizes.size() != 1) return std::nullopt;
    return static_cast<std::uint64_t>(*sizes.begin());
}

} // namespace

std::optional<FetchedMail> find_fetched_mail(const SessionReading &reading,
                                             const ServerProfile &profile) {
    if (reading.verdicts.empty() || reading.verdicts.back().result != LoginResult::kSuccess)
        return std::nullopt;
    const Entries entries = Entries{reading.entries}.subspan(reading.verdicts.back().exchange + 1);
    std::vector<Entry> multi; // Multi-line replies to commands with an argument.
    for (const Entry &entry : entries) {
        const std::uint32_t bytes = entry.reply.bytes;
        const bool is_single = entry.reply.is_single();
        if (entry.is_unknown || entry.are_many || (entry.command > 12 && bytes > 60))
            return std::nullopt;
        // May be of several lines, or of one.
        if (is_retr(entry.command) && is_single && bytes > 60 && bytes <= 120) return std::nullopt;
        if (entry.command == kShortestCommandBytes && entry.reply.is_empty() &&
            &entry != &entries.back())
            return std::nullopt;
        if (entry.command >= 8 && (bytes > 120 || entry.reply.records > 1)) multi.push_back(entry);
    }
    // The last one may not be whole.
    if (!entries.empty() && !multi.empty() && is_retr(entries.back().command) &&
        entries.back().reply == multi.back().reply)
        return std::nullopt;
    // RETR of a number below 10 has the length of no TOP; the others have.
    const auto is_shortest = [](const Entry &entry) { return entry.command == 8; };
    if (!std::all_of(multi.begin(), multi.end(), is_shortest)) {
        const auto shortest =
            static_cast<std::uint32_t>(std::count_if(multi.begin(), multi.end(), is_shortest));
        const auto mailbox = mailbox_size(entries, profile);
        const std::size_t kOneDigit = std::min<std::size_t>(9, multi.size());
        const auto of_two_digits = multi.begin() + static_cast<std::ptrdiff_t>(kOneDigit);
        const bool are_in_order =
            multi.size() > 9 && std::all_of(multi.begin(), of_two_digits, is_shortest) &&
            std::all_of(of_two_digits, multi.end(),
                        [](const Entry &entry) { return entry.command == 9; });
        if (mailbox && shortest <= *mailbox && *mailbox <= 9)
            std::erase_if(multi, [&](const Entry &entry) { return !is_shortest(entry); });
        else if (!are_in_order)
            return std::nullopt;
    }
    FetchedMail fetched{multi.size(), 0};
    const ServerProduct *const product = profile.knows_quit() ? profile.product() : nullptr;
    for (const Entry &entry : multi) {
        const auto size = product != nullptr ? size_of(entry.reply, *product) : std::nullopt;
        if (!size) {
            fetched.bytes.reset();
            break;
        }
        *fetched.bytes += *size;
    }
    return fetched;
}

} // namespace pop3ana
