// JSON by RapidJSON's writer, which is known in this file only.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/json_line.hpp"

#include "system/diagnostics.hpp"

#include <algorithm>
#include <cstddef>
#include <fmt/core.h>
#include <rapidjson/writer.h>

namespace pop3dump {
namespace {

/// A stream of RapidJSON that is an output file.
class JsonStream {
public:
    using Ch = char;
    explicit JsonStream(OutputFile &file) : file_(file) {}

    void Put(char c) { // NOLINT(readability-identifier-naming): RapidJSON's name
        // The one character that RapidJSON takes for printable and terminals do not.
        if (c == '\x7f') {
            file_.append("\\u007f");
        } else {
            file_.put(c);
        }
    }
    void Flush() {} // NOLINT(readability-identifier-naming): RapidJSON's name

private:
    OutputFile &file_;
};

/// RapidJSON 1.1 looks it up by the stream's type.
// NOLINTNEXTLINE(readability-identifier-naming): RapidJSON's name
void PutUnsafe(JsonStream &stream, char c) {
    stream.Put(c);
}

rapidjson::SizeType size_of(std::string_view text) {
    return static_cast<rapidjson::SizeType>(text.size());
}

} // namespace

class JsonLine::Writer {
public:
    explicit Writer(OutputFile &file) : stream_(file), json_(stream_) {}

    void begin() {
        json_.Reset(stream_);
        json_.StartObject();
    }
    auto &member(std::string_view name) {
        json_.Key(name.data(), size_of(name));
        return json_;
    }
    void end() { json_.EndObject(); }

private:
    JsonStream stream_;
    rapidjson::Writer<JsonStream, rapidjson::UTF8<>, rapidjson::ASCII<>> json_;
};

JsonLine::JsonLine(OutputFile &file) : file_(file), writer_(std::make_unique<Writer>(file)) {}
JsonLine::~JsonLine() = default;

void JsonLine::begin() {
    writer_->begin();
}

void JsonLine::end() {
    writer_->end();
    file_.put('\n');
    file_.end_record();
}

void JsonLine::number(std::string_view name, std::uint64_t value) {
    writer_->member(name).Uint64(value);
}

void JsonLine::number_if(std::string_view name, std::uint64_t value) {
    if (value != 0) number(name, value);
}

void JsonLine::digits(std::string_view name, std::string_view value) {
    writer_->member(name).RawValue(value.data(), value.size(), rapidjson::kNumberType);
}

void JsonLine::boolean(std::string_view name, bool value) {
    writer_->member(name).Bool(value);
}

void JsonLine::null(std::string_view name) {
    writer_->member(name).Null();
}

void JsonLine::text(std::string_view name, std::string_view value) {
    const std::string_view valid = valid_utf8(value);
    writer_->member(name).String(valid.data(), size_of(valid));
}

void JsonLine::text_if(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
}

/// What RapidJSON wants, and does not check.
std::string_view JsonLine::valid_utf8(std::string_view bytes) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (std::all_of(bytes.begin(), bytes.end(), is_ascii)) return bytes;
    char32_t code_point = 0;
    valid_.clear();
    while (!bytes.empty()) {
        const std::size_t length = utf8_sequence(bytes, code_point);
        if (length == 0) {
            valid_ += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
        } else {
            valid_ += bytes.substr(0, length);
        }
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return valid_;
}

} // namespace pop3dump
