/* SPDX-License-Identifier: Apache-2.0 */
/* The project itself: its file, its ledger, whether it would act, CMEK, and as whom cmekd asks. */
#include "driver/check_rows.h"
#include "driver/clients.h"
#include "driver/hub.h"
#include "driver/project.h"
#include "io/credential.h"
#include "io/kms.h"
#include "io/store.h"
#include "io/tidb.h"
#include <inttypes.h>

/* A key that the account owns which is said to be TiDB Cloud's; NULL: none. */
static const struct binding *vendor_owns(const struct project *p)
{
	for (uint32_t i = 0; i < p->core.binding_count; i++)
		if (project_vendor_owns(p, i))
			return &p->core.bindings[i];
	return NULL;
}

static void check_configuration(struct checking *c)
{
	const struct project *p = c->p;
	const struct binding *owned;

	if (p->leaving)
		checking_say_todo(c, CHECK_CONFIGURATION, FINDING_PROBLEM,
			"put the file back, or close the incident: cmekctl status PROJECT",
			"its file is gone, and it stays watched only until the open incident is closed");
	else if ((owned = vendor_owns(p)) != NULL)
		checking_say_todo(c, CHECK_CONFIGURATION, FINDING_PROBLEM, PROJECT_OWNER_TODO,
			"VendorAccount=%s owns the key of %s itself, so nothing is known of TiDB Cloud",
			p->vendor.text, owned->region.text);
	else
		checking_say(c, CHECK_CONFIGURATION, FINDING_OK, "project %s, VendorAccount=%s, Reaction=%s",
			p->id.text, p->vendor.text, reaction_name(p->policy.reaction));
}

static void check_ledger(struct checking *c)
{
	const struct project *p = c->p;
	struct why why = {"it failed"};

	if (p->trouble)
		checking_say(c, CHECK_LEDGER, FINDING_PROBLEM,
			"it cannot be used, so that the project is only observed: %s", p->trouble);
	else if (p->barrier.overflowed)
		checking_say_todo(c, CHECK_LEDGER, FINDING_PROBLEM, "restart cmekd",
			"it failed for so long that a record was lost in memory: no act is possible");
	else if (p->barrier.failed) {
		if (p->store && store_error(p->store) != 0)
			store_why(p->store, &why);
		checking_say(c, CHECK_LEDGER, FINDING_PROBLEM, "no act is possible: %s", why.text);
	} else if (p->core.held)
		checking_say_todo(c, CHECK_LEDGER, FINDING_PROBLEM,
			"cmekctl approve once no other cmekd runs for this project",
			"it comes from another machine, or is old with an open incident: nothing is done by "
			"itself");
	else if (!p->store)
		checking_say(c, CHECK_LEDGER, FINDING_UNKNOWN, "it is not open");
	else
		checking_say(c, CHECK_LEDGER, FINDING_OK,
			"it can be written; %" PRIu64 " records are durable", store_head(p->store)->seq.n);
}

static void check_reaction(struct checking *c)
{
	const struct project *p = c->p;
	char text[NUM_TIME_BYTES], grace[NUM_SPAN_BYTES];

	if (core_is_suspended(&p->core)) {
		num_format_time_ms(p->core.suspended_until.ms, text);
		checking_say(c, CHECK_REACTION, FINDING_PROBLEM,
			"an operator suspended them until %s: a loss waits for a person", text);
		return;
	}
	switch (p->policy.reaction) {
	case REACTION_PAUSE:
		num_format_span_ms(p->policy.grace_ms, grace);
		checking_say(c, CHECK_REACTION, FINDING_OK,
			"on: a loss of an armed key pauses its clusters %s after it is confirmed", grace);
		return;
	case REACTION_APPROVE:
		checking_say(c, CHECK_REACTION, FINDING_OK,
			"as configured, a loss waits for cmekctl approve (Reaction=approve)");
		return;
	case REACTION_OBSERVE:
		checking_say(c, CHECK_REACTION, FINDING_OK,
			"as configured, a loss is told, and nothing is paused by itself (Reaction=observe)");
		return;
	}
}

static void check_cmek(struct checking *c)
{
	const struct core *core = &c->p->core;

	if (core->cmek_fault == FAULT_NOT_FOUND)
		checking_say_todo(c, CHECK_CMEK, FINDING_PROBLEM,
			"see Id= and the organisation of the API key", "the API key sees no project %s",
			c->p->id.text);
	else if (core->cmek_fault != FAULT_NONE)
		checking_say(c, CHECK_CMEK, FINDING_UNKNOWN,
			"its settings could not be read from TiDB Cloud (%s)", fault_name(core->cmek_fault));
	else if (!core->cmek_read)
		checking_say(
			c, CHECK_CMEK, FINDING_UNKNOWN, "its settings were not read from TiDB Cloud yet");
	else if (!core->cmek_enabled)
		checking_say(c, CHECK_CMEK, FINDING_PROBLEM,
			"TiDB Cloud says that project %s was created without it (aws_cmek_enabled)",
			c->p->id.text);
	else if (core->binding_count == 0)
		checking_say_todo(c, CHECK_CMEK, FINDING_PROBLEM,
			"configure a key in TiDB Cloud (Encryption Access) before there is a cluster",
			"it is enabled, but no region has a key");
	else
		checking_say(c, CHECK_CMEK, FINDING_OK,
			"the API key sees project %s, and it is enabled; regions "
			"with a key: %" PRIu32,
			c->p->id.text, core->binding_count);
}

/* ---- as whom ---- */

/* The refusal that a service gave last, whatever cmekd itself thinks of its credentials; "" if none. */
static const char *aws_refusal(const struct project *p)
{
	for (uint32_t i = 0; i < p->core.binding_count; i++)
		if (p->core.bindings[i].evidence.last_reason == REASON_CREDENTIALS)
			return "AWS refused them at the last look";
	return "";
}

static const char *tidb_refusal(const struct project *p)
{
	if (p->core.cmek_fault == FAULT_CREDENTIALS || p->core.list_fault == FAULT_CREDENTIALS)
		return "TiDB Cloud does not accept it";
	if (p->core.cmek_fault == FAULT_DENIED || p->core.list_fault == FAULT_DENIED)
		return "TiDB Cloud accepts it, but it may not read the project";
	return "";
}

/* Only an answer proves that credentials are good. */
static bool aws_answered(const struct project *p)
{
	for (uint32_t i = 0; i < p->core.binding_count; i++)
		if (p->core.bindings[i].evidence.last_known.ms != BOOTTIME_NEVER.ms)
			return true;
	return false;
}

static bool tidb_answered(const struct project *p)
{
	return p->core.cmek_read || p->core.listed_at.ms != BOOTTIME_NEVER.ms;
}

static void check_credential(struct checking *c, enum check check, const struct credential_state *s,
	const char *refusal, bool answered)
{
	int64_t left_ms = s->expires.ms - c->now.wall.ms;
	char left[NUM_SPAN_BYTES], rest[NUM_SPAN_BYTES + 32] = "";

	if (walltime_is_known(s->expires)) {
		num_format_span_ms(left_ms > 0 ? left_ms / 1000 * 1000 : 0, left);
		(void)snprintf(rest, sizeof rest, "; good for %s more", left);
	}
	if (*s->trouble)
		checking_say(c, check, FINDING_PROBLEM, "%s%s", *s->id ? "they cannot be fetched anew: " : "",
			s->trouble);
	else if (*refusal)
		checking_say(c, check, FINDING_PROBLEM, "%s: %s", refusal, s->source);
	else if (!*s->id)
		checking_say(c, check, FINDING_UNKNOWN, "not asked for yet");
	else if (walltime_is_known(s->expires) && left_ms <= 0)
		checking_say(c, check, FINDING_PROBLEM, "they have expired: %s", s->source);
	else if (!answered && !*s->identity)
		checking_say(c, check, FINDING_UNKNOWN, "no answer has proven them yet: %s", s->source);
	else
		checking_say(c, check, FINDING_OK, "%s%s%s%s", s->source, *s->identity ? "; as " : "",
			s->identity, rest);
}

static void check_credentials(struct checking *c)
{
	struct credential_state state;
	struct project *p = c->p;
	struct kms *kms = clients_kms(p->hub->clients, p->aws_credentials_file, p->aws_profile);
	struct tidb *tidb = clients_tidb(p->hub->clients, p->api_key_file);

	if (kms) {
		kms_credentials(kms, &state);
		check_credential(c, CHECK_AWS_CREDENTIALS, &state, aws_refusal(p), aws_answered(p));
	} else
		checking_say(c, CHECK_AWS_CREDENTIALS, FINDING_UNKNOWN, "cmekd is out of memory");
	if (tidb) {
		tidb_credentials(tidb, &state);
		check_credential(c, CHECK_API_KEY, &state, tidb_refusal(p), tidb_answered(p));
	} else
		checking_say(c, CHECK_API_KEY, FINDING_UNKNOWN, "cmekd is out of memory");
}

void check_project(struct checking *c)
{
	check_configuration(c);
	check_ledger(c);
	check_reaction(c);
	check_cmek(c);
	check_credentials(c);
}
