/* SPDX-License-Identifier: Apache-2.0 */
/* Each cluster: would its state permit a pause now? Pausing is for running ones only (TiDB Cloud, "Pause or Resume a TiDB
 * Cloud Dedicated Cluster"); what else blocks one stands in the project's rows. */
#include "driver/check_rows.h"
#include "driver/project.h"
#include "driver/texts.h"
#include <inttypes.h>

/* TiDB Cloud said no lately, and what it said. */
static bool refused(struct checking *c, const struct cluster *cluster)
{
	const struct texts *words = project_words_of(c->p, &cluster->id);

	if (cluster->refusals == 0 || cluster->duty != DUTY_OWED)
		return false;
	checking_say_todo(c, CHECK_PAUSE, FINDING_PROBLEM,
		"end what it names in the console; cmekd goes on trying: cmekctl status PROJECT",
		"TiDB Cloud refused to pause it, %" PRIu32 " times so far: %s", cluster->refusals,
		words && words->of.message ? words->of.message : "no reason given");
	return true;
}

static void by_state(struct checking *c, const struct cluster *cluster)
{
	char age[NUM_SPAN_BYTES];

	checking_age(c, cluster->seen_at, age);
	if (cluster->mark.excluded) {
		checking_say(c, CHECK_PAUSE, FINDING_OK,
			"none is made: excluded by the configuration; not dark while it runs (%s, read %s "
			"ago)",
			cluster_state_name(cluster->state), age);
		return;
	}
	switch (cluster->state) {
	case CLUSTER_STATE_RUNNING:
		checking_say(c, CHECK_PAUSE, FINDING_OK, "its state permits it: running, read %s ago", age);
		return;
	case CLUSTER_STATE_PAUSING:
	case CLUSTER_STATE_PAUSED:
		checking_say(c, CHECK_PAUSE, FINDING_OK, "none is needed: %s, read %s ago",
			cluster_state_name(cluster->state), age);
		return;
	case CLUSTER_STATE_BUSY:
		checking_say(c, CHECK_PAUSE, FINDING_PROBLEM,
			"it would be refused: the cluster is busy (created, restored, modified, imported "
			"into, "
			"maintained or upgraded), read %s ago",
			age);
		return;
	case CLUSTER_STATE_RESUMING:
	case CLUSTER_STATE_UNUSABLE:
		checking_say(c, CHECK_PAUSE, FINDING_PROBLEM,
			"it would be refused: the cluster is %s, read %s ago",
			cluster_state_name(cluster->state), age);
		return;
	case CLUSTER_STATE_UNKNOWN:
		checking_say(c, CHECK_PAUSE, FINDING_UNKNOWN,
			"the cluster is in a state that cmekd does not know, read %s ago", age);
		return;
	case CLUSTER_STATE_GONE:
	case CLUSTER_STATE_COUNT:
		return;
	}
}

/* Lists fail, and it was not read by its id either since one was due: that tells nothing of now. */
static bool is_stale(const struct checking *c, const struct cluster *cluster)
{
	return c->p->core.list_fault != FAULT_NONE &&
	       c->now.boot.ms - cluster->seen_at.ms > c->p->policy.clusters_ms;
}

void check_clusters(struct checking *c)
{
	for (uint32_t i = 0; i < c->p->core.cluster_count; i++) {
		const struct cluster *cluster = &c->p->core.clusters[i];

		/* In a region without a key: cmekd never pauses it, and says so of the project. */
		if (cluster->binding == CORE_NO_INDEX || cluster->state == CLUSTER_STATE_GONE ||
			cluster->duty == DUTY_GONE)
			continue;
		c->binding = cluster->binding;
		c->subject = *cluster->name ? cluster->name : cluster->id.text;
		if (refused(c, cluster))
			continue;
		if (cluster->seen_at.ms == BOOTTIME_NEVER.ms)
			checking_say(c, CHECK_PAUSE, FINDING_UNKNOWN,
				"its state was not read since cmekd started");
		else if (is_stale(c, cluster))
			checking_say(c, CHECK_PAUSE, FINDING_UNKNOWN, "its state cannot be read (%s)",
				fault_name(c->p->core.list_fault));
		else
			by_state(c, cluster);
	}
}
