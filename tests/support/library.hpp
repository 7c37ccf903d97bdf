// The structs of the library's interface, filled.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture.hpp"

#include <pop3ana/pop3ana.h>

namespace pop3ana_test {

/// Borrows the bytes.
inline pop3ana_frame library_frame(const Frame &frame, std::uint64_t number) {
    return {sizeof(pop3ana_frame),
            frame.bytes.data(),
            frame.bytes.size(),
            number,
            frame.ts_ns,
            frame.link_type,
            0};
}

inline pop3ana_counters counters_of(const pop3ana_engine *engine) {
    pop3ana_counters counters{};
    counters.struct_size = sizeof(counters);
    pop3ana_counters_get(engine, &counters);
    return counters;
}

} // namespace pop3ana_test
