// Limits for what is kept in memory for packet files and --summary. Each that bites leaves a count
// or a comment.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace pop3dump {

/// A comment is an option of pcapng, whose length has 16 bits.
constexpr std::size_t kCommentBytes = 65'535;

/// Comments of one packet. A segment of 64 KiB with the shortest commands gives 2 MB of log lines;
/// no one reads that beside a packet, and Wireshark shows them one by one.
constexpr std::size_t kPacketCommentBytes = std::size_t{256} * 1024;

/// Packets kept of a session that has drawn no alert yet, in two parts. The first ones tell who it
/// is and where TCP starts; the handshake and a login take less than 2 KiB.
constexpr std::size_t kFirstPacketsBytes = std::size_t{32} * 1024;

/// The latest ones hold the errors that an alert is about; mails between them push each other out.
constexpr std::size_t kLatestPacketsBytes = std::size_t{224} * 1024;

/// Packets kept of all sessions, with what they cost beside their bytes.
constexpr std::size_t kKeptPacketsBytes = std::size_t{64} * 1024 * 1024;

/// What a session and a kept packet cost beside the packet's bytes, measured and rounded up.
constexpr std::size_t kRecordingOverheadBytes = 1280;
constexpr std::size_t kKeptPacketOverheadBytes = 128;

/// Kept packets of an alerted session are written at the latest when they are this much.
constexpr std::size_t kEvidenceWriteBytes = std::size_t{64} * 1024;

/// The share of a client in the room for evidence, and what one session may take of it at most: see
/// EvidenceRoom. One that goes on and on cannot push out the evidence of the others.
constexpr std::size_t kEvidenceSharesOfRoom = 16;

/// But what is kept of a session before its alert always has room.
constexpr std::size_t kEvidenceShareLeastBytes = 2 * (kFirstPacketsBytes + kLatestPacketsBytes);

/// Evidence this much older than the alert that needs space is deleted first: within a week
/// somebody will have looked at it.
constexpr std::int64_t kEvidenceAgeNs = std::int64_t{7} * 86'400 * 1'000'000'000;

/// The share of a client in kKeptPacketsBytes, while others need room.
constexpr std::size_t kKeptShareBytes = std::size_t{1} * 1024 * 1024;

/// Sessions that are remembered as evicted, and clients whose sessions with errors are remembered;
/// each takes about 100 bytes (500 when it was alerted) and 300 bytes.
constexpr std::size_t kEvictedSessions = 100'000;
constexpr std::size_t kClientsWithErrors = 20'000;

/// Sessions before an alert, of the same client and with errors, that are saved with it: each may
/// be of one password that was tried, and an alert on guesses takes 11 of these by default.
constexpr std::size_t kSessionsBeforeAlert = 16;

/// Rows of a table of --summary.
constexpr std::size_t kSummaryRows = 20'000;

} // namespace pop3dump
