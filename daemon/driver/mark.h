/* SPDX-License-Identifier: Apache-2.0 */
/* mark: the names of [Cluster NAME] end here: the core gets each cluster with the mark of its section. A section holds for the
 * cluster that has its name or id, and for one that had the name before, as far as the ledger knows: who renames a cluster in
 * TiDB Cloud does not decide that it may be paused. */
#pragma once
#include "driver/inbox.h"

struct project;

#define MARK_FORMER_MAX 256 /* former names of a project's clusters; the first are kept */

/* The name that a cluster had before it got another. */
struct mark_former {
	struct cluster_id id;
	char name[CLUSTER_NAME_BYTES];
};

/* The cluster of this id is called `name` now: what the core knows it by becomes a former name, if it is another one. Before
 * the core hears of it. Fails: -ENOMEM. */
int mark_called(struct project *p, const struct cluster_id *id, const char *name);

/* By the settings in force. */
struct cluster_mark mark_of(const struct project *p, const struct cluster_id *id, const char *name);

/* Puts the marks of the settings in force into what was read. Right before its step, and not when it comes: a reload may be
 * between. Fails: -ENOMEM. */
int mark_entry(struct project *p, struct inbox_entry *entry);

/* Those of the clusters that the core knows, in its order; the caller frees it. NULL: no memory. */
struct cluster_mark *mark_known(const struct project *p);

/* True if the section names a cluster that the core knows, and that is not gone. */
bool mark_is_found(const struct project *p, const struct cluster_settings *section);
