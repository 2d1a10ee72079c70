/* SPDX-License-Identifier: Apache-2.0 */
/* texts: what people and services said with an event, kept beside the records that come of it. The core never
 * sees them. */
#pragma once
#include "model/record.h"

struct texts {
	struct record_texts of; /* point into `memory` */
	char memory[];
};

/* Copies; each text is cut at RECORD_TEXT_MAX, an empty one counts as none. NULL if there is nothing to keep
 * or no memory: a record without its texts is better than no record. */
struct texts *texts_new(const struct record_texts *texts);
struct texts *texts_free(struct texts *t); /* returns NULL */
