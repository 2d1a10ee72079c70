/* SPDX-License-Identifier: Apache-2.0 */
/* recording: what a ledger says of one incident, as what was seen and what people did, in order of time.
 *
 * A ledger holds changes of belief, not looks, so some times are inferred; `pace` says from what:
 *   - a verdict took three looks: the first of them was two ConfirmIntervals before the record;
 *   - one of others' doing, behind what our own cut showed, took as many as a verdict is of, a PollInterval apart;
 *   - a cluster's state was read once an IncidentInterval: it changed half of that before the record.
 * What our own acts did (a pause, a cut) is no cue: a replay has acts of its own.
 */
#pragma once
#include "base/err.h"
#include "model/cluster.h"
#include "model/command.h"
#include "model/reason.h"
#include "replay/milestone.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDING_CLUSTERS_MAX 4096u
#define RECORDING_CUES_MAX     65536u
#define RECORDING_GRANTS_MAX   256u /* of the budget, before the incident */

enum recording_refusal {
	RECORDING_E_DAMAGED = 1, /* the ledger's chain does not hold */
	RECORDING_E_EMPTY,       /* it holds no incident */
	RECORDING_E_NO_INCIDENT, /* not the one that was asked for */
	RECORDING_E_LARGE,       /* more clusters or changes than a replay takes */
};

enum cue_type {
	CUE_LOOK,    /* a look that saw something else than those before */
	CUE_COMMAND, /* an operator's command */
	CUE_CLUSTER, /* a cluster was, or became, what people or TiDB Cloud made of it */
};

struct cue {
	struct walltime at;
	uint32_t order; /* among cues of one time */
	enum cue_type type;
	enum reason reason; /* CUE_LOOK */
	bool uncut;         /* CUE_LOOK: somebody else removed our statement */
	enum command command;
	uint8_t how;              /* revoke: a set of CAUSE_HOW */
	int64_t span_ms;          /* suspend */
	bool includes;            /* restore: it only named the cluster besides */
	uint32_t cluster;         /* CUE_CLUSTER; what such a restore named */
	enum cluster_state state; /* GONE: deleted by people */
	bool touched;             /* by a person, after our pause */
};

struct recorded_cluster {
	struct cluster_id id;
	char name[CLUSTER_NAME_BYTES];
	enum cluster_state state;    /* when the incident began, or when it was first seen */
	struct walltime born;        /* WALLTIME_UNKNOWN: before the incident */
	int64_t pause_ms, answer_ms; /* a pause that came, and the answer to one; -1: none recorded */
	int64_t resume_ms;           /* the same of a resume */
	uint32_t refused;            /* pauses that were */
	enum act_result refusal;     /* as what */
	/* while reading */
	enum duty duty;
	enum cluster_state outside; /* the last state that was not of our making */
	struct walltime sent, resume_at, paused_at;
	bool in_incident;
};

struct recording_pace {
	int64_t confirm_ms, incident_ms, poll_ms;
};

struct recording {
	struct ledger_id ledger;
	struct project_id project;
	struct region region;
	struct key_arn arn;
	struct incident_id incident;
	uint32_t incidents;            /* in the whole ledger */
	enum reason reason;            /* that opened it */
	bool by_operator;              /* an operator's command did */
	struct walltime opened, ended; /* ended: of its last record, if it is still open */
	struct walltime next;          /* when the region's next incident began; WALLTIME_UNKNOWN: none did */
	bool open;
	bool armed;       /* when it began */
	enum reason base; /* what looks saw before it */
	struct walltime deletion;
	uint32_t cut_refused;
	struct {
		struct walltime at;
		uint32_t count;
	} grants[RECORDING_GRANTS_MAX]; /* the last ones */
	uint32_t grant_count;
	struct recorded_cluster *clusters; /* owned */
	uint32_t cluster_count, cluster_size;
	struct cue *cues; /* owned; ordered */
	uint32_t cue_count, cue_size;
	struct milestones milestones;
};

void recording_fini(struct recording *r);

/* Reads a whole ledger's bytes. `incident` 0: the last. `r` is zero or was finished. Refuses: RECORDING_E_*, with
 * `reterr_why`. Fails: -ENOMEM, -ENOTSUP. */
int recording_read(struct recording *r, const char *bytes, size_t len, struct incident_id incident,
	struct recording_pace pace, struct why *reterr_why);
