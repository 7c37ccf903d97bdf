// What Wireshark looks for in a plugin.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "compat.hpp"
#include "postdissector.hpp"

#define POP3ANA_EXPORT __attribute__((visibility("default")))

extern "C" {

// Declared first: a constant of C++ is otherwise not seen outside of its file.
POP3ANA_EXPORT extern const gchar plugin_version[];
POP3ANA_EXPORT extern const int plugin_want_major;
POP3ANA_EXPORT extern const int plugin_want_minor;
POP3ANA_EXPORT void plugin_register(void);
POP3ANA_EXPORT guint32 plugin_describe(void);

const gchar plugin_version[] = POP3ANA_VERSION;
const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

void plugin_register(void) {
    static proto_plugin plugin{pop3ana_plugin::register_protocol, pop3ana_plugin::register_handoff};
    proto_register_plugin(&plugin);
}

guint32 plugin_describe(void) {
    return pop3ana_plugin::kPluginKinds;
}
}
