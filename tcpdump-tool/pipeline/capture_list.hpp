// The capture files of a run, from the options -r and -V.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "capture/capture_names.hpp"
#include "capture/packet_source.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pop3dump {

/// A capture file, or a file that lists capture files.
struct CaptureInput {
    std::string path;
    bool is_list = false;
};

/// Replaces the lists among `inputs` by the names that they hold, in order. False when a list
/// cannot be read or names no file: `error` is then one line that names it.
bool expand_lists(const std::vector<CaptureInput> &inputs, std::vector<std::string> &paths,
                  std::string &error);

/// What a capture file holds of TLS key logs; pipes cannot be read twice, and have none. What is
/// wrong with the file is for whoever reads its packets.
void read_key_logs(const std::string &path,
                   const std::function<void(std::string_view lines)> &on_key_log);

/// How they are read; all is borrowed.
struct CaptureReading {
    std::size_t readers = 0;   ///< threads that divide the files; 0: none, the caller reads
    const std::string &filter; ///< that readers apply
    CaptureNames &names;
    bool numbers_frames = false; ///< each packet gets its origin, for an extract
};

/// Opens all files, before the first packet of any is read, as one stream. NULL when one of them
/// fails: `error` is then one line that names it. `watcher` must outlive the source. Readers start
/// with the first packet that is asked for.
std::unique_ptr<PacketSource> open_captures(const std::vector<std::string> &paths,
                                            const CaptureReading &reading, InputWatcher &watcher,
                                            std::string &error);

} // namespace pop3dump
