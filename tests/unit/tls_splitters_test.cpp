// Records, and the messages of a handshake inside of them.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/limits.hpp"
#include "support.hpp"
#include "tls/decryptor.hpp"
#include "tls/facts.hpp"
#include "tls_writer.hpp"

using namespace pop3ana;
using pop3ana_test::tls_message;
using pop3ana_test::TlsType;
using pop3ana_test::TlsWriter;

namespace {

constexpr std::size_t kLargestFragment = (1U << 14) + 2'048;

/// "[type:bytes]" for each piece, "!" where none begins.
template <class Splitter> struct Bench {
    void feed(std::string_view text) {
        const unit::FlushCopy flush{text};
        const bool is_fine = splitter.take(
            flush.bytes(), [](const auto &header) { return header.length < 1'000; },
            [&](const auto &header, Bytes piece) {
                log.append("[").append(std::to_string(static_cast<int>(header.type)));
                log.append(":").append(as_text(piece)).append("]");
            });
        if (!is_fine) log += "!";
    }
    Splitter splitter;
    std::string log;
};

std::string record(std::uint8_t type, std::uint16_t version, std::string_view fragment) {
    std::string text{static_cast<char>(type), static_cast<char>(version >> 8),
                     static_cast<char>(version), static_cast<char>(fragment.size() >> 8),
                     static_cast<char>(fragment.size())};
    return text.append(fragment);
}

struct Row {
    const char *name;
    std::string bytes;
    std::string log;
};

const Row kRecords[] = {
    {"a_record", record(23, 0x303, "abc"), "[23:abc]"},
    {"two_records", record(22, 0x301, "a") + record(21, 0x304, "b"), "[22:a][21:b]"},
    {"an_empty_record", record(23, 0x303, "") + record(23, 0x303, "x"), "[23:][23:x]"},
    {"an_empty_record_at_the_end", record(23, 0x303, ""), "[23:]"},
    {"one_that_is_not_wanted", record(23, 0x303, std::string(1'000, 'x')), "[23:]"},
    {"the_largest", record(23, 0x303, std::string(kLargestFragment, 'x')), "[23:]"},
    {"one_byte_too_long", record(23, 0x303, std::string(kLargestFragment + 1, 'x')), "!"},
    {"a_length_that_lies", record(23, 0x303, "a").replace(3, 2, "\xff\xff"), "!"},
    {"no_content_type", record(19, 0x303, ""), "!"},
    {"no_content_type_either", record(24, 0x303, ""), "!"},
    {"no_version", record(22, 0x2ff, ""), "!"},
    {"no_version_yet", record(22, 0x305, ""), "!"},
    {"clear_text", "+OK ready\r\n", "!"},
    {"a_header_that_is_cut", "\x16\x03\x01\x00", ""},
    {"a_fragment_that_is_cut", record(23, 0x303, "abc").substr(0, 7), ""},
};

bool records_are_cut_at_each_byte(const Row &row) {
    bool fine = true;
    // No more is fed behind what begins no record.
    const std::size_t header = std::min(row.bytes.size(), RecordHeader::kBytes);
    const std::string &bytes = row.log == "!" ? row.bytes.substr(0, header) : row.bytes;
    const std::size_t step = std::max<std::size_t>(1, bytes.size() / 50);
    for (std::size_t at = 0; at <= bytes.size() && fine; at += step) {
        Bench<RecordSplitter> bench;
        bench.feed(bytes.substr(0, at));
        bench.feed(bytes.substr(at));
        fine = unit::same("cut at " + std::to_string(at), bench.log, row.log);
    }
    Bench<RecordSplitter> bench;
    for (const char byte : bytes)
        bench.feed({&byte, 1});
    return unit::same("single bytes", bench.log, row.log) && fine;
}

const Row kMessages[] = {
    {"a_message", tls_message(1, "abc"), "[1:abc]"},
    {"two_messages", tls_message(2, "a") + tls_message(11, "b"), "[2:a][11:b]"},
    {"an_empty_message", tls_message(14, "") + tls_message(20, "x"), "[14:][20:x]"},
    {"one_that_is_not_wanted", tls_message(11, std::string(70'000, 'x')) + tls_message(14, ""),
     "[11:][14:]"},
    {"a_length_that_lies", tls_message(1, "abc").replace(1, 3, "\xff\xff\xff"), ""},
};

bool messages_are_cut_at_each_byte(const Row &row) {
    bool fine = true;
    const std::size_t step = std::max<std::size_t>(1, row.bytes.size() / 50);
    for (std::size_t at = 0; at <= row.bytes.size() && fine; at += step) {
        Bench<MessageSplitter> bench;
        bench.feed(row.bytes.substr(0, at));
        bench.feed(row.bytes.substr(at));
        fine = unit::same("cut at " + std::to_string(at), bench.log, row.log);
    }
    return fine;
}

bool what_is_missing_is_told() {
    Bench<RecordSplitter> bench;
    const std::string bytes = record(23, 0x303, "abcd");
    bool fine = unit::holds("nothing yet", !bench.splitter.missing());
    bench.feed(bytes.substr(0, 4));
    fine = unit::holds("inside of a header", !bench.splitter.missing()) && fine;
    bench.feed(bytes.substr(4, 3));
    fine = unit::same("missing", bench.splitter.missing().value_or(99), 2) &&
           unit::same("held", as_text(bench.splitter.held()), "ab") && fine;
    bench.feed(bytes.substr(7));
    return unit::holds("whole", !bench.splitter.missing()) &&
           unit::same("nothing is held", bench.splitter.held_bytes(), 0) && fine;
}

// ---------------------------------------------------------------- hellos over many records

const auto &kSuite = pop3ana_test::tls_suites().front();

/// The message in records of `size` bytes.
std::string in_records(const TlsWriter &writer, std::string_view message, std::size_t size) {
    std::string bytes;
    for (; !message.empty(); message = message.substr(std::min(size, message.size())))
        bytes += writer.plain(TlsType::Handshake, message.substr(0, size));
    return bytes;
}

bool hellos_over_many_records_are_read() {
    const TlsWriter writer{kSuite};
    const std::string padding = pop3ana_test::tls_extension(21, std::string(3'000, '\0'));
    bool fine = true;
    for (const std::size_t size : {1U, 3U, 4U, 5U, 100U, 2'000U}) {
        TlsFactsReader reader;
        const std::string client = in_records(writer, writer.client_hello(padding), size);
        const std::string server = in_records(writer, writer.server_hello(), size);
        fine = unit::holds("more to come", !reader.bytes(Side::kClient, as_bytes(client))) &&
               unit::holds("whole", reader.bytes(Side::kServer, as_bytes(server))) &&
               unit::same("version", reader.facts().version, 0x0304) &&
               unit::same("suite", reader.facts().suite, kSuite.number) &&
               unit::same("ja4", reader.facts().ja4.size(), 36) && fine;
    }
    return fine;
}

/// A message of `type` that says it has 16 MB.
std::string endless(const TlsWriter &writer, std::uint8_t type) {
    const std::string start = tls_message(type, "").replace(1, 3, "\xff\xff\xff");
    return writer.plain(TlsType::Handshake, start + std::string(16'000, 'x'));
}

struct NoSink final : TlsTextSink {
    void on_text(Side /*from*/, Bytes /*text*/, std::uint64_t /*record*/) override {}
    void on_text_gap(Side /*from*/) override {}
};

bool a_hello_that_is_too_long_is_not_held() {
    const TlsWriter writer{kSuite};
    Secrets secrets{1};
    std::string buffer;
    pop3ana_counters counters{};
    NoSink sink;
    TlsContext context{secrets, buffer, counters, &sink};
    bool fine = true;
    for (const Side side : {Side::kClient, Side::kServer}) {
        TlsFactsReader reader;
        TlsDecryptor decryptor;
        const std::string first = endless(writer, side == Side::kClient ? 1 : 2);
        const std::string more = writer.plain(TlsType::Handshake, std::string(16'000, 'x'));
        for (int i = 0; i < 100; ++i) {
            reader.bytes(side, as_bytes(i == 0 ? first : more));
            decryptor.bytes(side, as_bytes(i == 0 ? first : more), context);
        }
        fine = unit::same("facts hold", reader.held_bytes(), 0) &&
               unit::same("the decryptor holds", decryptor.held_bytes(), 0) && fine;
    }
    return fine;
}

bool a_hello_that_lies_within_the_limit_is_bounded() {
    const TlsWriter writer{kSuite};
    const std::string start = tls_message(1, "").replace(1, 3, std::string{"\x00\x40\x00", 3});
    TlsFactsReader reader;
    std::uint64_t most = 0;
    reader.bytes(Side::kClient, as_bytes(writer.plain(TlsType::Handshake, start)));
    for (int i = 0; i < 2'000; ++i) {
        const std::string more = writer.plain(TlsType::Handshake, std::string(10, 'x'));
        reader.bytes(Side::kClient, as_bytes(more));
        most = std::max(most, reader.held_bytes());
    }
    return unit::holds("held", most > 0 && most <= kTlsHelloBytes);
}

} // namespace

int main() {
    std::vector<CMUnitTest> tests{UNIT_TEST(what_is_missing_is_told),
                                  UNIT_TEST(hellos_over_many_records_are_read),
                                  UNIT_TEST(a_hello_that_is_too_long_is_not_held),
                                  UNIT_TEST(a_hello_that_lies_within_the_limit_is_bounded)};
    unit::add_rows<records_are_cut_at_each_byte>(tests, kRecords);
    unit::add_rows<messages_are_cut_at_each_byte>(tests, kMessages);
    return unit::run("unit.tls_splitters", tests);
}
