// The binary form of events: any bytes, decoded.
//
// Laws: nothing outside of the bytes is read; what decodes is written again as something that
// decodes to the same.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "events/event_codec.hpp"
#include "fuzz_input.hpp"

#include <algorithm>
#include <memory>
#include <span>

namespace {

std::string written(const pop3ana_event &event, std::int64_t base_ns) {
    std::vector<std::uint8_t> bytes;
    pop3ana::encode_event(event, base_ns, bytes);
    return {bytes.begin(), bytes.end()};
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    const auto base_ns = static_cast<std::int64_t>(input.number(8));
    pop3ana_event event{};
    pop3ana_session_summary summary, summary_again;
    event.frame = input.number(4);
    const auto bytes = input.bytes(size);
    const auto copy = std::make_unique<std::uint8_t[]>(bytes.size()); // a sanitizer sees its end
    std::copy(bytes.begin(), bytes.end(), copy.get());
    std::span<const std::uint8_t> rest{copy.get(), bytes.size()};
    while (!rest.empty() && pop3ana::decode_event(rest, base_ns, event, summary)) {
        const std::string once = written(event, base_ns);
        pop3ana_event again{};
        again.frame = event.frame;
        std::span<const std::uint8_t> form{reinterpret_cast<const std::uint8_t *>(once.data()),
                                           once.size()};
        fuzz::law("what is written decodes",
                  pop3ana::decode_event(form, base_ns, again, summary_again));
        fuzz::law("whole", form.empty());
        fuzz::same("the same", written(again, base_ns), once);
    }
    return 0;
}
