// JSON (RFC 8259) in pure ASCII, written into a flat buffer that the caller knows to be large
// enough: nothing here looks for room.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/decimal.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pop3dump {

/// The name of a member, of printing ASCII without quotes and backslashes, which the compiler turns
/// into what is written, with its quotes and colon.
class JsonKey {
public:
    explicit consteval JsonKey(std::string_view name) : size_(name.size() + kPunctuation) {
        bytes_.at(size_ - 1) = ':'; // does not compile where the name is too long
        bytes_[0] = bytes_[size_ - 2] = '"';
        for (std::size_t i = 0; i < name.size(); ++i)
            bytes_[i + 1] = name[i];
    }

private:
    friend class JsonWriter;
    static constexpr std::size_t kPunctuation = 3;
    static constexpr std::size_t kMostBytes = 24; // what three registers hold

    std::array<char, kMostBytes> bytes_{};
    std::size_t size_;
};

/// Writes one object without nesting. What is written may be read between `to` and end() after
/// end_object(); up to kSlack bytes behind end() are changed too.
class JsonWriter {
public:
    /// A text takes at most so many bytes for each of its own: \u0000.
    static constexpr std::size_t kLongestEscape = 6;
    /// A member takes at most so many bytes beside its text.
    static constexpr std::size_t kMemberBytes =
        JsonKey::kMostBytes + sizeof("18446744073709551615,");
    /// What a copy of fixed length may change behind what it is for.
    static constexpr std::size_t kSlack = JsonKey::kMostBytes;

    /// Writes from `to` on.
    explicit JsonWriter(char *to) : end_(to) {}

    /// Behind the last byte written.
    [[nodiscard]] char *end() const { return end_; }

    /// Comes first.
    void begin_object() { *end_++ = '{'; }

    /// Comes last.
    void end_object() {
        if (end_[-1] == ',') --end_; // every member ends with one
        *end_++ = '}';
    }

    /// A member that is a whole number.
    void number(const JsonKey &key, std::uint64_t value) {
        put(key);
        end_ = pop3ana::write_decimal(end_, value);
        *end_++ = ',';
    }

    /// A member that is the number of seconds with six decimals.
    void seconds(const JsonKey &key, std::uint64_t microseconds) {
        put(key);
        end_ = pop3ana::write_seconds(end_, microseconds);
        *end_++ = ',';
    }

    /// A member that is true or false.
    void boolean(const JsonKey &key, bool value) {
        put(key);
        value ? put("true,") : put("false,");
    }

    /// A member without a value.
    void null(const JsonKey &key) {
        put(key);
        put("null,");
    }

    /// A member that is a text. Bytes that are no UTF-8 become the text \xhh, as in the log; what
    /// is not printing ASCII is escaped.
    void text(const JsonKey &key, std::string_view value) {
        put(key);
        *end_++ = '"';
        end_ = write_text(end_, value);
        put("\",");
    }

    /// A member that is a text of printing ASCII without quotes and backslashes.
    void plain(const JsonKey &key, std::string_view value) {
        put(key);
        *end_++ = '"';
        end_ = std::copy(value.begin(), value.end(), end_);
        put("\",");
    }

    /// A member that is an array of texts as plain() takes them: the elements, then the end.
    void begin_array(const JsonKey &key) {
        put(key);
        put("[");
    }
    void element(std::string_view value) {
        *end_++ = '"';
        end_ = std::copy(value.begin(), value.end(), end_);
        put("\",");
    }
    void end_array() {
        if (end_[-1] == ',') --end_;
        put("],");
    }

    /// Members as another writer has written them, with the comma behind the last.
    void members(std::string_view written) {
        end_ = std::copy(written.begin(), written.end(), end_);
    }

private:
    void put(const JsonKey &key) {
        std::memcpy(end_, key.bytes_.data(), JsonKey::kMostBytes);
        end_ += key.size_;
    }
    template <std::size_t N> void put(const char (&literal)[N]) {
        std::memcpy(end_, literal, N - 1);
        end_ += N - 1;
    }

    static char *write_text(char *to, std::string_view text);

    char *end_;
};

} // namespace pop3dump
