// The TCP ports that Wireshark gives to its own POP dissector: those of its preference
// pop.tcp.port, and of Decode As.
// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace pop3ana_plugin {

/// The ports as they are now, each with a comma before it: ",110,1110". A change of them makes
/// Wireshark read the file again, and so does its init routine.
std::string pop_ports();

} // namespace pop3ana_plugin
