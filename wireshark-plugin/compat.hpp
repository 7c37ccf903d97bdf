// Where the supported releases of Wireshark, 4.0 to 4.6, differ.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <epan/packet.h>
#include <epan/prefs.h>
#include <type_traits>
#include <ws_version.h>
#if __has_include(<wsutil/plugins.h>)
#include <wsutil/plugins.h>
#endif

namespace pop3ana_plugin {

#define POP3ANA_WIRESHARK_AT_LEAST(major, minor)                                                   \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/// What a boolean preference is stored in.
#if POP3ANA_WIRESHARK_AT_LEAST(4, 4)
using PreferenceBool = bool;
#else
using PreferenceBool = gboolean;
#endif

/// Value of a field that is a number of 32 bits.
template <class Field> guint32 uint_value_of(Field &field) {
    if constexpr (std::is_pointer_v<decltype(field.value)>)
        return fvalue_get_uinteger(field.value);
    else
        return fvalue_get_uinteger(const_cast<fvalue_t *>(&field.value));
}

/// What the plugin is: a dissector that registers a tap listener. 4.0 has no names for that.
#ifdef WS_PLUGIN_DESC_DISSECTOR
inline constexpr guint32 kPluginKinds = WS_PLUGIN_DESC_DISSECTOR | WS_PLUGIN_DESC_TAP_LISTENER;
#else
inline constexpr guint32 kPluginKinds = 1U << 0 | 1U << 4;
#endif

} // namespace pop3ana_plugin
