// Fragments of a few datagrams against a byte map.
//
// Laws: a datagram is handed out as soon as it is whole and never before; of two copies of a byte
// the first stays; with a small limit, nothing is handed out that was not sent.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "fuzz_input.hpp"
#include "net/fragments.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

using namespace pop3ana;

namespace {

/// What is known of a datagram.
struct Model {
    std::vector<int> cells; ///< -1: missing
    std::size_t length = 0; ///< 0: not known

    void add(std::size_t offset, bool more, Bytes bytes) {
        if (!more && length == 0) {
            length = offset + bytes.size();
            if (length != 0) cells.resize(std::min(cells.size(), length));
        }
        std::size_t end = offset + bytes.size();
        if (length != 0) end = std::min(end, length);
        if (cells.size() < end) cells.resize(end, -1);
        for (std::size_t at = offset; at < end; ++at)
            if (cells[at] < 0) cells[at] = bytes[at - offset];
    }
    [[nodiscard]] bool whole() const {
        return length != 0 && cells.size() == length &&
               std::find(cells.begin(), cells.end(), -1) == cells.end();
    }
};

DatagramKey key_of(std::size_t number) {
    DatagramKey key;
    key.identification = static_cast<std::uint32_t>(number);
    return key;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fuzz::Input input(data, size);
    const bool roomy = input.flag();
    pop3ana_counters counters{};
    Fragments fragments{roomy ? kFragmentBytes : 1'000, 7, counters};
    std::array<Model, 3> models;
    std::int64_t now_ns = 0;
    std::uint64_t added = 0;
    while (!input.empty()) {
        const auto code = input.byte();
        if (!roomy && (code & 0x40) != 0) fragments.expire(now_ns += kFragmentTimeoutNs / 2);
        const std::size_t number = code % models.size();
        const bool more = (code & 0x80) == 0;
        const auto offset =
            static_cast<std::uint32_t>((code & 8) != 0 ? input.number(2) & 0xfff8 : input.byte());
        const auto sent = input.bytes(input.byte());
        const auto copy = std::make_unique<std::uint8_t[]>(sent.size());
        std::copy(sent.begin(), sent.end(), copy.get());
        const Bytes bytes{copy.get(), sent.size()};
        if (!more && offset == 0) continue; // that is a whole datagram
        ++added;
        const auto whole = fragments.add(key_of(number), offset, more, bytes, now_ns);
        Model &model = models[number];
        model.add(offset, more, bytes);
        fuzz::law("dropped ones were added", counters.fragments_dropped <= added);
        if (!roomy) {
            if (whole) model = {};
            continue;
        }
        fuzz::law("whole when all bytes are there", whole.has_value() == model.whole());
        if (!whole) continue;
        fuzz::law("the first copy of each byte",
                  std::equal(whole->begin(), whole->end(), model.cells.begin(), model.cells.end()));
        model = {};
    }
    return 0;
}
