// Several packet sources as one stream in the order of time.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/capture_names.hpp"
#include "capture/packet_source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace pop3dump {

/// Numbers of files in the order of the user's list, which decides between equal times.
struct FileNumbers {
    std::uint32_t first = 0;
    std::uint32_t step = 1;
};

/// Always gives the earliest of the packets that stand at the fronts of the sources; of equal
/// times, that of the lowest file. Packets of extracts come where those of the files that they were
/// extracted from would: by the latest time in that file, of equal times by its name (`names`) and
/// the number in it. Sources that know nothing of Packet::file get the `numbers`; so
/// what merges some of the files can be merged again, and gives what one merge of all gives. A
/// source keeps its own order, even where its times run backwards; a single one is returned as it
/// is. A source that ends broken does not end the others: its error is part of error(), in the
/// order of the files. `sources` must not be empty; `link_type` is that of the first packets, if it
/// is known.
std::unique_ptr<PacketSource> merge_sources(std::vector<std::unique_ptr<PacketSource>> sources,
                                            std::optional<std::uint32_t> link_type,
                                            const FileNumbers &numbers = {},
                                            const CaptureNames *names = nullptr);

} // namespace pop3dump
