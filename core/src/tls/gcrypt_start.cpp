// SPDX-License-Identifier: GPL-2.0-or-later
#include "tls/gcrypt_start.hpp"

#include <gcrypt.h>

namespace pop3ana {

void start_gcrypt() {
    [[maybe_unused]] static const bool is_ready = [] {
        if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P) != 0) return true;
        gcry_check_version(nullptr);
        gcry_control(GCRYCTL_DISABLE_SECMEM, 0); // keys lie beside secrets in common memory
        gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
        return true;
    }();
}

} // namespace pop3ana
