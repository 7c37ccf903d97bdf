// Where a frame of an extract comes from, as the extract has it: in the section header who wrote
// it, as the name of the interface the file, and in a comment of the packet its number there:
//
//     frame 123
//     frame 123, after 1700000000123456789 ns
//
// The second form is that of a frame whose file has a later time before it. Files are merged by the
// times at their fronts, so such a frame has come behind whatever is earlier than that; the frame
// that said so need not be in the extract.
// A comment and the name of an interface are shown by whatever reads pcapng. Custom options need a
// number of IANA, and epb_packetid is the same for copies of one packet at several interfaces.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pop3dump {

/// The application (shb_userappl) of a section whose comments are these; of other sections they are
/// only comments.
constexpr std::string_view kExtractApplication = "pop3dump --extract";

/// Frames of one file; larger numbers are none.
constexpr std::uint64_t kFrameNumbers = std::uint64_t{1} << 40;

struct FrameOrigin {
    std::uint64_t frame = 0;              ///< from 1
    std::optional<std::int64_t> after_ns; ///< the second form

    friend bool operator==(const FrameOrigin &, const FrameOrigin &) = default;
};

std::string comment_of(const FrameOrigin &origin);

/// Nothing, when it is any other comment.
std::optional<FrameOrigin> parse_origin(std::string_view comment);

} // namespace pop3dump
