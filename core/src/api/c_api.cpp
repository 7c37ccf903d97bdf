// The C interface: handles, struct sizes, and the wall that no exception passes. No logic.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "pop3ana/pop3ana.h"

#include "api/engine.hpp"
#include "base/address_text.hpp"
#include "events/log_line.hpp"

#include <algorithm>
#include <cstring>
#include <new>

struct pop3ana_engine {
    pop3ana::Engine engine;
    bool busy = false; ///< inside feed_frame or tick
};

namespace {

// Sizes of version 0.2.0, the first with this soname; they do not change under it.
constexpr std::size_t kConfigBytes = 136;
constexpr std::size_t kSinkBytes = 24;
constexpr std::size_t kFrameBytes = 48;
constexpr std::size_t kDecryptedBytes = 80;
constexpr std::size_t kSegmentBytes = 72;
constexpr std::size_t kSkippedBytes = 24;
static_assert(sizeof(pop3ana_decrypted) == kDecryptedBytes);
static_assert(sizeof(pop3ana_segment) == kSegmentBytes);
static_assert(sizeof(pop3ana_config) == kConfigBytes);
static_assert(sizeof(pop3ana_sink) == kSinkBytes);
static_assert(sizeof(pop3ana_frame) == kFrameBytes);
static_assert(sizeof(pop3ana_skipped) == kSkippedBytes);

// Whether what a newer caller knows and this library does not is unused.
template <class Struct> bool tail_is_zero(const Struct &value) {
    const auto *begin = reinterpret_cast<const unsigned char *>(&value);
    return std::all_of(begin + sizeof(Struct), begin + value.struct_size,
                       [](unsigned char byte) { return byte == 0; });
}

template <class Struct> pop3ana_status check_struct(const Struct *value, std::size_t first_size) {
    if (value == nullptr || value->struct_size < first_size) return POP3ANA_E_INVALID;
    if (value->struct_size > sizeof(Struct) && !tail_is_zero(*value)) return POP3ANA_E_UNSUPPORTED;
    return POP3ANA_OK;
}

pop3ana_status check_frame(const pop3ana_frame *frame) {
    const pop3ana_status status = check_struct(frame, kFrameBytes);
    if (status != POP3ANA_OK) return status;
    const bool lacks_data = frame->data == nullptr && frame->captured_bytes != 0;
    return lacks_data ? POP3ANA_E_INVALID : POP3ANA_OK;
}

void write_message(std::string_view text, char *message, std::size_t message_size) {
    if (message == nullptr || message_size == 0) return;
    const std::size_t length = std::min(text.size(), message_size - 1);
    std::memcpy(message, text.data(), length);
    message[length] = '\0';
}

template <class Call> pop3ana_status guarded(Call call) noexcept {
    try {
        return call();
    } catch (const std::bad_alloc &) {
        return POP3ANA_E_NOMEM;
    } catch (...) {
        return POP3ANA_E_INTERNAL;
    }
}

// Runs a call that writes text to `buffer`; an empty text when memory runs out.
template <class Call> size_t guarded_text(char *buffer, size_t size, Call call) noexcept {
    if (size != 0) buffer[0] = '\0';
    size_t length = 0;
    guarded([&]() -> pop3ana_status {
        length = call();
        return POP3ANA_OK;
    });
    return length;
}

pop3ana_status parse(const pop3ana_config &config, pop3ana::Config &parsed, char *message,
                     std::size_t message_size) {
    std::string refused;
    if (pop3ana::parse_config(config, parsed, refused)) return POP3ANA_OK;
    write_message(refused, message, message_size);
    return POP3ANA_E_CONFIG;
}

// Runs a call that feeds an engine, which may call back.
template <class Call> pop3ana_status feed(pop3ana_engine *engine, Call call) noexcept {
    if (engine == nullptr) return POP3ANA_E_INVALID;
    if (engine->busy) return POP3ANA_E_REENTRANT;
    engine->busy = true;
    const pop3ana_status status = guarded(call);
    if (status < 0) engine->engine.recover();
    engine->busy = false;
    return status;
}

} // namespace

void pop3ana_config_init_sized(pop3ana_config *config, size_t struct_size) {
    if (config == nullptr) return;
    pop3ana_config defaults = pop3ana::default_config();
    defaults.struct_size = struct_size;
    std::memset(config, 0, struct_size);
    std::memcpy(config, &defaults, std::min(struct_size, sizeof(defaults)));
}

pop3ana_status pop3ana_config_check(const pop3ana_config *config, char *message,
                                    size_t message_size) {
    write_message("", message, message_size);
    const pop3ana_status status = check_struct(config, kConfigBytes);
    if (status != POP3ANA_OK) return status;
    pop3ana::Config parsed;
    return guarded([&] { return parse(*config, parsed, message, message_size); });
}

pop3ana_status pop3ana_engine_new(const pop3ana_config *config, const pop3ana_sink *sink,
                                  pop3ana_engine **engine, char *message, size_t message_size) {
    write_message("", message, message_size);
    if (engine == nullptr) return POP3ANA_E_INVALID;
    *engine = nullptr;
    for (const pop3ana_status status :
         {check_struct(config, kConfigBytes), check_struct(sink, kSinkBytes)})
        if (status != POP3ANA_OK) return status;
    if (sink->on_event == nullptr) return POP3ANA_E_INVALID;
    return guarded([&]() -> pop3ana_status {
        pop3ana::Config parsed;
        const pop3ana_status refused = parse(*config, parsed, message, message_size);
        if (refused != POP3ANA_OK) return refused;
        // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): guarded() has the handler.
        *engine = new pop3ana_engine{{std::move(parsed), *sink, pop3ana::random_seed()}};
        return POP3ANA_OK;
    });
}

void pop3ana_engine_free(pop3ana_engine *engine) {
    if (engine != nullptr && !engine->busy) delete engine;
}

pop3ana_status pop3ana_feed_frame(pop3ana_engine *engine, const pop3ana_frame *frame) {
    const pop3ana_status status = check_frame(frame);
    if (status != POP3ANA_OK) return status;
    return feed(engine, [&]() -> pop3ana_status {
        return engine->engine.frame(*frame) ? POP3ANA_OK : POP3ANA_NOT_POP3;
    });
}

pop3ana_status pop3ana_select_frame(pop3ana_engine *engine, const pop3ana_frame *frame) {
    const pop3ana_status status = check_frame(frame);
    if (status != POP3ANA_OK) return status;
    return feed(engine, [&]() -> pop3ana_status {
        return engine->engine.selects(*frame) ? POP3ANA_OK : POP3ANA_NOT_POP3;
    });
}

uint64_t pop3ana_frame_connection(const pop3ana_engine *engine) {
    return engine == nullptr ? 0 : engine->engine.frame_connection();
}

pop3ana_status pop3ana_feed_segment(pop3ana_engine *engine, const pop3ana_segment *segment) {
    const pop3ana_status status = check_struct(segment, kSegmentBytes);
    if (status != POP3ANA_OK) return status;
    if (segment->data == nullptr && segment->captured_bytes != 0) return POP3ANA_E_INVALID;
    if (segment->sent_bytes < segment->captured_bytes || segment->sent_bytes > UINT32_MAX)
        return POP3ANA_E_INVALID;
    if (segment->address_family != 4 && segment->address_family != 6) return POP3ANA_E_INVALID;
    if (std::any_of(std::begin(segment->reserved), std::end(segment->reserved),
                    [](std::uint8_t byte) { return byte != 0; }))
        return POP3ANA_E_UNSUPPORTED;
    return feed(engine, [&]() -> pop3ana_status {
        return engine->engine.segment(*segment) ? POP3ANA_OK : POP3ANA_NOT_POP3;
    });
}

pop3ana_status pop3ana_feed_decrypted(pop3ana_engine *engine, const pop3ana_decrypted *decrypted) {
    const pop3ana_status status = check_struct(decrypted, kDecryptedBytes);
    if (status != POP3ANA_OK) return status;
    if (decrypted->data == nullptr && decrypted->bytes != 0) return POP3ANA_E_INVALID;
    if (decrypted->address_family != 4 && decrypted->address_family != 6) return POP3ANA_E_INVALID;
    if (decrypted->reserved[0] != 0 || decrypted->reserved[1] != 0) return POP3ANA_E_UNSUPPORTED;
    return feed(engine, [&]() -> pop3ana_status {
        return engine->engine.decrypted(*decrypted) ? POP3ANA_OK : POP3ANA_NOT_POP3;
    });
}

pop3ana_status pop3ana_add_tls_secret(pop3ana_engine *engine, const char *label,
                                      const uint8_t client_random[32], const uint8_t *secret,
                                      size_t secret_bytes) {
    if (label == nullptr || client_random == nullptr || secret == nullptr || secret_bytes == 0 ||
        secret_bytes > pop3ana::Secret::kMostBytes)
        return POP3ANA_E_INVALID;
    const auto found = pop3ana::find_secret_label(label);
    if (!found) return POP3ANA_E_UNSUPPORTED;
    return feed(engine, [&]() -> pop3ana_status {
        engine->engine.add_tls_secret(*found, {client_random, pop3ana::kHelloRandomBytes},
                                      {secret, secret_bytes});
        return POP3ANA_OK;
    });
}

pop3ana_status pop3ana_use_tls_secrets(pop3ana_engine *engine) {
    return feed(engine, [&]() -> pop3ana_status {
        engine->engine.go_on();
        return POP3ANA_OK;
    });
}

size_t pop3ana_tls_key_log(const pop3ana_engine *engine, uint64_t connection, char *text,
                           size_t text_bytes) {
    if (engine == nullptr) return 0;
    try {
        const std::string lines = engine->engine.tls_key_log(connection);
        if (text != nullptr && text_bytes != 0) {
            const std::size_t copied = std::min(lines.size(), text_bytes - 1);
            lines.copy(text, copied);
            text[copied] = '\0';
        }
        return lines.size();
    } catch (const std::bad_alloc &) {
        return 0;
    }
}

pop3ana_status pop3ana_finish(pop3ana_engine *engine) {
    return feed(engine, [&]() -> pop3ana_status {
        engine->engine.finish();
        return POP3ANA_OK;
    });
}

pop3ana_status pop3ana_tick(pop3ana_engine *engine, int64_t ts_ns) {
    return feed(engine, [&]() -> pop3ana_status {
        engine->engine.tick(ts_ns);
        return POP3ANA_OK;
    });
}

pop3ana_status pop3ana_counters_get(const pop3ana_engine *engine, pop3ana_counters *counters) {
    if (engine == nullptr || counters == nullptr ||
        counters->struct_size < sizeof(counters->struct_size))
        return POP3ANA_E_INVALID;
    const std::size_t struct_size = counters->struct_size;
    std::memset(counters, 0, struct_size);
    std::memcpy(counters, &engine->engine.counters(),
                std::min(struct_size, sizeof(pop3ana_counters)));
    counters->struct_size = struct_size;
    return POP3ANA_OK;
}

pop3ana_status pop3ana_skipped_next(const pop3ana_engine *engine, pop3ana_skipped *entry) {
    const pop3ana_status status = check_struct(entry, kSkippedBytes);
    if (status != POP3ANA_OK) return status;
    if (engine == nullptr) return POP3ANA_E_INVALID;
    engine->engine.skipped().next(*entry);
    return POP3ANA_OK;
}

size_t pop3ana_format_log_line(const pop3ana_event *event, char *buffer, size_t size) {
    return guarded_text(buffer, size, [&]() -> size_t {
        return event == nullptr || event->in_log == 0
                   ? 0
                   : pop3ana::format_log_line(*event, buffer, size);
    });
}

size_t pop3ana_format_log_line_as(const pop3ana_event *event, uint32_t form, char *buffer,
                                  size_t size) {
    constexpr uint32_t kKnown = POP3ANA_LINE_NO_TIME | POP3ANA_LINE_LOGIN_ADDRESSES;
    return guarded_text(buffer, size, [&]() -> size_t {
        return event == nullptr || event->in_log == 0 || (form & ~kKnown) != 0
                   ? 0
                   : pop3ana::format_log_line(*event, form, buffer, size);
    });
}

size_t pop3ana_escape(pop3ana_slice text, char *buffer, size_t size) {
    return guarded_text(buffer, size, [&] {
        return pop3ana::escape_text({text.ptr, text.len}, buffer, size);
    });
}

size_t pop3ana_format_address(uint8_t family, const uint8_t *address, char *buffer, size_t size) {
    const bool is_known = address != nullptr && (family == 4 || family == 6);
    char text[pop3ana::kAddressTextBytes];
    const char *const end = is_known ? pop3ana::write_address(text, family, address) : text;
    const std::string_view whole(text, static_cast<std::size_t>(end - text));
    write_message(whole, buffer, size);
    return whole.size();
}
