// The fields of one line, collected by their paths and then written as JSON.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pop3fleet {

/// Appends a JSON string in ASCII. `text` is UTF-8.
void append_json_text(std::string &out, std::string_view text);

/// Fields in their order. A path is made of names with dots between them and must outlive the
/// object; a name that ends with [] is an array of one object. Of two fields with one path the
/// first counts.
class Fields {
public:
    void text(std::string_view path, std::string_view value);
    void number(std::string_view path, std::int64_t value);
    void boolean(std::string_view path, bool value);
    /// An array of one text.
    void list(std::string_view path, std::string_view value);
    /// What is JSON already.
    void json(std::string_view path, std::string_view value);

    /// Appends an object of objects.
    void write_nested(std::string &out) const;
    /// Appends an object whose members have the paths as names.
    void write_flat(std::string &out) const;

private:
    struct Field {
        std::string_view path;
        std::size_t begin; ///< of its value in values_
        std::size_t end;
    };
    /// A field below an object that is being written.
    struct Branch {
        std::string_view path; ///< what is left of it
        const Field *field;
    };
    [[nodiscard]] std::string_view value_of(const Field &field) const {
        return std::string_view(values_).substr(field.begin, field.end - field.begin);
    }
    void write_object(std::string &out, std::vector<Branch> branches) const;
    /// Adds a field whose value append() appends, unless the path is taken.
    template <class Append> void add(std::string_view path, Append append);

    std::vector<Field> fields_;
    std::string values_;
};

} // namespace pop3fleet
