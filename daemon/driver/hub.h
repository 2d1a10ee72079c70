/* SPDX-License-Identifier: Apache-2.0 */
/* hub: what all projects of one daemon share, and how a project speaks to the rest of the driver. */
#pragma once
#include "core/budget.h"
#include "core/core.h"
#include "driver/agenda.h"
#include "driver/events.h"
#include "driver/hints.h"
#include "driver/inbox.h"
#include "io/kms.h"
#include "model/settings.h"
#include <uv.h>

struct clients;
struct project;

struct hub {
	uv_loop_t *loop;
	struct clients *clients;
	struct daemon_settings settings; /* in force */
	char ledger_dir[SETTING_PATH_BYTES + 8];
	char policy_dir[SETTING_PATH_BYTES + 8]; /* of policies that are kept (io/kept_policy) */
	struct kms_family family;                /* the ledgers of all projects */
	struct budget budget;
	struct effects effects;   /* of the step under way: one at a time */
	struct inbox spare_inbox; /* empty; see inbox_make_room() */
	struct agenda agenda;
	struct hints_timing hints;
	struct events events;

	/* Looks under way, oldest first. */
	struct asked *oldest_look, *newest_look;

	/* What status shows of the project may have changed. */
	void (*changed)(struct project *p, void *arg);
	/* The core answered a command. */
	void (*answered)(struct project *p, uint32_t ticket, enum answer answer, void *arg);
	/* Another project whose incident disabled this key, or, if `in_force`, whose revoke wants it disabled; NULL: none. */
	const struct project *(*disabled_by)(
		const struct project *p, const struct key_arn *arn, bool in_force, void *arg);
	/* A project that was closed is no more. */
	void (*gone)(struct project *p, void *arg);
	void *arg;
};
