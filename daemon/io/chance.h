/* SPDX-License-Identifier: Apache-2.0 */
/* chance: numbers that spread what many would else do at the same time. Not for secrets. */
#pragma once
#include <stdint.h>

/* Each number as likely; from the kernel, or, before that has any, from the clock. Cannot fail. */
uint32_t chance(void);
