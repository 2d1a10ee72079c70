/* SPDX-License-Identifier: Apache-2.0 */
/* errand_order: what an errand needs beside what the core knows of it, from the order until its end was answered: what exactly
 * is asked for, who asked, and what the service said. And how each kind of errand is sent. */
#pragma once
#include "base/digest.h"
#include "base/secret.h"
#include "driver/deed.h"
#include "model/cluster.h"
#include "model/errand.h"
#include "model/record.h"
#include "policy/adopt.h"
#include <stdbool.h>
#include <stdint.h>

struct kms_target;
struct project;

struct errand_order {
	struct errand_order *next;
	struct project *project;
	uint32_t ticket;
	enum errand errand;
	struct region region; /* "": of the project */
	char who[DEED_WHO_BYTES];
	/* What it needs; each kind knows its own. */
	uint32_t period_days;  /* enable_rotation; 0: not said */
	struct walltime since; /* rotate_key: one of that time may have been taken */
	struct key_arn key;    /* configure_cmek, apply_policy: the project has it perhaps not yet */
	bool second_region;    /* configure_cmek: a person confirmed it */
	bool accept_loss;      /* apply_policy: others may lose what they have */
	bool has_shown;        /* apply_policy: a person was shown the policy: */
	struct digest shown;
	char sid[ADOPT_SID_BYTES];             /* remove_statement; `shown` is then of the statement */
	char cluster_name[CLUSTER_NAME_BYTES]; /* create_cluster */
	struct secret body;                    /* create_cluster: what is sent; wiped when it ended */
	/* While it is under way (driver/errand_setup). */
	struct kms_target *target; /* owned */
	enum act_result posted;
	char said[WHY_BYTES], request[128];
	/* How it ended. */
	enum act_result result; /* NOT_SENT until something was */
	struct texts *texts;    /* the service's words; owned, NULL: none */
	bool (*wanted)(void *arg);
	void (*done)(void *arg, struct errand_order *o);
	void *arg; /* of both */
};

/* A copy, in the project's keeping; `body` is taken, should it fail too. Fails: -ENOMEM. */
int errand_order_add(struct project *p, struct errand_order *order);
/* NULL: there is none. */
struct errand_order *errand_order_find(const struct project *p, uint32_t ticket);
void errand_order_drop(struct project *p, uint32_t ticket);
void errand_order_drop_all(struct project *p);

/* Sends it; `done` comes once, later, with result and texts in the order. `wanted` is asked, with `arg`, right before the
 * change leaves. Anything but 0: nothing was begun, and `done` does not come. */
int errand_order_send(struct errand_order *o, uint32_t binding, bool (*wanted)(void *arg),
	void (*done)(void *arg, struct errand_order *o), void *arg);
