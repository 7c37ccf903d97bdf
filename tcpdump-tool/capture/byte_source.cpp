// Bytes of a file descriptor, and the choice of the decompressor.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/byte_source.hpp"

#include "capture/compression/compression.hpp"
#include "system/file_descriptor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace pop3dump {
namespace {

/// The bytes of a descriptor, as they are.
class FileBytes final : public ByteSource {
public:
    FileBytes(FileDescriptor fd, InputWatcher *watcher) : fd_(std::move(fd)) {
        struct stat status {};
        if (::fstat(fd_.get(), &status) == 0 && S_ISREG(status.st_mode)) {
            total_bytes_ = static_cast<std::uint64_t>(status.st_size);
        } else {
            watcher_ = watcher;
        }
    }

    /// The next bytes, as many as tell a compression; read() hands them out again.
    std::span<const std::uint8_t> sniff() {
        start_bytes_ = start_consumed_ = 0;
        while (start_bytes_ < start_.size()) {
            const std::size_t got = read_file(std::span(start_).subspan(start_bytes_));
            if (got == 0) break;
            start_bytes_ += got;
        }
        return std::span(start_).first(start_bytes_);
    }

    std::size_t read(std::span<std::uint8_t> room) override {
        if (start_consumed_ == start_bytes_) return read_file(room);
        const std::size_t bytes = std::min(room.size(), start_bytes_ - start_consumed_);
        std::memcpy(room.data(), start_.data() + start_consumed_, bytes);
        start_consumed_ += bytes;
        return bytes;
    }

    [[nodiscard]] const std::string &error() const override { return error_; }
    [[nodiscard]] ReadProgress progress() const override { return {read_bytes_, total_bytes_}; }

private:
    std::size_t read_file(std::span<std::uint8_t> room) {
        if (!error_.empty()) return 0;
        const int fd = fd_.get();
        if (watcher_ != nullptr &&
            !watcher_->wait_readable(std::span(&fd, 1), InputWatcher::kForever)) {
            return 0;
        }
        const ssize_t got = ::read(fd, room.data(), room.size());
        if (got < 0) {
            error_ = std::strerror(errno);
            return 0;
        }
        read_bytes_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
    }

    FileDescriptor fd_;
    InputWatcher *watcher_ = nullptr;
    std::array<std::uint8_t, kCompressionStartBytes> start_{};
    std::size_t start_bytes_ = 0;
    std::size_t start_consumed_ = 0;
    std::uint64_t read_bytes_ = 0;
    std::uint64_t total_bytes_ = 0;
    std::string error_;
};

/// Steps over what sniff() has read and `bytes` more, or up to the end.
void skip_sniffed(FileBytes &file, std::uint64_t bytes) {
    std::array<std::uint8_t, 4096> scratch{};
    bytes += kCompressionStartBytes;
    while (bytes > 0) {
        const auto room = std::min<std::uint64_t>(bytes, scratch.size());
        const std::size_t got = file.read(std::span(scratch).first(room));
        if (got == 0) return;
        bytes -= got;
    }
}

} // namespace

std::string display_name(const std::string &path) {
    if (path == "-") return "standard input";
    return path.empty() ? "''" : path;
}

std::unique_ptr<ByteSource> open_bytes(const std::string &path, InputWatcher *watcher,
                                       std::string &error) {
    FileDescriptor fd = path == "-" ? FileDescriptor(STDIN_FILENO) : open_file(path, O_RDONLY);
    if (fd.get() < 0) {
        error = std::strerror(errno);
        return nullptr;
    }
    auto file = std::make_unique<FileBytes>(std::move(fd), watcher);
    auto start = file->sniff();
    while (const auto skippable = skippable_bytes(start)) {
        skip_sniffed(*file, *skippable);
        start = file->sniff();
    }
    if (!file->error().empty()) {
        error = file->error();
        return nullptr;
    }
    const Compression *compression = find_compression(start);
    if (compression != nullptr) return compression->decompress(std::move(file));
    return file;
}

} // namespace pop3dump
