// The module that was built beside this program, or none.
// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/formats_module.hpp"

namespace pop3dump {

const char *formats_module_path() {
    return POP3DUMP_FORMATS_MODULE;
}

} // namespace pop3dump
