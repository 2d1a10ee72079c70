/* SPDX-License-Identifier: Apache-2.0 */
/* clock: the only place of the client that reads time. */
#pragma once
#include <stdint.h>

int64_t clock_unix_ms(void);   /* for showing */
int64_t clock_steady_ms(void); /* for waiting: never steps */
int64_t clock_steady_us(void);
