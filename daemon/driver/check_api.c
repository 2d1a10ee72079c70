/* SPDX-License-Identifier: Apache-2.0 */
/* What the clusters of a project need as a whole: the list, keys for their regions, requests enough to pause them all, the
 * budget, hints; and what stands in the way of a pause and no reading of cmekd tells. */
#include "driver/check_rows.h"
#include "driver/clients.h"
#include "driver/hub.h"
#include "driver/mark.h"
#include "driver/project.h"
#include "io/hint_queue.h"
#include "io/lane.h"
#include "io/tidb.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAMED_MAX       4 /* clusters in a sentence */
#define REQUESTS_AN_ACT 2 /* the act and a reading of its cluster */
#define MINUTE_MS       60000

/* ---- clusters ---- */

static void check_list(struct checking *c)
{
	const struct core *core = &c->p->core;
	bool never = core->listed_at.ms == BOOTTIME_NEVER.ms;
	char age[NUM_SPAN_BYTES];
	uint32_t count = 0;

	if (core->list_fault != FAULT_NONE && (core->unread_told || never)) {
		checking_say(c, CHECK_CLUSTER_LIST, FINDING_PROBLEM, "it cannot be read from TiDB Cloud (%s)",
			fault_name(core->list_fault));
		return;
	}
	if (never) {
		checking_say(c, CHECK_CLUSTER_LIST, FINDING_UNKNOWN, "it was not read since cmekd started");
		return;
	}
	checking_age(c, core->listed_at, age);
	for (uint32_t i = 0; i < core->cluster_count; i++)
		count += core->clusters[i].state != CLUSTER_STATE_GONE;
	if (core->list_fault != FAULT_NONE)
		checking_say(c, CHECK_CLUSTER_LIST, FINDING_UNKNOWN, "read %s ago; the last try failed (%s)",
			age, fault_name(core->list_fault));
	else
		checking_say(
			c, CHECK_CLUSTER_LIST, FINDING_OK, "clusters: %" PRIu32 ", read %s ago", count, age);
}

/* "scratch in eu-central-1" */
static uint32_t name_strays(const struct core *core, char *text, size_t size)
{
	uint32_t count = 0;
	size_t len = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < core->cluster_count; i++) {
		const struct cluster *k = &core->clusters[i];

		if (k->binding != CORE_NO_INDEX || k->state == CLUSTER_STATE_GONE)
			continue;
		if (count++ < NAMED_MAX && len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%s in %s", count > 1 ? ", " : "",
				k->name, k->region.text);
		else if (count == NAMED_MAX + 1 && len < size)
			len += (size_t)snprintf(text + len, size - len, ", ...");
	}
	return count;
}

static void check_regions(struct checking *c)
{
	const struct core *core = &c->p->core;
	char names[NAMED_MAX * (CLUSTER_NAME_BYTES + sizeof(struct region) + 8)];
	uint32_t strays = name_strays(core, names, sizeof names);

	if (core->listed_at.ms == BOOTTIME_NEVER.ms || !core->cmek_read)
		checking_say(c, CHECK_CLUSTER_REGIONS, FINDING_UNKNOWN,
			"the clusters, or the regions that have a key, were not read since cmekd started");
	else if (strays > 0)
		checking_say(c, CHECK_CLUSTER_REGIONS, FINDING_PROBLEM,
			"clusters in a region without a key: %" PRIu32 " (%s)", strays, names);
	else
		checking_say(
			c, CHECK_CLUSTER_REGIONS, FINDING_OK, "each cluster is in a region that has a key");
}

/* What a section says of a cluster that is not there it says of none: a mistyped Exclude= would not exclude. */
static void check_sections(struct checking *c)
{
	const struct project *p = c->p;
	char names[NAMED_MAX * (CLUSTER_LABEL_BYTES + 2) + 8] = "";
	uint32_t missing = 0, excluded = 0;
	size_t len = 0;

	for (uint32_t i = 0; i < p->cluster_count; i++) {
		if (mark_is_found(p, &p->clusters[i])) {
			excluded += p->clusters[i].mark.excluded;
			continue;
		}
		if (missing++ < NAMED_MAX)
			len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", len > 0 ? ", " : "",
				p->clusters[i].label);
		else if (missing == NAMED_MAX + 1)
			len += (size_t)snprintf(names + len, sizeof names - len, ", ...");
	}
	if (p->cluster_count == 0)
		checking_say(c, CHECK_CLUSTER_SECTIONS, FINDING_OK, "there is none: all clusters are alike");
	else if (p->core.listed_at.ms == BOOTTIME_NEVER.ms)
		checking_say(c, CHECK_CLUSTER_SECTIONS, FINDING_UNKNOWN,
			"the clusters were not read since cmekd started");
	else if (missing > 0)
		checking_say(c, CHECK_CLUSTER_SECTIONS, FINDING_PROBLEM,
			"sections that name no cluster of the project: %" PRIu32
			" (%s): what they say holds for none",
			missing, names);
	else
		checking_say(c, CHECK_CLUSTER_SECTIONS, FINDING_OK,
			"each of the %" PRIu32 " names a cluster; %" PRIu32
			" are excluded, and their data does not go dark while they run",
			p->cluster_count, excluded);
}

/* ---- requests and pauses ---- */

static uint32_t awake(const struct core *core)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < core->cluster_count; i++)
		count += core->clusters[i].binding != CORE_NO_INDEX && !core->clusters[i].mark.excluded &&
			 checking_is_awake(&core->clusters[i]);
	return count;
}

static void check_headroom(struct checking *c)
{
	struct tidb *tidb = clients_tidb(c->p->hub->clients, c->p->api_key_file);
	int64_t requests = (int64_t)awake(&c->p->core) * REQUESTS_AN_ACT, left, wait_ms;
	char found[CHECKS_FOUND_BYTES], wait[NUM_SPAN_BYTES];
	struct lane_state lane;

	if (!tidb) {
		checking_say(c, CHECK_HEADROOM, FINDING_UNKNOWN, "cmekd is out of memory");
		return;
	}
	tidb_lane(tidb, &lane);
	left = lane.allowance > lane.used ? lane.allowance - lane.used : 0;
	wait_ms = requests <= left
			  ? 0
			  : (requests - left) * MINUTE_MS / (lane.allowance > 0 ? lane.allowance : 1);
	num_format_span_ms((wait_ms + 999) / 1000 * 1000, wait);
	(void)snprintf(found, sizeof found,
		"to pause all clusters takes %" PRId64 " requests; a minute permits %" PRIu32 ", %" PRIu32
		" were sent in the last: %s%s",
		requests, lane.allowance, lane.used, wait_ms > 0 ? "they wait for " : "none would wait",
		wait_ms > 0 ? wait : "");
	if (lane.hold_ms > 0)
		checking_say(c, CHECK_HEADROOM, FINDING_PROBLEM,
			"TiDB Cloud asked to send nothing for %" PRId64 " s (429); %s",
			(lane.hold_ms + 999) / 1000, found);
	else if (lane.allowance < lane.rate)
		checking_say(c, CHECK_HEADROOM, FINDING_PROBLEM,
			"TiDB Cloud answered 429 lately: %" PRIu32 " instead of %" PRIu32
			" requests a minute; %s",
			lane.allowance, lane.rate, found);
	else
		checking_say(c, CHECK_HEADROOM, wait_ms > CHECKS_SLOW_MS ? FINDING_PROBLEM : FINDING_OK, "%s",
			found);
}

/* A plan that does not fit waits whole, so that the largest region counts. An open incident has spent what it needs, or waits
 * and says so. */
static void check_budget(struct checking *c)
{
	const struct project *p = c->p;
	const struct budget *b = &p->hub->budget;
	uint32_t left = budget_left_of(b, c->now.wall, project_share(p)), most = 0;
	uint32_t max = p->policy.max_pauses < b->max ? p->policy.max_pauses : b->max;
	struct core_plan plan;

	if (p->policy.reaction != REACTION_PAUSE) {
		checking_say(c, CHECK_BUDGET, FINDING_OK, "it does not limit what a person approves");
		return;
	}
	if (p->core.listed_at.ms == BOOTTIME_NEVER.ms) {
		checking_say(
			c, CHECK_BUDGET, FINDING_UNKNOWN, "the clusters were not read since cmekd started");
		return;
	}
	for (uint32_t i = 0; i < p->core.binding_count; i++) {
		if (p->core.bindings[i].incident.id.n != 0)
			continue;
		core_plan(&p->core, i, &plan);
		most = plan.pause > most ? plan.pause : most;
	}
	if (most > left)
		checking_say(c, CHECK_BUDGET, FINDING_PROBLEM,
			"clusters to pause in a region: %" PRIu32 "; of MaxPauses=%" PRIu32 " %" PRIu32
			" are left this hour, so that a loss would wait for approval",
			most, max, left);
	else
		checking_say(c, CHECK_BUDGET, FINDING_OK,
			"clusters to pause in a region: at most %" PRIu32 "; %" PRIu32
			" of MaxPauses=%" PRIu32 " are left this hour",
			most, left, max);
}

/* ---- hints ---- */

struct queues {
	uint32_t count, troubled;
	char trouble[512];
};

static void look_at_queue(const struct hint_queue *queue, void *arg)
{
	struct queues *q = arg;
	struct hint_queue_state s;

	hint_queue_state(queue, &s);
	q->count++;
	if (*s.trouble && q->troubled++ == 0)
		(void)snprintf(q->trouble, sizeof q->trouble, "%s: %s", s.arn.text, s.trouble);
}

static void check_hints(struct checking *c)
{
	struct queues q = {.count = 0};
	char poll[NUM_SPAN_BYTES];

	num_format_span_ms(c->p->policy.poll_ms, poll);
	clients_each_queue(c->p->hub->clients, look_at_queue, &q);
	if (q.troubled > 0)
		checking_say(c, CHECK_HINTS, FINDING_PROBLEM,
			"queues that cannot be read: %" PRIu32 " of %" PRIu32 " (%s)", q.troubled, q.count,
			q.trouble);
	else if (q.count > 0)
		checking_say(c, CHECK_HINTS, FINDING_OK, "queues that are read: %" PRIu32, q.count);
	else
		checking_say(c, CHECK_HINTS, FINDING_OK,
			"none are asked for (HintQueue=): each key is looked at every %s", poll);
}

/* ---- what cannot be known ---- */

/* A pause that was taken is the one proof of the right to it. */
static const struct cluster *taken(const struct core *core)
{
	for (uint32_t i = 0; i < core->cluster_count; i++)
		if (core->clusters[i].duty == DUTY_PAUSE_TAKEN || core->clusters[i].duty == DUTY_PAUSED)
			return &core->clusters[i];
	return NULL;
}

static void check_unseen(struct checking *c)
{
	const struct cluster *paused = taken(&c->p->core);

	checking_say(c, CHECK_BACKUP_SETTINGS, FINDING_UNKNOWN,
		"TiDB Cloud's API does not tell whether point-in-time restore or dual-region backup is on");
	checking_say(
		c, CHECK_MIGRATION, FINDING_UNKNOWN, "TiDB Cloud's API does not tell of Data Migration jobs");
	if (paused)
		checking_say(c, CHECK_PAUSE_RIGHT, FINDING_OK,
			"TiDB Cloud took the pause of cluster %s from this API key", paused->name);
	else
		checking_say(c, CHECK_PAUSE_RIGHT, FINDING_UNKNOWN,
			"what the API key may do is not told before it is tried, and no pause is on record");
	checking_say(c, CHECK_OTHER_POLICIES, FINDING_UNKNOWN,
		"policies of the AWS organisation and of the vendor's own roles cannot be seen from here");
}

void check_api(struct checking *c)
{
	check_list(c);
	check_regions(c);
	check_sections(c);
	checking_say(c, CHECK_PROVIDERS, FINDING_UNKNOWN,
		"cmekd reads Dedicated clusters on AWS only: others, if there are any, are not covered by a "
		"key here");
	check_headroom(c);
	check_budget(c);
	check_hints(c);
	check_unseen(c);
}
