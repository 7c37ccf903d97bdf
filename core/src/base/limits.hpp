// Every limit of the core, with its unit and its reason. Each that bites leaves a count
// (pop3ana_counters) and, where a session suffers, an anomaly. Source: docs/semantics.md section 6.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace pop3ana {

inline constexpr std::int64_t kSecondNs = 1'000'000'000;

// --- Packets ---------------------------------------------------------------------------------

/// Headers of IP, Ethernet and the like inside one frame. Real stacks of tunnels stay below six.
inline constexpr int kMaxEncapsulations = 16;

/// Fragments of one datagram come within milliseconds; RFC 791 suggests 15 s, RFC 8200 60 s.
inline constexpr std::int64_t kFragmentTimeoutNs = 30 * kSecondNs;

/// Bytes of fragments buffered, all datagrams together; default of config.max_fragment_bytes.
inline constexpr std::uint64_t kFragmentBytes = 16ULL << 20;

// --- TCP -------------------------------------------------------------------------------------

/// Out-of-order bytes of one direction: more than any default receive window of a mail client.
inline constexpr std::uint64_t kOutOfOrderBytes = 1ULL << 20;

/// Out-of-order ranges of one direction, so that many tiny ones cannot cost what their bytes do not
/// show.
inline constexpr std::size_t kOutOfOrderRanges = 16'384;

/// Out-of-order bytes of all connections, with all that is kept of their order; default of
/// config.max_held_bytes.
inline constexpr std::uint64_t kOutOfOrderBytesTotal = 64ULL << 20;

/// What a buffered range costs beside its bytes, counted against the totals above.
inline constexpr std::uint64_t kRangeOverheadBytes = 128;

/// What malloc(3) adds to an allocation, about; counted likewise.
inline constexpr std::uint64_t kAllocationBytes = 16;

/// An acknowledgement, or an RST, further than this beyond what was captured is not believed; a
/// larger gap may have another connection behind it.
inline constexpr std::uint64_t kPlausibleAheadBytes = 1ULL << 20;

/// An acknowledged gap expires after this many packets of its connection, or this time.
inline constexpr std::uint32_t kGapPackets = 16;
inline constexpr std::int64_t kGapAgeNs = kSecondNs;

/// A time further ahead of the clock than this needs a witness: it may be of one wild packet.
inline constexpr std::int64_t kClockLeapNs = 3600 * kSecondNs;

/// Acknowledgements beyond a gap that have a clock of their own; later ones share the last clock.
inline constexpr std::size_t kAckClocks = 64;

/// Bytes kept from a SYN that may reuse the ports of a live connection (RFC 7413 data fits).
inline constexpr std::size_t kSynDataBytes = 1'460;

// --- Connections -----------------------------------------------------------------------------

/// A closed connection is remembered so that stray segments do not open a new one.
inline constexpr std::int64_t kLingerNs = 10 * kSecondNs;

/// Idle time after which a connection is given up.
inline constexpr std::int64_t kIdleNs = kSecondNs * 3600 * 24;

/// Connections that have not sent a byte, or have ended: a SYN costs its sender nothing, so there
/// may be fewer of them than of others.
inline constexpr std::size_t kConnectionsWithoutData = 500'000;

/// A sixteenth of the room for connections is theirs: whoever fills the rest with data must not
/// push out each connection that opens before it has sent a byte.
inline constexpr std::size_t kOpeningShares = 16;

/// Undecided connections: of ports that are not listed, while it is not known whether they are
/// POP3. A fast scan of ports leaves a hundred thousand SYNs a second.
inline constexpr std::size_t kUndecidedConnections = 131'072;

/// Connections remembered that turned out not to be POP3, so that late copies of their handshake do
/// not make them undecided again, at a later byte.
inline constexpr std::size_t kRejectedConnections = 8'192;

/// Bytes held of one side of an undecided connection. A greeting and a command take less than a
/// tenth of it.
inline constexpr std::size_t kUndecidedSideBytes = 4 << 10;

/// Bytes held of all undecided connections, with all that is kept of them. Beyond it the one that
/// holds most is given up.
inline constexpr std::uint64_t kUndecidedBytesTotal = 16ULL << 20;

/// Defaults of config.max_connections and config.max_clients.
inline constexpr std::uint32_t kConnections = 1'000'000;
inline constexpr std::uint32_t kClients = 1'000'000;

// --- POP3 ------------------------------------------------------------------------------------

/// Bytes kept of a line. RFC 2449 s.4 allows 512; SASL lines of real servers reach 12 KiB.
inline constexpr std::size_t kLineBytes = 64 << 10;

/// Bytes of unfinished lines, of commands without a reply and of long names, all sessions together.
/// Beyond it the session that holds most loses its own.
inline constexpr std::uint64_t kTextBytesTotal = 64ULL << 20;

/// Less text than this of a session counts only where there are more connections than these.
inline constexpr std::uint64_t kLittleText = 512;
inline constexpr std::size_t kFewConnections = 65'536;

/// What a text costs beside its bytes, counted against the total above.
inline constexpr std::uint64_t kTextBufferBytes = 64;

/// Commands of one session that wait for a reply, and their bytes.
inline constexpr std::size_t kPendingCommands = 1'000;
inline constexpr std::size_t kPendingBytes = 64 << 10;

/// A longer command may be too long for the server, which may read the rest as another one:
/// whatever answers it is not certain (K16). RFC 2449 s.4 allows 255 bytes.
inline constexpr std::size_t kPlainLineBytes = 512;

/// Text buffers with more room than this are freed rather than kept for the next user, whose text
/// may be short. It holds a score of commands sent at once.
inline constexpr std::size_t kPooledBufferBytes = 1'024;

/// Text buffers kept for the next user.
inline constexpr std::size_t kPooledBuffers = 1'024;

// --- Policy ----------------------------------------------------------------------------------

/// Anomalies of a session that its lines give rise to and that have an event each; afterwards only
/// each whose number is a power of two. Lines may be a byte long, and what is said of one is 250.
inline constexpr std::uint32_t kLineAnomalies = 16;

/// Bytes of what failed logins are told apart by, all clients and users together: a client that
/// fails with 64 different logins takes 1 KiB, and its user as much.
inline constexpr std::uint64_t kGuessBytesTotal = 64ULL << 20;

/// Servers whose offer of STLS is remembered, and for how long.
inline constexpr std::size_t kStlsServers = 65'536;
inline constexpr std::int64_t kStlsOfferNs = kSecondNs * 3600 * 24;

// --- TLS -------------------------------------------------------------------------------------

/// A ClientHello or ServerHello: with the largest key shares a few KiB.
inline constexpr std::uint32_t kTlsHelloBytes = 16'384;

/// Connections whose handshakes are read for their facts; the first ones give way.
inline constexpr std::size_t kTlsHandshakes = 65'536;

/// Early data that waits for the server to accept it: RFC 8446 s.4.6.1 lets servers limit it, and
/// 16 KiB is what OpenSSL offers.
inline constexpr std::size_t kTlsEarlyBytes = 16'384;

/// Connections whose secrets are known; the first ones give way.
inline constexpr std::size_t kTlsSecrets = 131'072;

/// What waits for secrets: of a connection, of all, and what a connection costs beside.
inline constexpr std::uint64_t kTlsHeldBytes = 4ULL << 20;
inline constexpr std::uint64_t kTlsHeldBytesTotal = 64ULL << 20;
inline constexpr std::uint64_t kTlsGuestBytes = 1'024;

/// Contexts of ciphers, of about 2 KiB, that all connections share.
inline constexpr std::size_t kTlsCiphers = 512;

/// Records in a row that do not authenticate, before a direction is given up.
inline constexpr unsigned kTlsFailures = 16;

/// Sequence numbers that are tried behind a gap, with all that looks like a record; one of more
/// than 4 KiB counts more often.
inline constexpr std::uint32_t kTlsTries = 1'024;
inline constexpr std::size_t kTlsTryBytes = 4'096;

/// Bytes behind a gap in which a record is searched for: two of the largest ones.
inline constexpr std::size_t kTlsSearchBytes = 40'000;

// --- TLS without keys ------------------------------------------------------------------------

/// Exchanges of a session that are read: a thousand messages, and what stands around them.
inline constexpr std::size_t kShadowExchanges = 1'024;

/// Records of either side in one exchange that are told apart: pipelined commands.
inline constexpr std::size_t kShadowRecords = 64;

/// Ways to read a session: those of plain POP3 are a dozen.
inline constexpr std::size_t kShadowReadings = 300;

/// Different lengths that are remembered of one kind of reply of a server. Real servers have fewer
/// than ten, or so many that they tell nothing.
inline constexpr std::size_t kShadowShapes = 64;

/// Servers whose replies are remembered.
inline constexpr std::size_t kShadowServers = 4'096;

/// Sessions that are over and wait until more is known: of a server, their bytes in all, and for
/// how long. So many are enough to know a server by.
inline constexpr std::size_t kShadowSessions = 128;
inline constexpr std::uint64_t kShadowBytesTotal = 16ULL << 20;
inline constexpr std::int64_t kShadowKeptNs = 3600 * kSecondNs;

/// Default of config.error_threshold, and of config.error_expiry_ns (the original's values).
inline constexpr std::uint32_t kErrorThreshold = 3;
inline constexpr std::uint64_t kErrorExpiryNs = 3600ULL * kSecondNs;

} // namespace pop3ana
