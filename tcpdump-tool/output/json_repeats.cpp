// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/json_repeats.hpp"

#include "output/community_id.hpp"
#include "output/event_text.hpp"
#include "output/json_writer.hpp"
#include "output/time_stamps.hpp"

#include <algorithm>

namespace pop3dump {
namespace {

namespace key {
constexpr JsonKey kTime("ts");
constexpr JsonKey kUtcTime("time");
constexpr JsonKey kSession("session");
constexpr JsonKey kFrame("frame");
constexpr JsonKey kOriginator("id.orig_h");
constexpr JsonKey kOriginatorPort("id.orig_p");
constexpr JsonKey kResponder("id.resp_h");
constexpr JsonKey kResponderPort("id.resp_p");
constexpr JsonKey kProxy("proxy.h");
constexpr JsonKey kProxyPort("proxy.p");
constexpr JsonKey kUid("uid");
constexpr JsonKey kCommunityId("community_id");
} // namespace key

// Addresses and times have no byte that JSON escapes.
constexpr std::size_t kMostTimesBytes = 2 * JsonWriter::kMemberBytes + kUtcTimeBytes;
constexpr std::size_t kMostEndsBytes = 8 * JsonWriter::kMemberBytes +
                                       3 * pop3ana::kAddressTextBytes + sizeof(ConnectionUid) +
                                       sizeof(CommunityId);
static_assert(std::max(kMostTimesBytes, kMostEndsBytes) + JsonWriter::kSlack <=
              JsonRepeats::kMostBytes);

std::uint32_t bytes_written(const JsonWriter &json, const char *from) {
    return static_cast<std::uint32_t>(json.end() - from);
}

} // namespace

JsonRepeats::Ends JsonRepeats::ends_of(const pop3ana_event &event) {
    using pop3ana::ByteWord;
    using pop3ana::load_word;
    return {load_word(event.originator_address),
            load_word(event.originator_address + 8),
            load_word(event.responder_address),
            load_word(event.responder_address + 8),
            load_word(event.proxy_address),
            load_word(event.proxy_address + 8),
            ByteWord{event.originator_port} << 32 | ByteWord{event.responder_port} << 16 |
                event.proxy_port,
            static_cast<ByteWord>(event.connection_ts_ns),
            ByteWord{event.originator_family} << 16 | ByteWord{event.address_family} << 8 |
                event.proxy_family};
}

void JsonRepeats::write_times(std::int64_t ts_ns) {
    constexpr std::uint64_t kMicrosecondNs = 1000; // parts of it are cut, as in the log
    std::array<char, kUtcTimeBytes + pop3ana::kDecimalSlack> time;
    const char *const end = write_utc_time(time.data(), ts_ns);
    JsonWriter json(times_.text.data());
    json.seconds(key::kTime, static_cast<std::uint64_t>(ts_ns) / kMicrosecondNs);
    json.plain(key::kUtcTime, {time.data(), static_cast<std::size_t>(end - time.data())});
    ts_ns_ = ts_ns;
    times_.bytes = bytes_written(json, times_.text.data());
}

void JsonRepeats::write_numbers(std::uint64_t session, std::uint64_t frame) {
    JsonWriter json(numbers_.text.data());
    json.number(key::kSession, session);
    json.number(key::kFrame, frame);
    session_ = session;
    frame_ = frame;
    numbers_.bytes = bytes_written(json, numbers_.text.data());
}

std::string_view JsonRepeats::ends(const pop3ana_event &event) {
    Connection &connection = connections_[event.connection % kConnections];
    const Ends ends = ends_of(event);
    pop3ana::ByteWord difference = 0; // a comparison of arrays would be a call
    for (std::size_t i = 0; i < ends.size(); ++i)
        difference |= ends[i] ^ connection.ends[i];
    if (difference != 0 || connection.members.bytes == 0) {
        write_ends(connection.members, event);
        connection.ends = ends;
    }
    return connection.members.view();
}

void JsonRepeats::write_ends(Text &members, const pop3ana_event &event) {
    AddressBuffer buffer;
    JsonWriter json(members.text.data());
    const auto put = [&](const JsonKey &address_key, std::uint8_t family,
                         const std::uint8_t *address, const JsonKey &port_key, std::uint16_t port) {
        json.plain(address_key, address_text(buffer, family, address));
        json.number(port_key, port);
    };
    put(key::kOriginator, event.originator_family, event.originator_address, key::kOriginatorPort,
        event.originator_port);
    put(key::kResponder, event.address_family, event.responder_address, key::kResponderPort,
        event.responder_port);
    if (event.proxy_family != 0)
        put(key::kProxy, event.proxy_family, event.proxy_address, key::kProxyPort,
            event.proxy_port);
    const ConnectionUid uid = connection_uid(event);
    json.plain(key::kUid, {uid.data(), uid.size()});
    const CommunityId id = community_id(event);
    json.plain(key::kCommunityId, {id.data(), id.size()});
    members.bytes = bytes_written(json, members.text.data());
}

} // namespace pop3dump
