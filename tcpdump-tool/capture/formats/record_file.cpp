// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats/record_file.hpp"

#include <fmt/core.h>
#include <utility>

namespace pop3dump {

RecordFile::RecordFile(std::string name, ByteBuffer buffer)
    : name_(std::move(name)), buffer_(std::move(buffer)) {}

bool RecordFile::ensure_header(std::size_t bytes) {
    if (buffer_.ensure(bytes)) return true;
    const std::string &why = buffer_.source().error();
    error_ = name_ + ": " + (why.empty() ? "the file ends inside its header" : why);
    return false;
}

bool RecordFile::end_inside(std::size_t record_bytes) {
    if (!buffer_.source().error().empty()) {
        error_ = name_ + ": " + buffer_.source().error();
    } else if (buffer_.available() > 0) { // Else nothing of another record is there.
        fail(fmt::format("the file ends inside it ({} of {} bytes)", buffer_.available(),
                         record_bytes));
    }
    return false;
}

bool RecordFile::refuse_length(std::uint32_t captured_bytes, std::uint32_t limit_bytes) {
    return fail(fmt::format("captured length {} exceeds the limit of {} bytes", captured_bytes,
                            limit_bytes));
}

bool RecordFile::fail(const std::string &why) {
    error_ = fmt::format("{}: packet {}: {}", name_, packets_ + 1, why);
    return false;
}

} // namespace pop3dump
