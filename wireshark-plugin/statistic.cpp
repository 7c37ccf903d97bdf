// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistic.hpp"

#include "event_tree.hpp"

#include <array>
#include <ctime>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <unordered_set>
#include <vector>

namespace pop3ana_plugin {
namespace {

int tap = -1;

enum Column : guint {
    kClient,
    kSessions,
    kLoginsOk,
    kLoginsFailed,
    kErrors,
    kAlerts,
    kUnexpected,
    kUsers,
    kFirstSeen,
    kLastSeen,
    kColumns
};

/// What a row shows; the numbers are those of lines in the log.
struct Counts {
    guint sessions = 0;
    guint logins_ok = 0;
    guint logins_failed = 0;
    guint errors = 0;
    guint alerts = 0;
    guint unexpected = 0;
    std::int64_t first_ns = 0; ///< 0: nothing was seen
    std::int64_t last_ns = 0;
    std::unordered_set<std::string> users; ///< tried, as in the log

    void add(const pop3ana_event &event, const char *user) {
        switch (event.type) {
        case POP3ANA_EVENT_NEW_CONNECTION: ++sessions; break;
        case POP3ANA_EVENT_REPLY: errors += event.status == POP3ANA_STATUS_ERR ? 1 : 0; break;
        case POP3ANA_EVENT_LOGIN_SUCCESS: ++logins_ok; break;
        case POP3ANA_EVENT_LOGIN_FAILURE: ++logins_failed; break;
        case POP3ANA_EVENT_UNEXPECTED: ++unexpected; break;
        case POP3ANA_EVENT_THRESHOLD_WARNING:
        case POP3ANA_EVENT_ALERT: ++alerts; break;
        default: break;
        }
        if (*user != '\0') users.emplace(user);
        if (first_ns == 0) first_ns = event.ts_ns;
        last_ns = event.ts_ns;
    }
};

/// The numbers behind a table of the statistic. Row i shows client i, the last row all clients.
struct Clients {
    std::unordered_map<std::string, guint> rows; ///< by address
    std::vector<Counts> counts;                  ///< by row
    Counts total;
};

constexpr const char *kTitle = "POP3 Analysis";
constexpr const char *kTotal = "All clients";

stat_tap_table_item columns[] = {
    {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Client", "%-39s"},
    {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Sessions", "%8u"},
    {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Logins OK", "%9u"},
    {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Logins failed", "%13u"},
    {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Errors", "%6u"},
    {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Alerts", "%6u"},
    {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Unexpected", "%10u"},
    {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Users tried", "%11u"},
    {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "First seen (UTC)", "%-26s"},
    {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Last seen (UTC)", "%-26s"},
};
static_assert(G_N_ELEMENTS(columns) == kColumns);

// ---------------------------------------------------------------- rows

void set_text(stat_tap_table *table, guint row, Column column, const char *text) {
    stat_tap_table_item_type *cell = stat_tap_get_field_data(table, row, column);
    if (g_strcmp0(cell->value.string_value, text) == 0) return;
    g_free(const_cast<char *>(cell->value.string_value));
    cell->value.string_value = g_strdup(text);
}

void set_time(stat_tap_table *table, guint row, Column column, std::int64_t ts_ns) {
    char text[48] = "";
    if (ts_ns != 0) {
        const std::time_t seconds = ts_ns / 1'000'000'000;
        std::tm utc{};
        gmtime_r(&seconds, &utc);
        const std::size_t length = std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &utc);
        g_snprintf(text + length, sizeof(text) - length, ".%06d",
                   static_cast<int>(ts_ns % 1'000'000'000 / 1'000));
    }
    set_text(table, row, column, text);
}

void set_number(stat_tap_table *table, guint row, Column column, guint number) {
    stat_tap_get_field_data(table, row, column)->value.uint_value = number;
}

void show_row(stat_tap_table *table, guint row, const char *client, const Counts &counts) {
    set_text(table, row, kClient, client);
    set_number(table, row, kSessions, counts.sessions);
    set_number(table, row, kLoginsOk, counts.logins_ok);
    set_number(table, row, kLoginsFailed, counts.logins_failed);
    set_number(table, row, kErrors, counts.errors);
    set_number(table, row, kAlerts, counts.alerts);
    set_number(table, row, kUnexpected, counts.unexpected);
    set_number(table, row, kUsers, static_cast<guint>(counts.users.size()));
    set_time(table, row, kFirstSeen, counts.first_ns);
    set_time(table, row, kLastSeen, counts.last_ns);
}

void add_empty_row(stat_tap_table *table, guint row) {
    stat_tap_table_item_type cells[kColumns]{};
    for (guint column = 0; column < kColumns; ++column)
        cells[column].type = columns[column].type;
    stat_tap_init_table_row(table, row, kColumns, cells);
}

// The first cell of a table leads to what is behind it.
Clients *clients_of(const stat_tap_table *table) {
    return static_cast<Clients *>(stat_tap_get_field_data(table, 0, kClient)->user_data.ptr_value);
}

// ---------------------------------------------------------------- callbacks

void reset(stat_tap_table *table) {
    Clients *clients = clients_of(table);
    if (clients == nullptr) return;
    for (guint row = 0; row < clients->counts.size(); ++row) { // A dialog holds the rows.
        clients->counts[row] = {};
        show_row(table, row, stat_tap_get_field_data(table, row, kClient)->value.string_value, {});
    }
    clients->total = {};
    show_row(table, static_cast<guint>(clients->counts.size()), kTotal, {});
}

void init(stat_tap_table_ui *statistic) {
    if (stat_tap_table *existing = stat_tap_find_table(statistic, kTitle)) {
        reset(existing);
        return;
    }
    stat_tap_table *table = stat_tap_init_table(kTitle, kColumns, 0, nullptr);
    stat_tap_add_table(statistic, table);
    add_empty_row(table, 0);
    try {
        stat_tap_get_field_data(table, 0, kClient)->user_data.ptr_value = new Clients;
    } catch (...) { // Out of memory: the table stays empty.
        return;
    }
    show_row(table, 0, kTotal, {});
}

guint row_of(stat_tap_table *table, Clients &clients, const char *client) {
    const auto next = static_cast<guint>(clients.counts.size());
    const auto [place, is_new] = clients.rows.try_emplace(client, next);
    if (is_new) {
        clients.counts.emplace_back();
        add_empty_row(table, next + 1);
    }
    return place->second;
}

void count(stat_tap_table *table, const StoredEvents &stored, packet_info *packet) {
    Clients *clients = clients_of(table);
    if (clients == nullptr) return;
    for (std::size_t i = 0; i < stored.count; ++i) {
        const pop3ana_event &event = stored.events[i].event;
        if (event.in_log == 0) continue;
        const char *client = client_text(event, packet->pool);
        const char *user = escaped(event.user, packet->pool);
        const guint row = row_of(table, *clients, client);
        clients->counts[row].add(event, user);
        clients->total.add(event, user);
        show_row(table, row, client, clients->counts[row]);
    }
    show_row(table, static_cast<guint>(clients->counts.size()), kTotal, clients->total);
}

tap_packet_status on_packet(void *data, packet_info *packet, epan_dissect_t *, const void *stored,
                            tap_flags_t) {
    const auto *statistic = static_cast<const stat_data_t *>(data);
    auto *table = g_array_index(statistic->stat_tap_data->tables, stat_tap_table *, 0);
    try {
        count(table, *static_cast<const StoredEvents *>(stored), packet);
    } catch (...) { // Out of memory: the event is not counted.
        return TAP_PACKET_FAILED;
    }
    return TAP_PACKET_REDRAW;
}

void free_cell(stat_tap_table *table, guint row, guint column, stat_tap_table_item_type *cell) {
    if (row == 0 && column == kClient) delete clients_of(table);
    if (cell->type == TABLE_ITEM_STRING) g_free(const_cast<char *>(cell->value.string_value));
}

} // namespace

void register_statistic() {
    tap = register_tap("pop3ana");
    static tap_param parameters[] = {{PARAM_FILTER, "filter", "Filter", nullptr, TRUE}};
    static stat_tap_table_ui statistic{};
    statistic.group = REGISTER_PACKET_STAT_GROUP_UNSORTED;
    statistic.title = kTitle;
    statistic.tap_name = "pop3ana";
    statistic.cli_string = "pop3ana,stat";
    statistic.stat_tap_init_cb = init;
    statistic.packet_func = on_packet;
    statistic.stat_tap_reset_table_cb = reset;
    statistic.stat_tap_free_table_item_cb = free_cell;
    statistic.nfields = kColumns;
    statistic.fields = columns;
    statistic.nparams = G_N_ELEMENTS(parameters);
    statistic.params = parameters;
    register_stat_tap_table_ui(&statistic);
}

bool is_statistic_open() {
    return have_tap_listener(tap);
}

void queue_for_statistic(const StoredEvents &stored, packet_info *packet) {
    if (!is_statistic_open()) return;
    auto *copy = wmem_new(packet->pool, StoredEvents);
    *copy = stored;
    tap_queue_packet(tap, packet, copy);
}

} // namespace pop3ana_plugin
