// Captured frames in memory, the files they come from, and the list of captures that laws are
// checked on.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pop3ana_test {

using Bytes = std::vector<std::uint8_t>;

struct Frame {
    std::int64_t ts_ns = 0;
    std::uint32_t link_type = 1; ///< LINKTYPE_ value
    Bytes bytes;
};
using Capture = std::vector<Frame>;

/// False when the file cannot be read to its end; what came before is in `capture`.
bool load_capture(const std::string &path, Capture &capture, std::string &error);

/// Writes a pcapng file, so that a capture that broke a law can be looked at.
bool save_capture(const std::string &path, const Capture &capture);

/// Saves `capture` below the folder POP3ANA_TEST_KEEP, if that is set, and prints the path.
void keep_capture(const std::string &name, const Capture &capture);

/// A row of CLASSES.tsv (its columns are explained in the captures' README).
struct CaptureFile {
    std::string path;
    std::string name;   ///< without folder
    std::string folder; ///< real, crafted, differential, public
    std::string kind;   ///< exact, as-base, loss, damaged
    std::string remark;
    std::string ports = "110";
};

/// The repository's captures and, where they are present, those shared between repositories; each
/// name once.
std::vector<CaptureFile> capture_files();

/// A file's frames.
struct LoadedCapture {
    CaptureFile file;
    Capture capture;
};

/// Of all capture files the ones in which nothing is missing and no byte was sent in two versions,
/// loaded; read once.
const std::vector<LoadedCapture> &complete_captures();

} // namespace pop3ana_test
