/* SPDX-License-Identifier: Apache-2.0 */
/* The key of a region: the setting that names it, what kind of key it is, its state and rotation, and whether cmekd could judge
 * it and would react. */
#include "driver/check_rows.h"
#include "driver/grants.h"
#include "driver/project.h"
#include "io/kms.h"
#include "policy/policy.h"
#include <inttypes.h>
#include <string.h>

/* ---- which key ---- */

static void check_setting(struct checking *c, const struct binding *b)
{
	const struct core *core = &c->p->core;

	if (!core->cmek_read)
		checking_say(c, CHECK_SETTING, FINDING_UNKNOWN,
			"it was not read from TiDB Cloud since cmekd started");
	else if (core->cmek_fault != FAULT_NONE)
		checking_say(c, CHECK_SETTING, FINDING_UNKNOWN, "it could not be read from TiDB Cloud (%s)",
			fault_name(core->cmek_fault));
	else if (!b->present)
		checking_say(c, CHECK_SETTING, FINDING_PROBLEM,
			"TiDB Cloud has none for the region any more, or it names another key; watched is %s",
			b->arn.text);
	else
		checking_say(c, CHECK_SETTING, FINDING_OK, "TiDB Cloud names %s", b->arn.text);
}

static void check_pin(struct checking *c, const struct binding *b)
{
	for (uint32_t i = 0; i < c->p->pin_count; i++) {
		const struct cmek_setting *pin = &c->p->pins[i];

		if (!region_equal(&pin->region, &b->region))
			continue;
		if (key_arn_equal(&pin->arn, &b->arn))
			checking_say(c, CHECK_PIN, FINDING_OK, "Key= names the key that is watched");
		else
			checking_say(c, CHECK_PIN, FINDING_PROBLEM, "Key= names %s, watched is %s",
				pin->arn.text, b->arn.text);
		return;
	}
	checking_say(c, CHECK_PIN, FINDING_OK, "no Key= for the region: TiDB Cloud's setting says which key");
}

static void check_region(struct checking *c, const struct binding *b)
{
	struct key_arn arn;
	struct region region;

	if (key_arn_parse(b->arn.text, strlen(b->arn.text), &arn, &region, NULL) != 0)
		checking_say(c, CHECK_KEY_REGION, FINDING_UNKNOWN, "%s is no ARN of a key", b->arn.text);
	else if (!region_equal(&region, &b->region))
		checking_say(c, CHECK_KEY_REGION, FINDING_PROBLEM, "the setting is for %s, the key is in %s",
			b->region.text, region.text);
	else
		checking_say(c, CHECK_KEY_REGION, FINDING_OK, "the key is in the region of its setting");
}

/* ---- what it is ---- */

static bool is(const char *text, const char *wanted)
{
	return strcmp(text, wanted) == 0;
}

static void check_replicas(struct checking *c, uint32_t i, bool told)
{
	if (!told)
		checking_say(
			c, CHECK_REPLICAS, FINDING_UNKNOWN, "AWS KMS did not tell yet whether it has any");
	else if (project_has_replicas(c->p, i))
		checking_say(c, CHECK_REPLICAS, FINDING_UNKNOWN, CHECKS_REPLICAS_TEXT);
	else
		checking_say(c, CHECK_REPLICAS, FINDING_OK, "none: the key is in one region only");
}

/* Kind and origin of a key never change: what was read once holds. */
static void check_kind(struct checking *c, uint32_t i)
{
	const struct kms_target *target = project_target(c->p, i);
	struct policy_context k = {.key_spec = NULL};
	const char *spec, *usage, *origin;

	if (target)
		kms_target_context(target, &k);
	spec = k.key_spec ? k.key_spec : "";
	usage = k.key_usage ? k.key_usage : "";
	origin = k.key_origin ? k.key_origin : "";
	if (!*spec || !*usage)
		checking_say(c, CHECK_KEY_KIND, FINDING_UNKNOWN, "AWS KMS did not tell it yet");
	else if (!is(spec, "SYMMETRIC_DEFAULT") || !is(usage, "ENCRYPT_DECRYPT"))
		checking_say(c, CHECK_KEY_KIND, FINDING_PROBLEM,
			"it is %s for %s; TiDB Cloud needs SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT", spec,
			usage);
	else
		checking_say(c, CHECK_KEY_KIND, FINDING_OK, "%s for %s", spec, usage);
	if (!*origin)
		checking_say(c, CHECK_KEY_ORIGIN, FINDING_UNKNOWN, "AWS KMS did not tell it yet");
	else
		checking_say(c, CHECK_KEY_ORIGIN, is(origin, "AWS_KMS") ? FINDING_OK : FINDING_PROBLEM,
			is(origin, "AWS_KMS") ? "%s: made by AWS KMS" : "%s: not made by AWS KMS", origin);
	check_replicas(c, i, *spec != '\0');
}

static void check_state(struct checking *c, const struct binding *b)
{
	const struct look *look = &b->evidence.last;
	char age[NUM_SPAN_BYTES], date[NUM_TIME_BYTES];

	if (b->evidence.filled == 0 || look->key_state == KEY_STATE_UNKNOWN) {
		checking_say_todo(c, CHECK_KEY_STATE, FINDING_UNKNOWN, reason_todo(b->evidence.last_reason),
			"%s", reason_seen(b->evidence.last_reason));
		return;
	}
	checking_age(c, b->evidence.last_look, age);
	if (look->key_state == KEY_STATE_ENABLED || look->key_state == KEY_STATE_UPDATING)
		checking_say(c, CHECK_KEY_STATE, FINDING_OK, "%s, read %s ago",
			key_state_name(look->key_state), age);
	else if (walltime_is_known(look->deletion)) {
		num_format_time_ms(look->deletion.ms, date);
		checking_say_todo(c, CHECK_KEY_STATE, FINDING_PROBLEM, reason_todo(b->evidence.last_reason),
			"%s, read %s ago: it will be deleted at %s", key_state_name(look->key_state), age,
			date);
	} else
		checking_say_todo(c, CHECK_KEY_STATE, FINDING_PROBLEM, reason_todo(b->evidence.last_reason),
			"%s, read %s ago", key_state_name(look->key_state), age);
}

static void check_rotation(struct checking *c, uint32_t i)
{
	const struct project_key *key = i < c->p->key_size ? &c->p->keys[i] : NULL;
	char next[NUM_TIME_BYTES], every[NUM_SPAN_BYTES];

	num_format_span_ms(c->p->policy.rotation_ms, every);
	if (key && key->rotation_fault != FAULT_NONE)
		checking_say(c, CHECK_ROTATION, FINDING_UNKNOWN,
			"AWS KMS did not tell it when last asked (%s)", fault_name(key->rotation_fault));
	else if (!key || !key->rotation_read)
		checking_say(c, CHECK_ROTATION, FINDING_UNKNOWN, "AWS KMS did not tell it yet");
	else if (!key->rotation.applicable)
		checking_say(c, CHECK_ROTATION, FINDING_OK,
			"it does not apply: only material that AWS KMS made is rotated");
	else if (walltime_is_known(c->p->core.bindings[i].evidence.last.deletion))
		checking_say(c, CHECK_ROTATION, FINDING_UNKNOWN,
			"a key pending deletion does not rotate until that is cancelled");
	else if (!key->rotation.enabled)
		checking_say(c, CHECK_ROTATION, FINDING_PROBLEM,
			"automatic rotation is off, as read every %s", every);
	else if (key->rotation.period_days > 0 && walltime_is_known(key->rotation.next)) {
		num_format_time_ms(key->rotation.next.ms, next);
		checking_say(c, CHECK_ROTATION, FINDING_OK,
			"on, every %" PRIu32 " days, next at %s, as read every %s", key->rotation.period_days,
			next, every);
	} else
		checking_say(c, CHECK_ROTATION, FINDING_OK, "on, as read every %s", every);
}

/* ---- what cmekd makes of it ---- */

static void check_sight(struct checking *c, uint32_t i)
{
	const struct evidence *e = &c->p->core.bindings[i].evidence;
	char age[NUM_SPAN_BYTES];

	if (e->filled == 0) {
		checking_say(
			c, CHECK_SIGHT, FINDING_UNKNOWN, "the key was not looked at since cmekd started");
		return;
	}
	checking_age(c, e->last_look, age);
	if (core_is_blind(&c->p->core, i))
		checking_say_todo(c, CHECK_SIGHT, FINDING_PROBLEM, reason_todo(e->last_reason),
			"cmekd is blind, no look has told anything for longer than BlindAlert=: %s",
			reason_seen(e->last_reason));
	else if (reason_outcome(e->last_reason) == OUTCOME_UNKNOWN)
		checking_say_todo(c, CHECK_SIGHT, FINDING_UNKNOWN, reason_todo(e->last_reason),
			"the last look, %s ago, told nothing: %s", age, reason_seen(e->last_reason));
	else if (e->verdict == OUTCOME_UNKNOWN)
		checking_say(c, CHECK_SIGHT, FINDING_UNKNOWN,
			"nothing is believed yet: %" PRIu32 " looks so far, and %d of %d must agree",
			e->filled, CORE_CONFIRM, CORE_WINDOW);
	else
		checking_say(c, CHECK_SIGHT, FINDING_OK, "the key can be judged: %s; last look %s ago",
			outcome_name(e->verdict), age);
}

static void check_armed(struct checking *c, const struct binding *b)
{
	if (b->armed)
		checking_say(c, CHECK_ARMED, FINDING_OK,
			"the key was seen usable under its present configuration");
	else if (b->evidence.verdict == OUTCOME_UNKNOWN && b->evidence.filled < CORE_WINDOW)
		checking_say(c, CHECK_ARMED, FINDING_UNKNOWN, "the first looks are not done");
	else
		checking_say(c, CHECK_ARMED, FINDING_PROBLEM,
			"no: the key was never seen usable under its present configuration");
}

static void check_incident(struct checking *c, const struct binding *b)
{
	const struct incident *in = &b->incident;

	if (in->id.n == 0)
		checking_say(c, CHECK_INCIDENT, FINDING_OK, "none is open");
	else
		checking_say(c, CHECK_INCIDENT, FINDING_PROBLEM, "%s#%" PRIu32 " is open (%s): %s",
			c->p->name.text, in->id.n, phase_name(in->phase), phase_meaning(in->phase));
}

static void check_grants(struct checking *c, uint32_t i)
{
	const struct incident *in = &c->p->core.bindings[i].incident;
	char sentence[GRANTS_SENTENCE_BYTES];

	grants_sentence(c->p, i, sentence);
	if (grants_outlive(c->p, i))
		checking_say(c, CHECK_GRANTS, FINDING_PROBLEM, "%s", sentence);
	else if (in->id.n == 0 || !in->grants_known)
		checking_say(c, CHECK_GRANTS, FINDING_UNKNOWN,
			"how many are alive is not known: cmekd counts them only when it revokes or pauses");
	else
		checking_say(c, CHECK_GRANTS, FINDING_OK, "%s", sentence);
}

void check_key(struct checking *c, uint32_t binding)
{
	const struct binding *b = &c->p->core.bindings[binding];

	check_setting(c, b);
	check_pin(c, b);
	check_region(c, b);
	check_kind(c, binding);
	check_state(c, b);
	check_rotation(c, binding);
	check_sight(c, binding);
	check_armed(c, b);
	check_incident(c, b);
	check_grants(c, binding);
}
