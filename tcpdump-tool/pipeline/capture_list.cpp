// Reads lists of capture files and opens what they name.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pipeline/capture_list.hpp"

#include "base/bytes.hpp"
#include "capture/byte_source.hpp"
#include "capture/capture_limits.hpp"
#include "capture/numbered_source.hpp"
#include "capture/packet_merge.hpp"
#include "capture/reader_thread.hpp"
#include "system/signals.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sys/resource.h>
#include <sys/stat.h>
#include <utility>

namespace pop3dump {
namespace {

/// Adds the lines of a text file, but for empty ones.
bool read_list(const std::string &path, std::vector<std::string> &paths, std::string &error) {
    constexpr std::size_t kChunkBytes = std::size_t{64} * 1024;
    const auto bytes = open_bytes(path, nullptr, error);
    if (!bytes) {
        error = display_name(path) + ": " + error;
        return false;
    }
    std::string line;
    std::vector<std::uint8_t> chunk(kChunkBytes);
    while (const std::size_t length = bytes->read(chunk)) {
        for (const std::uint8_t byte : std::span(chunk).first(length)) {
            if (byte != '\n') {
                line += static_cast<char>(byte);
            } else if (!line.empty()) {
                paths.push_back(std::exchange(line, {}));
            }
        }
    }
    if (!line.empty()) paths.push_back(line);
    if (!bytes->error().empty()) error = display_name(path) + ": " + bytes->error();
    return bytes->error().empty();
}

/// Lists of ring buffer files are often longer than the usual limit of 1024 descriptors.
void allow_open_files(std::size_t files) {
    constexpr rlim_t kOtherFiles = 16;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const rlim_t wanted = static_cast<rlim_t>(files) + kOtherFiles;
    if (limit.rlim_cur >= wanted) return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit); // when it fails, open(2) will tell
}

std::unique_ptr<PacketSource> open_capture(const std::string &path, const CaptureReading &reading,
                                           InputWatcher &watcher, std::string &error) {
    auto source = open_capture_file(path, error, &watcher, &reading.names);
    if (!source || !reading.numbers_frames) return source;
    const std::uint32_t origin = reading.names.add(display_name(path));
    if (origin != 0) return std::make_unique<NumberedSource>(std::move(source), origin);
    error = display_name(path) + ": too many files for one extract";
    return nullptr;
}

} // namespace

bool expand_lists(const std::vector<CaptureInput> &inputs, std::vector<std::string> &paths,
                  std::string &error) {
    for (const CaptureInput &input : inputs) {
        if (!input.is_list) {
            paths.push_back(input.path);
            continue;
        }
        const std::size_t before = paths.size();
        if (!read_list(input.path, paths, error)) return false;
        if (paths.size() == before) {
            error = display_name(input.path) + ": lists no files";
            return false;
        }
    }
    return true;
}

void read_key_logs(const std::string &path,
                   const std::function<void(std::string_view lines)> &on_key_log) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    std::string ignored;
    const auto source = open_capture_file(path, ignored);
    if (!source || !source->may_hold_key_logs()) return;
    for (Packet packet; !stop_requested() && source->next(packet);)
        if (packet.is_key_log) on_key_log(pop3ana::as_text(packet.data));
}

std::unique_ptr<PacketSource> open_captures(const std::vector<std::string> &paths,
                                            const CaptureReading &reading, InputWatcher &watcher,
                                            std::string &error) {
    allow_open_files(paths.size());
    std::vector<std::unique_ptr<ReaderThread>> threads(std::min(reading.readers, paths.size()));
    for (auto &thread : threads)
        thread = std::make_unique<ReaderThread>(kReadAheadBytes, watcher);
    // Files in turn: those of a ring follow each other, and several are then read ahead.
    const std::size_t streams = std::max<std::size_t>(threads.size(), 1);
    std::vector<std::vector<std::unique_ptr<PacketSource>>> files(streams);
    std::optional<std::uint32_t> link_type;
    for (std::size_t file = 0; file < paths.size(); ++file) {
        const std::size_t stream = file % streams;
        auto source = open_capture(paths[file], reading,
                                   threads.empty() ? watcher : threads[stream]->watcher(), error);
        if (!source) return nullptr;
        if (!link_type) link_type = source->first_link_type();
        files[stream].push_back(std::move(source));
    }
    if (threads.empty())
        return merge_sources(std::move(files.front()), link_type, {}, &reading.names);
    std::vector<std::unique_ptr<PacketSource>> sources;
    for (std::size_t stream = 0; stream < streams; ++stream) {
        const FileNumbers numbers{static_cast<std::uint32_t>(stream),
                                  static_cast<std::uint32_t>(streams)};
        threads[stream]->set_source(
            merge_sources(std::move(files[stream]), link_type, numbers, &reading.names),
            reading.filter, numbers.first);
        sources.push_back(std::move(threads[stream]));
    }
    return merge_sources(std::move(sources), link_type, {}, &reading.names);
}

} // namespace pop3dump
