/* SPDX-License-Identifier: Apache-2.0 */
/* starve: gives an input to a fuzz target again and again, and makes its first allocation fail, then its second, and so on, alone
 * and with all that follow, until a run asks for no more. Each run must end, free what it took, and either give up or come to
 * what it comes to with memory. Inside of libraries nothing fails. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* 1 if a run left memory behind or came to something else, and says so; what a target finds itself ends the program. */
int starve(const uint8_t *data, size_t size);
