/* SPDX-License-Identifier: Apache-2.0 */
/* trouble: why a service gave no usable answer: the fault, and what the service said, fit for a journal line.
 */
#pragma once
#include "model/cluster.h"
#include "model/key.h"
#include <stddef.h>
#include <stdint.h>

#define TROUBLE_CODE_BYTES    64
#define TROUBLE_MESSAGE_BYTES 320

struct trouble {
	enum fault fault;              /* FAULT_NONE: all is well, the rest is empty */
	long status;                   /* HTTP status, 0 if there was none */
	char code[TROUBLE_CODE_BYTES]; /* the service's error code: "NotFoundException", "49900007"; "" if
					  none */
	char message[TROUBLE_MESSAGE_BYTES]; /* the service's or our words: valid UTF-8, no control
						characters, cut */
};

/* Sets fault and our own words. The other members are cleared. */
void trouble_set(struct trouble *t, enum fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Copies foreign text: cut to `size` at a character, control characters and bad UTF-8 become '?'. */
void trouble_copy(const char *text, size_t len, char *ret_text, size_t size);

/* What became of an act that changes something (pause, resume, PutKeyPolicy, RevokeGrant). `sent`: at least
 * one byte of the request may have left this host; a fault of transport is then LOST, else NOT_SENT. NONE =
 * ACCEPTED; REFUSED, NOT_FOUND = REFUSED; DENIED, CREDENTIALS, CLOCK_SKEW = DENIED; THROTTLED = THROTTLED;
 * SERVER_ERROR and MALFORMED = LOST: an answer that cannot be read does not tell what was done. */
enum act_result trouble_act_result(enum fault fault, bool sent);
