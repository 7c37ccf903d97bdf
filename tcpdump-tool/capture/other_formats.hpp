// Files that are of no format of formats/: what they are, and what can be done about it.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/packet_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace pop3dump {

/// The longest start that tells one: tar has its mark behind the first name.
constexpr std::size_t kOtherStartBytes = 262;

/// Opens `path` by the module of the package pop3dump-formats, which is loaded now, if it is there.
/// `start` has the first kOtherStartBytes bytes of the content, or all of it. NULL: `error` is one
/// line that begins with `name` and says which format this is, if it is a known one, and the
/// remedy; it is empty when nothing is known.
std::unique_ptr<PacketSource> open_other_format(const std::string &path, const std::string &name,
                                                std::span<const std::uint8_t> start,
                                                std::string &error);

} // namespace pop3dump
