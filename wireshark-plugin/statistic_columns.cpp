// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistic_columns.hpp"

#include "end_text.hpp"
#include "utf8_text.hpp"

#include <ctime>
#include <epan/timestamp.h>

namespace pop3ana_plugin {
namespace {

bool is_display_in_utc() {
    switch (timestamp_get_type()) {
    case TS_UTC:
    case TS_UTC_WITH_YMD:
    case TS_UTC_WITH_YDOY: return true;
    default: return false;
    }
}

} // namespace

void set_text(Cell &cell, const char *text) {
    if (g_strcmp0(cell.value.string_value, text) == 0) return;
    g_free(const_cast<char *>(cell.value.string_value));
    cell.value.string_value = g_strdup(text);
}

void set_escaped(Cell &cell, std::string_view text) {
    const pop3ana_slice slice{text.data(), text.size()};
    std::string escaped(room_for_utf8(slice), '\0');
    write_utf8(slice, escaped.data());
    set_text(cell, escaped.c_str());
}

void set_end(Cell &cell, const pop3ana::Address &address, std::uint16_t port) {
    set_text(cell, end_text(address.family, address.bytes.data(), port).data());
}

void set_time(Cell &cell, std::int64_t ts_ns) {
    char text[64] = "";
    if (ts_ns != 0) {
        const std::time_t seconds = ts_ns / 1'000'000'000;
        const bool in_utc = is_display_in_utc();
        std::tm time{};
        (in_utc ? gmtime_r : localtime_r)(&seconds, &time);
        const std::size_t length = std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &time);
        g_snprintf(text + length, sizeof(text) - length, ".%06d %s",
                   static_cast<int>(ts_ns % 1'000'000'000 / 1'000), in_utc ? "UTC" : time.tm_zone);
    }
    set_text(cell, text);
}

void set_number(Cell &cell, std::uint64_t number) {
    cell.value.uint_value = static_cast<guint>(number);
}

} // namespace pop3ana_plugin
