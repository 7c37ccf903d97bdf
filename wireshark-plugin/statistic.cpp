// A table shows the row of all; then its Rows in the order of their places; then that of the rows
// that gave way, once there are any. Wireshark cannot take rows away, and a dialog holds pointers
// to them.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "statistic.hpp"

#include "event_tree.hpp"
#include "statistic_tables.hpp"
#include "statistic_tree.hpp"

#include <epan/tap.h>
#include <vector>

namespace pop3ana_plugin {
namespace {

int tap = -1;
std::vector<stat_tap_table_ui> registered; ///< in the order of statistics()

const Statistic &statistic_of(const stat_tap_table_ui *ui) {
    return statistics()[static_cast<std::size_t>(ui - registered.data())];
}

constexpr std::size_t kRowOfAll = 0;

/// Where the table has the row at `place` of its Rows.
constexpr std::size_t table_row(std::size_t place) {
    return kRowOfAll + 1 + place;
}

/// What is behind a table.
struct Contents {
    explicit Contents(const Statistic &which) : statistic(which), rows(which.distinct()) {}

    const Statistic &statistic;
    Rows rows;
    bool has_others = false;
};

// The first cell of a table leads to them.
Contents *contents_of(const stat_tap_table *table) {
    return static_cast<Contents *>(stat_tap_get_field_data(table, 0, 0)->user_data.ptr_value);
}

void add_empty_row(stat_tap_table *table, const Statistic &statistic) {
    std::vector<Cell> cells(statistic.columns.size());
    for (std::size_t i = 0; i < cells.size(); ++i)
        cells[i].type = statistic.columns[i].item.type;
    stat_tap_init_table_row(table, table->num_elements, static_cast<guint>(cells.size()),
                            cells.data());
}

/// `name`: NULL: it stays.
void show_row(stat_tap_table *table, const Statistic &statistic, std::size_t number,
              const char *name, const Row &row) {
    for (guint i = 0; i < statistic.columns.size(); ++i) {
        Cell &cell = *stat_tap_get_field_data(table, static_cast<guint>(number), i);
        const auto show = statistic.columns[i].show;
        if (show != nullptr)
            show(cell, row);
        else if (name != nullptr)
            set_text(cell, name);
    }
}

void show_sums(stat_tap_table *table, const Contents &contents) {
    const Rows &rows = contents.rows;
    show_row(table, contents.statistic, kRowOfAll, contents.statistic.total, rows.total());
    if (!contents.has_others) return;
    char name[48];
    g_snprintf(name, sizeof(name), "(%" G_GUINT64_FORMAT " others)", guint64{rows.other_count()});
    show_row(table, contents.statistic, table_row(rows.size()), name, rows.others());
}

// ---------------------------------------------------------------- callbacks

void reset(stat_tap_table *table) {
    Contents *contents = contents_of(table);
    if (contents == nullptr) return;
    contents->rows.reset();
    for (std::size_t place = 0; place < contents->rows.size(); ++place)
        show_row(table, contents->statistic, table_row(place), nullptr, {});
    show_sums(table, *contents);
}

void init(stat_tap_table_ui *ui) {
    const Statistic &statistic = statistic_of(ui);
    if (stat_tap_table *existing = stat_tap_find_table(ui, statistic.title)) {
        reset(existing);
        return;
    }
    stat_tap_table *table = stat_tap_init_table(
        statistic.title, static_cast<int>(statistic.columns.size()), 0, nullptr);
    stat_tap_add_table(ui, table);
    add_empty_row(table, statistic);
    try {
        stat_tap_get_field_data(table, 0, 0)->user_data.ptr_value = new Contents(statistic);
    } catch (...) { // Out of memory: the table stays empty.
        return;
    }
    show_sums(table, *contents_of(table));
}

/// The place of the row; the table has it, too.
std::size_t place_of(stat_tap_table *table, Contents &contents, std::string_view key) {
    const std::size_t place = contents.rows.at(key);
    contents.has_others = contents.has_others || contents.rows.other_count() > 0;
    while (table->num_elements < table_row(contents.rows.size()) + (contents.has_others ? 1 : 0))
        add_empty_row(table, contents.statistic);
    return place;
}

/// The client that a proxy has told has the session from now on.
void hand_over(stat_tap_table *table, Contents &contents, const pop3ana_event &event,
               wmem_allocator_t *pool) {
    const char *told = address_text(event.told_family, event.told_address, pool);
    const std::size_t place = place_of(table, contents, told);
    const std::size_t proxy = contents.rows.move_session(client_text(event, pool), place);
    show_row(table, contents.statistic, table_row(place), told, contents.rows[place]);
    if (proxy != contents.rows.size())
        show_row(table, contents.statistic, table_row(proxy), nullptr, contents.rows[proxy]);
}

void count(stat_tap_table *table, const StoredEvents &stored, wmem_allocator_t *pool) {
    Contents *contents = contents_of(table);
    if (contents == nullptr) return;
    const Statistic &statistic = contents->statistic;
    for (std::size_t i = 0; i < stored.count; ++i) {
        const pop3ana_event &event = stored.events[i].event;
        if (statistic.is_of_clients && event.told_is_trusted != 0 && event.session != 0)
            hand_over(table, *contents, event, pool);
        if (statistic.is_of_clients && event.in_log == 0) continue;
        const RowName name = statistic.name_of(event, pool);
        if (name.key.empty()) continue;
        const std::size_t place = place_of(table, *contents, name.key);
        contents->rows.add(place, event);
        show_row(table, statistic, table_row(place), name.shown, contents->rows[place]);
    }
    show_sums(table, *contents);
}

tap_packet_status on_packet(void *data, packet_info *packet, epan_dissect_t *, const void *tapped,
                            tap_flags_t) {
    const auto *statistic = static_cast<const stat_data_t *>(data);
    auto *table = g_array_index(statistic->stat_tap_data->tables, stat_tap_table *, 0);
    try {
        count(table, static_cast<const TappedFrame *>(tapped)->events, packet->pool);
    } catch (...) { // Out of memory: the event is not counted.
        return TAP_PACKET_FAILED;
    }
    return TAP_PACKET_REDRAW;
}

void free_cell(stat_tap_table *table, guint row, guint column, Cell *cell) {
    if (row == 0 && column == 0) delete contents_of(table);
    if (cell->type == TABLE_ITEM_STRING) g_free(const_cast<char *>(cell->value.string_value));
}

} // namespace

void register_statistics() {
    tap = register_tap("pop3ana");
    // Wireshark keeps pointers to all of it.
    static tap_param parameters[] = {{PARAM_FILTER, "filter", "Filter", nullptr, TRUE}};
    static std::vector<std::vector<stat_tap_table_item>> fields(statistics().size());
    registered.resize(statistics().size());
    for (std::size_t i = 0; i < registered.size(); ++i) {
        const Statistic &statistic = statistics()[i];
        for (const Column &column : statistic.columns)
            fields[i].push_back(column.item);
        stat_tap_table_ui &ui = registered[i];
        ui.group = REGISTER_PACKET_STAT_GROUP_UNSORTED;
        ui.title = statistic.title;
        ui.tap_name = "pop3ana";
        ui.cli_string = statistic.cli_string;
        ui.stat_tap_init_cb = init;
        ui.packet_func = on_packet;
        ui.stat_tap_reset_table_cb = reset;
        ui.stat_tap_free_table_item_cb = free_cell;
        ui.nfields = fields[i].size();
        ui.fields = fields[i].data();
        ui.nparams = G_N_ELEMENTS(parameters);
        ui.params = parameters;
        register_stat_tap_table_ui(&ui);
    }
    register_statistic_tree();
}

bool is_statistic_open() {
    return have_tap_listener(tap);
}

void queue_for_statistic(const TappedFrame &frame, packet_info *packet) {
    if (!is_statistic_open()) return;
    auto *copy = wmem_new(packet->pool, TappedFrame);
    *copy = frame;
    tap_queue_packet(tap, packet, copy);
}

} // namespace pop3ana_plugin
