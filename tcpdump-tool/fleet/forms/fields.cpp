// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/forms/fields.hpp"

#include <algorithm>
#include <utility>

namespace pop3fleet {
namespace {

constexpr std::string_view kArray = "[]";

void append_code_unit(std::string &out, std::uint32_t unit) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out += kDigits[unit >> shift & 0xf];
}

/// Takes the first character off `text`, which is no ASCII. The reader has checked that it is
/// UTF-8; what is none all the same becomes U+FFFD.
char32_t take_character(std::string_view &text) {
    const auto byte_at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = byte_at(0);
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    char32_t character = 0xfffd;
    if (length > 1 && length <= text.size()) {
        character = first & (0x7fU >> length);
        for (std::size_t i = 1; i < length; ++i)
            character = character << 6 | (byte_at(i) & 0x3fU);
    }
    text.remove_prefix(std::min(length, text.size()));
    return character;
}

} // namespace

void append_json_text(std::string &out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto byte = static_cast<std::uint8_t>(text.front());
        if (byte >= 0x80) {
            const char32_t character = take_character(text);
            if (character < 0x10000) {
                append_code_unit(out, character);
            } else { // surrogates: RFC 8259 s.7
                const std::uint32_t beyond = character - 0x10000;
                append_code_unit(out, 0xd800 | (beyond >> 10 & 0x3ff));
                append_code_unit(out, 0xdc00 | (beyond & 0x3ff));
            }
            continue;
        }
        if (byte < 0x20 || byte == 0x7f) {
            append_code_unit(out, byte);
        } else {
            if (byte == '"' || byte == '\\') out += '\\';
            out += text.front();
        }
        text.remove_prefix(1);
    }
    out += '"';
}

template <class Append> void Fields::add(std::string_view path, Append append) {
    if (std::any_of(fields_.begin(), fields_.end(),
                    [&](const Field &field) { return field.path == path; }))
        return;
    const std::size_t begin = values_.size();
    append();
    fields_.push_back({path, begin, values_.size()});
}

void Fields::text(std::string_view path, std::string_view value) {
    add(path, [&] { append_json_text(values_, value); });
}

void Fields::number(std::string_view path, std::int64_t value) {
    add(path, [&] { values_ += std::to_string(value); });
}

void Fields::boolean(std::string_view path, bool value) {
    json(path, value ? "true" : "false");
}

void Fields::list(std::string_view path, std::string_view value) {
    add(path, [&] {
        append_json_text(values_ += '[', value);
        values_ += ']';
    });
}

void Fields::json(std::string_view path, std::string_view value) {
    add(path, [&] { values_ += value; });
}

void Fields::write_object(std::string &out, std::vector<Branch> branches) const {
    out += '{';
    while (!branches.empty()) {
        const Branch first = branches.front();
        const std::size_t dot = first.path.find('.');
        std::string_view name = first.path.substr(0, dot);
        // What shares the name lies in one object, at the place of its first field.
        std::vector<Branch> inside;
        std::vector<Branch> others;
        for (const Branch &branch : branches) {
            if (branch.path.substr(0, branch.path.find('.')) != name)
                others.push_back(branch);
            else if (dot != std::string_view::npos)
                inside.push_back({branch.path.substr(dot + 1), branch.field});
        }
        const bool is_array = name.ends_with(kArray);
        if (is_array) name.remove_suffix(kArray.size());
        append_json_text(out, name);
        out += is_array ? ":[" : ":";
        if (inside.empty())
            out += value_of(*first.field);
        else
            write_object(out, std::move(inside));
        if (is_array) out += ']';
        if (!others.empty()) out += ',';
        branches = std::move(others);
    }
    out += '}';
}

void Fields::write_nested(std::string &out) const {
    std::vector<Branch> branches;
    branches.reserve(fields_.size());
    for (const Field &field : fields_)
        branches.push_back({field.path, &field});
    write_object(out, std::move(branches));
}

void Fields::write_flat(std::string &out) const {
    char before = '{';
    for (const Field &field : fields_) {
        append_json_text(out += before, field.path);
        (out += ':') += value_of(field);
        before = ',';
    }
    out += '}';
}

} // namespace pop3fleet
