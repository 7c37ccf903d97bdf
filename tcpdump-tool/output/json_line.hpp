// One line of JSON after the other, member by member.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "output/output_file.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pop3dump {

/// Writes objects without nesting, in pure ASCII.
class JsonLine {
public:
    /// `file` is borrowed, and tells of failures.
    explicit JsonLine(OutputFile &file);
    ~JsonLine();
    JsonLine(const JsonLine &) = delete;
    JsonLine &operator=(const JsonLine &) = delete;

    void begin();
    void end();

    void number(std::string_view name, std::uint64_t value);
    void number_if(std::string_view name, std::uint64_t value); ///< unless it is 0
    /// A number as it is to be written.
    void digits(std::string_view name, std::string_view value);
    void boolean(std::string_view name, bool value);
    void null(std::string_view name);
    /// Bytes that are no UTF-8 become the text \xhh, as in the log.
    void text(std::string_view name, std::string_view value);
    void text_if(std::string_view name, std::string_view value); ///< unless it is empty

private:
    class Writer;

    std::string_view valid_utf8(std::string_view bytes);

    OutputFile &file_;
    std::unique_ptr<Writer> writer_;
    std::string valid_;
};

} // namespace pop3dump
