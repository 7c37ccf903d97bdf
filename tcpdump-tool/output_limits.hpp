// Limits for what is kept in memory for packet files. Each that bites leaves a count or a comment.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>

namespace pop3dump {

/// A comment is an option of pcapng, whose length has 16 bits.
constexpr std::size_t kCommentBytes = 65'535;

/// Comments of one packet. A segment of 64 KiB with the shortest commands gives 2 MB of log lines;
/// no one reads that beside a packet, and Wireshark shows them one by one.
constexpr std::size_t kPacketCommentBytes = std::size_t{256} * 1024;

} // namespace pop3dump
