// The text of events: pop3ana_format_log_line and pop3ana_escape for any event and buffer size.
//
// Laws: as snprintf (the whole length is returned, what does not fit is cut, a final NUL, nothing
// behind the size is touched); only printable ASCII comes out; texts are escaped byte by byte.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz_input.hpp"

#include <algorithm>
#include <memory>
#include <pop3ana/pop3ana.h>

namespace {

pop3ana_slice slice_of(std::string_view text) {
    return {text.data(), text.size()};
}

template <class Write> std::string checked(fuzz::Input &input, Write write) {
    const std::size_t length = write(nullptr, 0);
    std::string whole(length, '\0');
    fuzz::law("the same length", write(whole.data(), length + 1) == length);
    fuzz::law("printable ASCII",
              std::all_of(whole.begin(), whole.end(), [](char c) { return c >= 32 && c < 127; }));
    const std::size_t size = 1 + input.number(2) % (length + 300);
    const auto buffer = std::make_unique<char[]>(size); // a sanitizer sees one byte too many
    fuzz::law("the same length for any size", write(buffer.get(), size) == length);
    fuzz::same("cut as snprintf does", std::string_view{buffer.get()},
               std::string_view{whole}.substr(0, size - 1));
    return whole;
}

std::string escaped(fuzz::Input &input, std::string_view text) {
    return checked(input, [&](char *buffer, std::size_t size) {
        return pop3ana_escape(slice_of(text), buffer, size);
    });
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    std::string texts[4];
    for (auto &text : texts) {
        const auto bytes = input.bytes(input.byte());
        text.assign(bytes.begin(), bytes.end());
    }
    pop3ana_event event{};
    event.struct_size = sizeof(event);
    event.type = input.byte();
    event.status = input.byte();
    event.in_log = input.flag() ? 1 : 0;
    event.session = input.number(8);
    event.ts_ns = static_cast<std::int64_t>(input.number(8));
    event.address_family = event.originator_family = input.flag() ? 4 : 6;
    for (auto *address : {event.originator_address, event.responder_address})
        for (int i = 0; i < 16; ++i)
            address[i] = input.byte();
    event.originator_port = static_cast<std::uint16_t>(input.number(2));
    event.responder_port = static_cast<std::uint16_t>(input.number(2));
    // The library itself checks the peer's description, and knows the words of requests.
    event.peer_description = slice_of(input.flag() ? "mx1" : "");
    event.command = event.type == POP3ANA_EVENT_REQUEST ? slice_of("USER") : slice_of(texts[0]);
    event.text = slice_of(texts[1]);
    event.user = slice_of(texts[2]);
    event.password = slice_of(texts[3]);
    const auto line = checked(input, [&](char *buffer, std::size_t room) {
        return pop3ana_format_log_line(&event, buffer, room);
    });
    fuzz::law("a line only for the log", line.empty() == (event.in_log == 0));
    const auto form_of = [&](std::uint32_t form) {
        return checked(input, [&](char *buffer, std::size_t room) {
            return pop3ana_format_log_line_as(&event, form, buffer, room);
        });
    };
    const auto without_time = form_of(POP3ANA_LINE_NO_TIME);
    fuzz::law("the time is what the other form lacks", line.ends_with(without_time));
    fuzz::law("addresses only add", form_of(POP3ANA_LINE_LOGIN_ADDRESSES).size() >= line.size());
    const auto both = escaped(input, texts[1] + texts[2]);
    fuzz::same("escaped byte by byte", both, escaped(input, texts[1]) + escaped(input, texts[2]));
    if (event.in_log != 0 && event.type == POP3ANA_EVENT_REPLY)
        fuzz::law("a reply ends in its text", line.ends_with(escaped(input, texts[1])));
    return 0;
}
