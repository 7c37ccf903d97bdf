// Several packet sources as one stream in the order of time.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "packet_source.hpp"

#include <memory>
#include <vector>

namespace pop3dump {

/// Always gives the earliest of the packets that stand at the fronts of the sources; of equal
/// times, that of the first source. A source keeps its own order, even where its times run
/// backwards; a single one is returned as it is. A source that ends broken does not end the others:
/// its error is part of error(). `sources` must not be empty.
std::unique_ptr<PacketSource> merge_sources(std::vector<std::unique_ptr<PacketSource>> sources);

} // namespace pop3dump
