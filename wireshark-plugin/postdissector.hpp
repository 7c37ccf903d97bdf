// Feeds each frame to the core on its first visit, and shows what the core said of it on every one.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

namespace pop3ana_plugin {

/// Registers the protocol "pop3ana" with its fields, preferences and tap.
void register_protocol();

/// Registers what needs the other protocols.
void register_handoff();

/// Whether what only Wireshark decrypts or decodes is to be fed too. It makes Wireshark build a
/// tree for every frame.
void want_decrypted(bool wanted);

} // namespace pop3ana_plugin
