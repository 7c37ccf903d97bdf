// In a file of its own: a program that defines the name itself does not get it from the library.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats_module.hpp"

namespace pop3dump {

const char *formats_module_path() {
    return POP3DUMP_FORMATS_MODULE;
}

} // namespace pop3dump
