// pop3dump-formats.so: capture files as Wireshark reads them, by its libwiretap.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats_module.h"

#include "net/link_types.hpp"

#include <array>
#include <cstdio>
#include <iterator>
#include <memory>
#include <mutex>
#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>
#include <wsutil/buffer.h>
#include <wsutil/wslog.h>

// Others than the functions of the C interface stay inside.
#define POP3DUMP_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using pop3ana::kLinkTypes;
using pop3ana::LinkType;

/// libwiretap does not say which of its functions may be called side by side.
std::mutex one_at_a_time;

struct WtapCloser {
    void operator()(wtap *file) const { wtap_close(file); }
};
using WtapFile = std::unique_ptr<wtap, WtapCloser>;

/// A record and its bytes; since Wireshark 4.6 a record has them itself.
template <typename Rec> class BasicRecord {
public:
    static constexpr bool kHasBytes = requires(Rec & rec) { rec.data; };

    BasicRecord() {
        if constexpr (kHasBytes) {
            wtap_rec_init(&rec_, kFirstBytes);
        } else {
            wtap_rec_init(&rec_);
            ws_buffer_init(&bytes_, kFirstBytes);
        }
    }
    BasicRecord(const BasicRecord &) = delete;
    BasicRecord &operator=(const BasicRecord &) = delete;
    ~BasicRecord() {
        wtap_rec_cleanup(&rec_);
        if constexpr (!kHasBytes) ws_buffer_free(&bytes_);
    }

    template <typename Wtap> bool read(Wtap *file, int &code, char *&info) {
        wtap_rec_reset(&rec_);
        gint64 offset = 0;
        if constexpr (kHasBytes) {
            return wtap_read(file, &rec_, &code, &info, &offset);
        } else {
            return wtap_read(file, &rec_, &bytes_, &code, &info, &offset) != 0;
        }
    }

    [[nodiscard]] const Rec &operator*() const { return rec_; }

    const std::uint8_t *bytes() {
        if constexpr (kHasBytes) {
            return ws_buffer_start_ptr(&rec_.data);
        } else {
            return ws_buffer_start_ptr(&bytes_);
        }
    }

private:
    static constexpr gsize kFirstBytes = 2048;

    Rec rec_{};
    Buffer bytes_{};
};
using Record = BasicRecord<wtap_rec>;

std::uint32_t number_of(LinkType type) {
    return static_cast<std::uint32_t>(type);
}

/// The link type whose encapsulation this is; libwiretap tells it the other way round only.
std::uint32_t link_type_of(int encapsulation) {
    static const auto known = [] {
        std::array<int, std::size(kLinkTypes)> result{};
        for (std::size_t i = 0; i < result.size(); ++i)
            result[i] = wtap_pcap_encap_to_wtap_encap(static_cast<int>(kLinkTypes[i]));
        return result;
    }();
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (known[i] == encapsulation) return number_of(kLinkTypes[i]);
    }
    return POP3DUMP_FORMATS_NO_LINK_TYPE;
}

/// Of some the frame begins behind what libwiretap has read of the record.
std::uint32_t link_type_of(const wtap_rec &record) {
    const wtap_packet_header &header = record.rec_header.packet_header;
    switch (header.pkt_encap) {
    case WTAP_ENCAP_UNKNOWN: return POP3DUMP_FORMATS_NO_LINK_TYPE;
    case WTAP_ENCAP_PPP_WITH_PHDR: return number_of(LinkType::kPpp);
    case WTAP_ENCAP_NETTL_ETHERNET: return number_of(LinkType::kEthernet);
    case WTAP_ENCAP_NETTL_RAW_IP: return number_of(LinkType::kRaw);
    case WTAP_ENCAP_ERF: {
        const LinkType inner = pop3ana::link_type_of_erf(header.pseudo_header.erf.phdr.type);
        return inner == LinkType::kErf ? POP3DUMP_FORMATS_NO_LINK_TYPE : number_of(inner);
    }
    default: break;
    }
    if (wtap_encap_requires_phdr(header.pkt_encap) != 0) return POP3DUMP_FORMATS_NO_LINK_TYPE;
    return link_type_of(header.pkt_encap);
}

/// Pictures, music and texts are files that Wireshark shows, too: without packets for us.
bool may_hold_packets(wtap *file) {
    const int encapsulation = wtap_file_encap(file);
    switch (encapsulation) {
    case WTAP_ENCAP_PER_PACKET:
    case WTAP_ENCAP_UNKNOWN:
    case WTAP_ENCAP_ERF:
    case WTAP_ENCAP_PPP_WITH_PHDR:
    case WTAP_ENCAP_NETTL_ETHERNET:
    case WTAP_ENCAP_NETTL_RAW_IP: return true;
    default: return link_type_of(encapsulation) != POP3DUMP_FORMATS_NO_LINK_TYPE;
    }
}

void set_error(pop3dump_formats_error &error, int code, char *info) {
    std::snprintf(error.text, sizeof(error.text), "%s%s%s", wtap_strerror(code),
                  info != nullptr ? ": " : "", info != nullptr ? info : "");
    g_free(info);
}

} // namespace

struct pop3dump_formats_file {
    explicit pop3dump_formats_file(WtapFile opened) : file(std::move(opened)) {}

    WtapFile file;
    Record record;
};

namespace {

pop3dump_formats_file *open_file(const char *path, pop3dump_formats_error *error) {
    const std::scoped_lock lock(one_at_a_time);
    static const bool is_ready = [] {
        // What is wrong with a file comes back as an error.
        ws_log_set_level(LOG_LEVEL_CRITICAL);
        wtap_init(/*load_wiretap_plugins=*/FALSE);
        return true;
    }();
    int code = 0;
    char *info = nullptr;
    error->text[0] = '\0';
    WtapFile file(is_ready ? wtap_open_offline(path, WTAP_TYPE_AUTO, &code, &info, FALSE)
                           : nullptr);
    if (!file) {
        set_error(*error, code, info);
        if (code == WTAP_ERR_FILE_UNKNOWN_FORMAT) error->text[0] = '\0';
        return nullptr;
    }
    if (!may_hold_packets(file.get())) return nullptr;
    return new pop3dump_formats_file(std::move(file));
}

int next_packet(pop3dump_formats_file *file, pop3dump_formats_packet *packet,
                pop3dump_formats_error *error) {
    const std::scoped_lock lock(one_at_a_time);
    error->text[0] = '\0';
    do {
        int code = 0;
        char *info = nullptr;
        if (!file->record.read(file->file.get(), code, info)) {
            if (code != 0) set_error(*error, code, info);
            return 0;
        }
    } while ((*file->record).rec_type != REC_TYPE_PACKET);
    const wtap_rec &record = *file->record;
    packet->ts_ns = 0;
    if ((record.presence_flags & WTAP_HAS_TS) != 0) {
        constexpr std::int64_t kSecond = 1'000'000'000;
        constexpr std::int64_t kSeconds = INT64_MAX / kSecond - 1;
        const std::int64_t seconds = record.ts.secs;
        if (-kSeconds < seconds && seconds < kSeconds)
            packet->ts_ns = seconds * kSecond + record.ts.nsecs;
    }
    packet->data = file->record.bytes();
    packet->captured_bytes = record.rec_header.packet_header.caplen;
    packet->wire_bytes = record.rec_header.packet_header.len;
    packet->link_type = link_type_of(record);
    return 1;
}

std::uint64_t done_bytes(const pop3dump_formats_file *file) {
    const std::scoped_lock lock(one_at_a_time);
    const gint64 bytes = wtap_read_so_far(file->file.get());
    return bytes < 0 ? 0 : static_cast<std::uint64_t>(bytes);
}

void close_file(pop3dump_formats_file *file) {
    const std::scoped_lock lock(one_at_a_time);
    delete file;
}

constexpr pop3dump_formats kFormats{POP3DUMP_FORMATS_VERSION, open_file, next_packet, done_bytes,
                                    close_file};

} // namespace

POP3DUMP_EXPORT const pop3dump_formats *pop3dump_formats_get() {
    return &kFormats;
}
