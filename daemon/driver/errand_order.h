/* SPDX-License-Identifier: Apache-2.0 */
/* errand_order: what an errand needs beside what the core knows of it, from the order until its end was answered: what exactly
 * is asked for, who asked, and what the service said. And how each kind of errand is sent. */
#pragma once
#include "driver/deed.h"
#include "model/errand.h"
#include "model/record.h"
#include <stdbool.h>
#include <stdint.h>

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
	/* How it ended. */
	enum act_result result; /* NOT_SENT until something was */
	struct texts *texts;    /* the service's words; owned, NULL: none */
	bool (*wanted)(void *arg);
	void (*done)(void *arg, const struct errand_order *o);
	void *arg; /* of both */
};

/* A copy, in the project's keeping. Fails: -ENOMEM. */
int errand_order_add(struct project *p, const struct errand_order *order);
/* NULL: there is none. */
struct errand_order *errand_order_find(const struct project *p, uint32_t ticket);
void errand_order_drop(struct project *p, uint32_t ticket);
void errand_order_drop_all(struct project *p);

/* Sends it; `done` comes once, later, with result and texts in the order. `wanted` is asked, with `arg`, right before the
 * change leaves. Anything but 0: nothing was begun, and `done` does not come. */
int errand_order_send(struct errand_order *o, uint32_t binding, bool (*wanted)(void *arg),
	void (*done)(void *arg, const struct errand_order *o), void *arg);
