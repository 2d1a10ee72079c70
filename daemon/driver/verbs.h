/* SPDX-License-Identifier: Apache-2.0 */
/* verbs: what people ask over the control socket. A call that acts becomes an event of the project's core; a
 * call that reads looks at it. */
#pragma once
#include "model/command.h"
#include "model/moment.h"
#include <stdint.h>

struct control_call;
struct engine;
struct project;
struct verbs;

/* Fails: -ENOMEM. */
int verbs_new(struct engine *e, struct verbs **ret_verbs);
/* Calls that still wait are told that cmekd stops. Returns NULL; harmless for NULL. */
struct verbs *verbs_free(struct verbs *v);

/* A permitted call; it is answered now or later. */
void verbs_call(struct verbs *v, struct control_call *call);
/* The core's answer to a command. */
void verbs_answered(struct verbs *v, struct project *p, uint32_t ticket, enum answer answer);
/* What status shows of the project may have changed. */
void verbs_changed(struct verbs *v, struct project *p);
/* Calls that have waited long enough are answered. */
void verbs_tick(struct verbs *v, struct boottime now);
/* Something was recorded or told. */
void verbs_told(struct verbs *v);
/* The project is no more. */
void verbs_gone(struct verbs *v, struct project *p);
