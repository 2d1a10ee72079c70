/* SPDX-License-Identifier: Apache-2.0 */
/* fake_later: answers of the fake hands that come later, for the files that make them up together. */
#pragma once
#include "io/kms.h"
#include "io/store.h"
#include "io/tidb.h"
#include <stdbool.h>

struct later {
	struct later *next;
	void (*answer)(struct later *l);
	void *arg;
	union {
		kms_look_fn *look;
		kms_rotation_fn *rotation;
		kms_grants_fn *grants;
		kms_revoke_fn *revoke;
		kms_change_fn *change;
		kms_switch_fn *turn;
		kms_errand_fn *errand;
		tidb_made_fn *made;
		tidb_cmek_fn *cmek;
		tidb_clusters_fn *clusters;
		tidb_cluster_fn *cluster;
		tidb_act_fn *act;
		tidb_jobs_fn *jobs;
		store_done_fn *written;
		void (*closed)(void *arg);
	} done;
	struct store *store;
	struct record record;
	const char *who, *note, *message, *usable;
	struct cluster_id cluster;
	bool (*wanted)(void *arg);
	bool pause, cut, act;
	enum job job;
};

/* An answer that fake_run() gives; released after it. */
struct later *later_new(void (*answer)(struct later *), void *arg);
