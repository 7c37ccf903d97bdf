/* CMocka with the headers that its user must include first.
 * SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef POP3ANA_TESTS_C_CMOCKA_H
#define POP3ANA_TESTS_C_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
