/* SPDX-License-Identifier: Apache-2.0 */
/* grants: what the grants that the vendor was given before still permit. An Allow that is gone revokes none of them; an
 * explicit Deny beats them, and so does a key that cannot be used. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRANTS_SENTENCE_BYTES 640

struct project;

/* One sentence for people; "" if there is nothing to say. */
void grants_sentence(const struct project *p, uint32_t binding, char ret_text[GRANTS_SENTENCE_BYTES]);
/* Whether grants that were made before still work although the key policy takes Decrypt for EBS away. Not if it is known that
 * none is alive. */
bool grants_outlive(const struct project *p, uint32_t binding);
