// IDs of a connection: one by which other monitors know it too, and one of its own.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <pop3ana/pop3ana.h>

#include <array>
#include <cstddef>
#include <string>

namespace pop3dump {

/// "1:" and the 20 bytes of SHA-1 in base64, without a final NUL.
using CommunityId = std::array<char, 30>;

/// Prepares libgcrypt, which reads files: to be called before privileges are dropped. False when
/// the library is not the one that it should be; `error` then says so.
bool prepare_community_ids(std::string &error);

/// The ID of the event's connection by its addresses on the wire: Community ID flow hashing,
/// version 1, seed 0. Takes longer than writing an event.
CommunityId community_id(const pop3ana_event &event);

/// 96 bits of SHA-1 in hexadecimal.
using ConnectionUid = std::array<char, 24>;

/// The ID of the event's connection alone, over restarts and sensors: a digest of both ends on the
/// wire, in the order of client and server, and of the time of its first packet. The same capture
/// gives the same. As fast as community_id().
ConnectionUid connection_uid(const pop3ana_event &event);

} // namespace pop3dump
