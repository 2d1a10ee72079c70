/* SPDX-License-Identifier: Apache-2.0 */
/* spec_text: what a file of `cluster create` asks for, in a line, so that a person sees which cluster it is before it costs money.
 * Whether it will do is cmekd's to say. */
#pragma once
#include "arena.h"
#include "base/err.h"
#include <stddef.h>

#define SPEC_TEXT_MAX_BYTES 65536

enum spec_text_refusal { SPEC_TEXT_E_JSON = 1 };

/* "shop-1 in aws-us-west-2: tidb 2 x 8C16G, tikv 3 x 8C32G with 500 GiB"; what is not said there is not in it. Refuses:
 * SPEC_TEXT_E_JSON, with `reterr_why`. Fails: -ENOMEM. */
int spec_text(
	struct arena *a, const char *text, size_t len, const char **ret_summary, struct why *reterr_why);
