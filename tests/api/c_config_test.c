/* pop3ana_config and pop3ana_engine_new: defaults, refused values, structs of other releases.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#include "c_cmocka.h"

#include <pop3ana/pop3ana.h>
#include <stdlib.h>
#include <string.h>

/* Sizes of the first release, frozen. A struct of them must never be read beyond. */
enum { FIRST_CONFIG_BYTES = 136, FIRST_SINK_BYTES = 24 };

static void ignore_event(void *user_data, const pop3ana_event *event) {
    (void)user_data;
    (void)event;
}

static pop3ana_sink some_sink(void) {
    const pop3ana_sink sink = {sizeof(sink), NULL, ignore_event};
    return sink;
}

/* A copy in a heap block of exactly `size` bytes, so that a sanitizer sees one byte too many. */
static void *exact_copy(const void *from, size_t from_size, size_t size) {
    void *copy = calloc(1, size);
    assert_non_null(copy);
    memcpy(copy, from, from_size < size ? from_size : size);
    memcpy(copy, &size, sizeof(size));
    return copy;
}

static pop3ana_status try_config(const pop3ana_config *config, char *message, size_t size) {
    const pop3ana_sink sink = some_sink();
    pop3ana_engine *engine = (pop3ana_engine *)(uintptr_t)1;
    const pop3ana_status status = pop3ana_engine_new(config, &sink, &engine, message, size);
    assert_int_equal(engine != NULL, status == POP3ANA_OK);
    pop3ana_engine_free(engine);
    /* Without an engine the same is said. */
    char checked[256];
    assert_int_equal(pop3ana_config_check(config, checked, sizeof(checked)), status);
    if (message != NULL && size != 0) assert_int_equal(strncmp(message, checked, size - 1), 0);
    return status;
}

static void assert_refused(const pop3ana_config *config, const char *field, const char *value) {
    char message[256] = "untouched";
    assert_int_equal(try_config(config, message, sizeof(message)), POP3ANA_E_CONFIG);
    assert_non_null(strstr(message, field));
    assert_non_null(strstr(message, value));
    assert_null(strchr(message, '\n'));
}

static void defaults_are_those_of_the_original(void **state) {
    (void)state;
    pop3ana_config config;
    memset(&config, 0xff, sizeof(config));
    pop3ana_config_init(&config);
    assert_int_equal(config.struct_size, sizeof(config));
    assert_string_equal(config.ports, "110");
    assert_string_equal(config.ignore_commands, "STAT");
    assert_string_equal(config.peer_description, "");
    assert_int_equal(config.error_expiry_ns, UINT64_C(3600) * 1000000000);
    assert_int_equal(config.max_held_bytes, 64 << 20);
    assert_int_equal(config.max_fragment_bytes, 16 << 20);
    assert_int_equal(config.error_threshold, 3);
    assert_int_equal(config.max_connections, 1000000);
    assert_int_equal(config.max_clients, 1000000);
    assert_int_equal(config.midstream, 1);
    assert_int_equal(config.alert_once, 0);
    assert_int_equal(config.redact, 0);
    assert_int_equal(config.verify_checksums, 0);
    assert_int_equal(config.session_end, 0);
    assert_int_equal(try_config(&config, NULL, 0), POP3ANA_OK);
}

static void init_writes_no_more_than_it_was_given(void **state) {
    (void)state;
    pop3ana_config_init_sized(NULL, sizeof(pop3ana_config));
    pop3ana_config *first = malloc(FIRST_CONFIG_BYTES);
    pop3ana_config_init_sized(first, FIRST_CONFIG_BYTES);
    size_t struct_size = 0;
    memcpy(&struct_size, first, sizeof(struct_size));
    assert_int_equal(struct_size, FIRST_CONFIG_BYTES);
    assert_int_equal(try_config(first, NULL, 0), POP3ANA_OK);
    free(first);
    unsigned char newer[sizeof(pop3ana_config) + 16];
    memset(newer, 0xff, sizeof(newer));
    pop3ana_config_init_sized((pop3ana_config *)(void *)newer, sizeof(newer));
    for (size_t i = sizeof(pop3ana_config); i < sizeof(newer); ++i)
        assert_int_equal(newer[i], 0);
}

static void structs_of_the_first_release_are_read_to_their_end_only(void **state) {
    (void)state;
    pop3ana_config config;
    pop3ana_config_init(&config);
    const pop3ana_sink sink = some_sink();
    pop3ana_config *first_config = exact_copy(&config, sizeof(config), FIRST_CONFIG_BYTES);
    pop3ana_sink *first_sink = exact_copy(&sink, sizeof(sink), FIRST_SINK_BYTES);
    pop3ana_engine *engine = NULL;
    assert_int_equal(pop3ana_engine_new(first_config, first_sink, &engine, NULL, 0), POP3ANA_OK);
    free(first_config);
    free(first_sink);
    pop3ana_engine_free(engine);
}

static void smaller_structs_are_invalid(void **state) {
    (void)state;
    pop3ana_config config;
    pop3ana_config_init(&config);
    pop3ana_sink sink = some_sink();
    pop3ana_engine *engine = NULL;
    for (size_t size = 0; size < FIRST_CONFIG_BYTES; ++size) {
        config.struct_size = size;
        assert_int_equal(pop3ana_engine_new(&config, &sink, &engine, NULL, 0), POP3ANA_E_INVALID);
    }
    config.struct_size = sizeof(config);
    for (size_t size = 0; size < FIRST_SINK_BYTES; ++size) {
        sink.struct_size = size;
        assert_int_equal(pop3ana_engine_new(&config, &sink, &engine, NULL, 0), POP3ANA_E_INVALID);
    }
    assert_null(engine);
}

/* What a newer caller knows and this library does not must be zero. */
static void larger_structs_are_fine_while_their_tail_is_zero(void **state) {
    (void)state;
    enum { TAIL = 3 };
    pop3ana_config config;
    pop3ana_config_init(&config);
    const pop3ana_sink sink = some_sink();
    unsigned char *newer_config = exact_copy(&config, sizeof(config), sizeof(config) + TAIL);
    unsigned char *newer_sink = exact_copy(&sink, sizeof(sink), sizeof(sink) + TAIL);
    for (int changed = -1; changed < 2 * TAIL; ++changed) {
        unsigned char *byte = changed < 0      ? NULL
                              : changed < TAIL ? newer_config + sizeof(config) + changed
                                               : newer_sink + sizeof(sink) + changed - TAIL;
        if (byte != NULL) *byte = 1;
        pop3ana_engine *engine = NULL;
        assert_int_equal(pop3ana_engine_new((pop3ana_config *)(void *)newer_config,
                                            (pop3ana_sink *)(void *)newer_sink, &engine, NULL, 0),
                         changed < 0 ? POP3ANA_OK : POP3ANA_E_UNSUPPORTED);
        pop3ana_engine_free(engine);
        if (byte != NULL) *byte = 0;
    }
    free(newer_config);
    free(newer_sink);
}

static void null_arguments_are_invalid(void **state) {
    (void)state;
    pop3ana_config config;
    pop3ana_config_init(&config);
    pop3ana_sink sink = some_sink();
    pop3ana_engine *engine = NULL;
    char message[64] = "untouched";
    assert_int_equal(pop3ana_engine_new(NULL, &sink, &engine, message, sizeof(message)),
                     POP3ANA_E_INVALID);
    assert_string_equal(message, "");
    assert_int_equal(pop3ana_engine_new(&config, NULL, &engine, NULL, 0), POP3ANA_E_INVALID);
    assert_int_equal(pop3ana_engine_new(&config, &sink, NULL, NULL, 0), POP3ANA_E_INVALID);
    sink.on_event = NULL;
    assert_int_equal(pop3ana_engine_new(&config, &sink, &engine, NULL, 0), POP3ANA_E_INVALID);
    assert_null(engine);
    pop3ana_engine_free(NULL);
}

static void wrong_ports_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "",     "0",         "65536", "110,", "x",     "200-1",
        ",110", "-1",        "110-",  "-110", "1 2",   "110,,9",
        "+110", "110-65536", "0-9",   "110x", "1-2-3", "99999999999999999999"};
    pop3ana_config config;
    pop3ana_config_init(&config);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); ++i) {
        config.ports = wrong[i];
        assert_refused(&config, "ports", "");
    }
    config.ports = "110,banana";
    assert_refused(&config, "ports", "banana");
    config.ports = NULL;
    assert_refused(&config, "ports", "");
}

static void lists_of_ports_are_accepted(void **state) {
    (void)state;
    static const char *const right[] = {"1",       "65535",          "110,110",
                                        "1-65535", "110, 1100-1109", "9-9"};
    pop3ana_config config;
    pop3ana_config_init(&config);
    for (size_t i = 0; i < sizeof(right) / sizeof(*right); ++i) {
        config.ports = right[i];
        assert_int_equal(try_config(&config, NULL, 0), POP3ANA_OK);
    }
}

static void wrong_commands_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"END", "STAT,,LIST", "STAT,", "STAT LIST", ",", "XYZZY"};
    static const char *const right[] = {"", "STAT", "stat,List", "OK,ERR", "STAT, CAPA"};
    pop3ana_config config;
    pop3ana_config_init(&config);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); ++i) {
        config.ignore_commands = wrong[i];
        assert_refused(&config, "ignore_commands", "");
    }
    config.ignore_commands = "STAT,FETCH";
    assert_refused(&config, "ignore_commands", "FETCH");
    for (size_t i = 0; i < sizeof(right) / sizeof(*right); ++i) {
        config.ignore_commands = right[i];
        assert_int_equal(try_config(&config, NULL, 0), POP3ANA_OK);
    }
}

/* It stands inside a log line, as one word. */
static void wrong_peer_descriptions_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"mx 1", "mx1\n", "\x1b[2J", "m\xc3\xbc", "\x7f", " "};
    pop3ana_config config;
    pop3ana_config_init(&config);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); ++i) {
        config.peer_description = wrong[i];
        char message[256];
        assert_int_equal(try_config(&config, message, sizeof(message)), POP3ANA_E_CONFIG);
        assert_non_null(strstr(message, "peer_description"));
        for (const char *at = message; *at != '\0'; ++at)
            assert_in_range(*at, ' ', '~');
    }
    config.peer_description = "mx-1.example.org#~";
    assert_int_equal(try_config(&config, NULL, 0), POP3ANA_OK);
}

static void limits_of_zero_are_refused(void **state) {
    (void)state;
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.error_expiry_ns = 0;
    assert_refused(&config, "error_expiry_ns", "0");
    pop3ana_config_init(&config);
    config.max_held_bytes = 0;
    assert_refused(&config, "max_held_bytes", "0");
    pop3ana_config_init(&config);
    config.max_fragment_bytes = 0;
    assert_refused(&config, "max_fragment_bytes", "0");
    pop3ana_config_init(&config);
    config.max_connections = 0;
    assert_refused(&config, "max_connections", "0");
    pop3ana_config_init(&config);
    config.max_clients = 0;
    assert_refused(&config, "max_clients", "0");
    pop3ana_config_init(&config);
    config.error_threshold = 0; /* warns at each error */
    assert_int_equal(try_config(&config, NULL, 0), POP3ANA_OK);
}

static void message_is_cut_to_its_buffer(void **state) {
    (void)state;
    pop3ana_config config;
    pop3ana_config_init(&config);
    config.ports = "banana";
    char whole[256];
    assert_int_equal(try_config(&config, whole, sizeof(whole)), POP3ANA_E_CONFIG);
    for (size_t size = 1; size <= strlen(whole) + 1; ++size) {
        char *message = malloc(size);
        assert_int_equal(try_config(&config, message, size), POP3ANA_E_CONFIG);
        assert_int_equal(strlen(message), size - 1);
        assert_memory_equal(message, whole, size - 1);
        free(message);
    }
    assert_int_equal(try_config(&config, whole, 0), POP3ANA_E_CONFIG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_original),
        cmocka_unit_test(init_writes_no_more_than_it_was_given),
        cmocka_unit_test(structs_of_the_first_release_are_read_to_their_end_only),
        cmocka_unit_test(smaller_structs_are_invalid),
        cmocka_unit_test(larger_structs_are_fine_while_their_tail_is_zero),
        cmocka_unit_test(null_arguments_are_invalid),
        cmocka_unit_test(wrong_ports_are_refused),
        cmocka_unit_test(lists_of_ports_are_accepted),
        cmocka_unit_test(wrong_commands_are_refused),
        cmocka_unit_test(wrong_peer_descriptions_are_refused),
        cmocka_unit_test(limits_of_zero_are_refused),
        cmocka_unit_test(message_is_cut_to_its_buffer),
    };
    return cmocka_run_group_tests_name("api.config", tests, NULL, NULL);
}
