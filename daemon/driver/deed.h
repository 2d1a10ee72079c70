/* SPDX-License-Identifier: Apache-2.0 */
/* deed: an effect with names in place of what may move. An effect names a cluster by its index, which is good
 * only until the next step; a deed may wait for its record as long as it has to. Pure. */
#pragma once
#include "core/core.h"
#include <stdbool.h>

#define DEED_WHO_BYTES 64

struct deed {
	enum effect_type type; /* never FX_RECORD */
	struct seq after;
	uint32_t binding; /* index: bindings never move; CORE_NO_INDEX: none */
	struct op_id op;
	struct incident_id incident;
	uint32_t ticket;
	enum answer answer;
	enum notice notice;
	enum reason reason;
	enum errand errand;
	enum cut_means means;
	bool claims;
	uint32_t count;
	struct cluster_id cluster; /* "" : none */
	char cluster_name[CLUSTER_NAME_BYTES];
	struct region region;     /* "" : none */
	char who[DEED_WHO_BYTES]; /* FX_NOTICE: whose command led to it; "" : nobody's */
};

/* `effect` comes from the last step of `core`. */
void deed_of(const struct core *core, const struct effect *effect, struct deed *ret_deed);

/* Whether exactly one event must answer it. */
bool deed_asks(enum effect_type type);

/* The event that answers it when it never left this host. False if no event answers it. `at` is not set. */
bool deed_unsent(const struct deed *deed, struct event *ret_event);
