/* SPDX-License-Identifier: Apache-2.0 */
/* fake_daemon: one project with its real core and driver, on fake hands, in simulated time. */
#pragma once
#include "driver/hub.h"
#include "driver/project.h"
#include "fake_io.h"

struct fake_daemon {
	struct hub hub;
	struct project *project;
	unsigned answers;
	enum answer answer;
	uint32_t ticket;
};

/* What fake_start() configures beside the rest; fake_world() empties it. */
extern struct cluster_settings fake_sections[4];
extern uint32_t fake_section_count;

/* A project with one key in us-west-2 and three running clusters; looks every 500 ms, grace 2 s. */
void fake_world(void);
void fake_start(struct fake_daemon *d);
/* Turns the loop for so long, in steps of 50 ms. */
void fake_turn(struct fake_daemon *d, int64_t ms);
/* Clean stop; nothing is left. */
void fake_stop(struct fake_daemon *d);
/* A test's teardown: stops what was started last. */
int fake_teardown(void **state);
void fake_usable(void);
void fake_disabled(void);
/* Every record of this type. */
size_t fake_count(enum record_type type);
