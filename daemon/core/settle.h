/* SPDX-License-Identifier: Apache-2.0 */
/* settle: takes readings of TiDB Cloud and settings into the state: which bindings there are, which clusters.
 */
#pragma once
#include "core/emit.h"

void settle_settings(struct step *s, const struct event *event);
void settle_cmek(struct step *s, const struct event *event);
void settle_clusters(struct step *s, const struct event *event);
void settle_cluster(struct step *s, const struct event *event);

/* Adds a binding; the room is there. For the fold as well. */
struct binding *settle_add_binding(struct core *core, const struct cmek_setting *setting);
/* How many of a list are not known yet: what is kept for a project is sized by that. */
uint32_t settle_new_clusters(const struct core *core, const struct cluster_seen *items, size_t count);
/* First seen while clusters are being paused, or held: the plan was made without it. */
void settle_born(const struct core *core, struct cluster *c);
struct cluster *settle_add_cluster(
	struct core *core, const struct cluster_id *id, const struct region *region);
