/* SPDX-License-Identifier: Apache-2.0 */
/* Ledgers are made by the scenarios' world, which plays the real core; a replay under the same settings must tell the
 * same story, and under others the one that differs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buf.h"
#include "core/evidence.h"
#include "ledger/ledger.h"
#include "replay/recording.h"
#include "replay/replay.h"
#include "replay/sight.h"
#include "replay/stage.h"
#include "world.h"
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE (60 * 1000)
#define NEAR   (25 * 1000) /* one IncidentInterval, and latencies */

/* ---- a story, its ledger, its replay ---- */

struct story {
	struct world world;
	struct buf ledger;
	struct recording recording;
	struct stage stage;
};

static void begin(struct story *s)
{
	memset(s, 0, sizeof *s);
	world_init(&s->world);
	s->ledger = BUF_INIT(16 << 20);
	(void)world_add_cluster(&s->world, "c1", CLUSTER_STATE_RUNNING, "us-west-2");
	(void)world_add_cluster(&s->world, "c2", CLUSTER_STATE_RUNNING, "us-west-2");
	(void)world_add_cluster(&s->world, "c3", CLUSTER_STATE_PAUSED, "us-west-2");
}

/* Starts, and is armed. */
static void begin_armed(struct story *s)
{
	begin(s);
	world_start(&s->world);
	world_run(&s->world, 10 * MINUTE);
}

static void forget_replay(struct story *s)
{
	recording_fini(&s->recording);
	stage_fini(&s->stage);
	memset(&s->stage, 0, sizeof s->stage);
}

static void end(struct story *s)
{
	forget_replay(s);
	buf_fini(&s->ledger);
	world_fini(&s->world);
}

/* The world leaves out who it is. */
static void complete_genesis(const struct story *s, struct record *r)
{
	r->at = s->world.origin.wall;
	(void)snprintf(r->ledger.text, sizeof r->ledger.text, "0123456789abcdef");
	(void)snprintf(r->project.text, sizeof r->project.text, "1372813089209000001");
	memset(r->machine, 'a', sizeof r->machine - 1);
}

static void write_ledger(struct story *s)
{
	struct ledger_head head = {.seq = {0}};

	buf_clear(&s->ledger);
	for (uint32_t i = 0; i < s->world.record_count; i++) {
		struct record r = s->world.records[i];

		if (r.type == RECORD_GENESIS)
			complete_genesis(s, &r);
		assert_int_equal(ledger_encode(&r, NULL, &head, &s->ledger), 0);
	}
}

static struct recording_pace pace(const struct policy_settings *p)
{
	return (struct recording_pace){
		.confirm_ms = p->confirm_ms, .incident_ms = p->incident_ms, .poll_ms = p->poll_ms};
}

static int read_again(struct story *s, uint32_t incident, struct why *why)
{
	forget_replay(s);
	return recording_read(&s->recording, s->ledger.data, s->ledger.len, (struct incident_id){incident},
		pace(&s->world.policy), why);
}

static void replay(struct story *s, const struct policy_settings *policy)
{
	struct why why = {""};

	write_ledger(s);
	if (read_again(s, 0, &why) != 0)
		fail_msg("not read: %s", why.text);
	assert_int_equal(stage_play(&s->recording,
				 &(struct stage_settings){.policy = policy, .max_pauses = 20}, &s->stage),
		0);
}

/* ---- what came of it ---- */

static uint32_t count(const struct milestones *m, enum milestone_type type)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->count; i++)
		n += m->items[i].type == type;
	return n;
}

static int64_t later_ms(const struct story *s, enum milestone_type type)
{
	const struct milestone *then = milestones_first(&s->recording.milestones, type),
			       *now = milestones_first(&s->stage.milestones, type);

	assert_non_null(then);
	assert_non_null(now);
	return now->at.ms - then->at.ms;
}

static void print_story(const char *which, const struct milestones *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		print_message("# %s %lld %s %d\n", which, (long long)m->items[i].at.ms,
			milestone_name(m->items[i].type), (int)m->items[i].cluster);
}

/* The same things happened, to the same clusters, at about the same time. */
static void assert_same_story(const struct story *s)
{
	const struct milestones *then = &s->recording.milestones, *now = &s->stage.milestones;
	bool same = then->count == now->count;

	for (enum milestone_type t = 0; t < MILESTONE_TYPE_COUNT; t++)
		same = same && count(then, t) == count(now, t);
	for (uint32_t i = 0; same && i < then->count; i++) {
		bool found = false;

		for (uint32_t k = 0; k < now->count; k++)
			found = found || (now->items[k].type == then->items[i].type &&
						 now->items[k].cluster == then->items[i].cluster &&
						 llabs(now->items[k].at.ms - then->items[i].at.ms) <= NEAR);
		same = found;
	}
	if (same)
		return;
	print_story("then", then);
	print_story("now ", now);
	fail_msg("the replay tells another story");
}

static void replay_same(struct story *s)
{
	replay(s, &s->world.policy);
	assert_same_story(s);
}

static char *conclusions(const struct story *s, const struct policy_settings *policy)
{
	struct json_object *document = json_object_new_object(), *list = NULL;
	char *text;

	assert_int_equal(replay_describe(&s->recording, &s->stage, policy, document), 0);
	assert_true(json_object_object_get_ex(document, "conclusions", &list));
	text = strdup(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN));
	json_object_put(document);
	return text;
}

static void assert_concludes(const struct story *s, const struct policy_settings *policy, const char *wanted)
{
	char *text = conclusions(s, policy);

	if (!strstr(text, wanted))
		fail_msg("not \"%s\" in %s", wanted, text);
	free(text);
}

/* ---- every reason can be seen again ---- */

static void test_sight_is_judged_to_its_reason(void **state)
{
	const struct walltime now = {1767225600000}, passed = {now.ms - 1000};

	(void)state;
	for (enum reason r = 0; r < REASON_COUNT; r++) {
		struct look look = sight_of(r, passed);

		if (evidence_judge(
			    &look, look.off_by, r == REASON_DELETED ? passed : WALLTIME_UNKNOWN, now) != r)
			fail_msg("%s is judged as something else", reason_name(r));
	}
}

/* ---- a loss ---- */

static void play_loss(struct story *s, int64_t lost_ms)
{
	begin_armed(s);
	s->world.keys[0].policy = WORLD_NO_ALLOW;
	world_run(&s->world, lost_ms);
	s->world.keys[0].policy = WORLD_ALLOWED;
	world_run(&s->world, 20 * MINUTE);
}

static void test_a_loss(void **state)
{
	struct story s;
	struct policy_settings other;

	(void)state;
	play_loss(&s, 20 * MINUTE);
	replay_same(&s);
	assert_int_equal(s.stage.end, STAGE_ENDED);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 2);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_RESUMED), 2);
	assert_concludes(&s, &s.world.policy, "would have paused the same 2 clusters at the same time");

	other = s.world.policy;
	other.grace_ms *= 2;
	replay(&s, &other);
	assert_in_range(later_ms(&s, MILESTONE_PAUSING), 2 * MINUTE - 5000, 2 * MINUTE + NEAR);
	assert_in_range(later_ms(&s, MILESTONE_DARK), 2 * MINUTE - NEAR, 2 * MINUTE + NEAR);
	assert_in_range(llabs(later_ms(&s, MILESTONE_CLOSED)), 0, NEAR);
	assert_concludes(&s, &other, "would have paused the same 2 clusters 2min later");
	assert_concludes(&s, &other, "would have been dark 2min later");

	other.grace_ms = 0;
	replay(&s, &other);
	assert_concludes(&s, &other, "the same 2 clusters 2min earlier");

	other = s.world.policy;
	other.reaction = REACTION_OBSERVE;
	replay(&s, &other);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 0);
	assert_int_equal(s.stage.end, STAGE_ENDED);
	assert_concludes(&s, &other, "paused nothing: Reaction=observe");

	other.reaction = REACTION_APPROVE;
	replay(&s, &other);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_WAITING), 1);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 0);
	assert_concludes(&s, &other, "paused nothing: Reaction=approve");

	other = s.world.policy;
	other.grace_ms = 30 * MINUTE;
	replay(&s, &other);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_CANCELLED), 1);
	assert_concludes(&s, &other, "access was back before GracePeriod=30min was over");

	other = s.world.policy;
	assert_int_equal(stage_play(&s.recording, &(struct stage_settings){.policy = &other, .max_pauses = 1},
				 (stage_fini(&s.stage), &s.stage)),
		0);
	assert_concludes(&s, &other, "did not fit into MaxPauses=");
	end(&s);
}

static void test_a_loss_that_grace_forgave(void **state)
{
	struct story s;
	struct policy_settings other;

	(void)state;
	play_loss(&s, 75 * 1000);
	replay_same(&s);
	assert_int_equal(count(&s.recording.milestones, MILESTONE_CANCELLED), 1);
	assert_concludes(&s, &s.world.policy, "would have paused nothing, as recorded");
	other = s.world.policy;
	other.grace_ms = 10 * 1000;
	replay(&s, &other);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 2);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_RESUMED), 2);
	assert_concludes(&s, &other, "would have paused 2 clusters; none was then");
	end(&s);
}

static void test_refusals_are_repeated(void **state)
{
	struct story s;

	(void)state;
	begin_armed(&s);
	s.world.act_fate = WORLD_REFUSED;
	s.world.act_fates = 3;
	s.world.keys[0].state = KEY_STATE_DISABLED;
	world_run(&s.world, 30 * MINUTE);
	s.world.keys[0].state = KEY_STATE_ENABLED;
	world_run(&s.world, 20 * MINUTE);
	replay_same(&s);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_REFUSED), 3);
	end(&s);
}

static void test_an_open_incident(void **state)
{
	struct story s;

	(void)state;
	begin_armed(&s);
	s.world.keys[0].state = KEY_STATE_DISABLED;
	world_run(&s.world, 15 * MINUTE);
	replay_same(&s);
	assert_true(s.recording.open);
	assert_int_equal(s.stage.end, STAGE_OPEN);
	end(&s);
}

/* ---- persons ---- */

static void test_pending_deletion_is_approved(void **state)
{
	struct story s;
	struct policy_settings other;

	(void)state;
	begin_armed(&s);
	s.world.keys[0].state = KEY_STATE_PENDING_DELETION;
	world_run(&s.world, 5 * MINUTE);
	world_command(&s.world, COMMAND_APPROVE, NULL, 0, false);
	world_run(&s.world, 15 * MINUTE);
	s.world.keys[0].state = KEY_STATE_ENABLED;
	world_run(&s.world, 20 * MINUTE);
	replay_same(&s);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_APPROVED), 1);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 2);
	other = s.world.policy;
	other.pause_on_deletion = true;
	replay(&s, &other);
	assert_true(later_ms(&s, MILESTONE_PAUSED) < -2 * MINUTE);
	assert_int_equal(s.stage.answer_count, 1); /* there was nothing to approve any more */
	end(&s);
}

static void test_unarmed_is_declined(void **state)
{
	struct story s;

	(void)state;
	begin(&s);
	s.world.keys[0].policy = WORLD_DENIED;
	world_start(&s.world);
	world_run(&s.world, 10 * MINUTE);
	world_command(&s.world, COMMAND_DECLINE, NULL, 0, false);
	world_run(&s.world, 10 * MINUTE);
	s.world.keys[0].policy = WORLD_ALLOWED;
	world_run(&s.world, 20 * MINUTE);
	replay_same(&s);
	assert_false(s.recording.armed);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_DECLINED), 1);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 0);
	end(&s);
}

static void test_self_denied_waits(void **state)
{
	struct story s;

	(void)state;
	begin_armed(&s);
	s.world.kms_fault = FAULT_DENIED;
	s.world.self_denied = true;
	world_run(&s.world, 10 * MINUTE);
	s.world.kms_fault = FAULT_NONE;
	s.world.self_denied = false;
	world_run(&s.world, 20 * MINUTE);
	replay_same(&s);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_WAITING), 1);
	end(&s);
}

static void play_revoke(struct story *s, uint8_t how)
{
	begin_armed(s);
	world_command(&s->world, COMMAND_REVOKE, NULL, how, false);
	world_run(&s->world, 20 * MINUTE);
	world_command(&s->world, COMMAND_RESTORE, NULL, 0, false);
	world_run(&s->world, 20 * MINUTE);
}

static void test_an_operators_revoke(void **state)
{
	struct story s;
	struct policy_settings other;

	(void)state;
	play_revoke(&s, 0);
	replay_same(&s);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_CUT), 1);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_UNCUT), 1);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 2);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_CLOSED), 1);
	other = s.world.policy;
	other.reaction = REACTION_OBSERVE; /* an operator is obeyed all the same */
	replay(&s, &other);
	assert_same_story(&s);
	end(&s);
}

static void test_a_revoke_that_pauses_only(void **state)
{
	struct story s;

	(void)state;
	play_revoke(&s, CAUSE_PAUSE_ONLY);
	replay_same(&s);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_CUT), 0);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 2);
	end(&s);
}

static void test_a_cut_by_hand(void **state)
{
	struct story s;

	(void)state;
	begin_armed(&s);
	s.world.cut_fate = WORLD_REFUSED;
	s.world.cut_fates = 1;
	world_command(&s.world, COMMAND_REVOKE, NULL, 0, false);
	world_run(&s.world, 20 * MINUTE);
	world_command(&s.world, COMMAND_RESTORE, NULL, 0, false);
	world_run(&s.world, 20 * MINUTE);
	replay_same(&s);
	end(&s);
}

/* What our own cut showed confirms nothing of it, so its verdict came five looks after the first. */
static void test_a_loss_behind_a_revoke(void **state)
{
	static const uint8_t means[] = {0, CAUSE_DISABLE_KEY};

	(void)state;
	for (size_t i = 0; i < sizeof means; i++) {
		struct story s;

		begin_armed(&s);
		world_command(&s.world, COMMAND_REVOKE, NULL, means[i], false);
		world_run(&s.world, 20 * MINUTE);
		s.world.keys[0].policy = WORLD_NO_ALLOW;
		world_person(&s.world, "create", "c4");
		world_command(&s.world, COMMAND_RESTORE, NULL, 0, false);
		world_run(&s.world, 20 * MINUTE);
		s.world.keys[0].policy = WORLD_ALLOWED;
		world_run(&s.world, 20 * MINUTE);
		replay_same(&s);
		assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 3);
		end(&s);
	}
}

static void test_what_people_do_is_done_again(void **state)
{
	struct story s;

	(void)state;
	begin_armed(&s);
	s.world.keys[0].policy = WORLD_NO_ALLOW;
	world_run(&s.world, 15 * MINUTE);
	world_person(&s.world, "create", "c4");
	world_person(&s.world, "delete", "c2");
	world_run(&s.world, 10 * MINUTE);
	s.world.keys[0].policy = WORLD_ALLOWED;
	world_run(&s.world, 20 * MINUTE);
	replay_same(&s);
	assert_true(count(&s.stage.milestones, MILESTONE_TOUCHED) >= 1);
	end(&s);
}

/* What people paused meanwhile is given back only because somebody named it then. */
static void test_what_was_included_is_included_again(void **state)
{
	char *included[] = {(char[]){"c1"}};
	struct story s;

	(void)state;
	begin_armed(&s);
	s.world.keys[0].policy = WORLD_NO_ALLOW;
	world_run(&s.world, 15 * MINUTE);
	world_person(&s.world, "pause", "c1");
	world_run(&s.world, 3 * MINUTE);
	world_restore(&s.world, included, 1);
	world_run(&s.world, 2 * MINUTE);
	s.world.keys[0].policy = WORLD_ALLOWED;
	world_run(&s.world, 20 * MINUTE);
	replay(&s, &s.world.policy); /* of a pause by people the replay sees only the end: it stays dark */
	assert_int_equal(count(&s.stage.milestones, MILESTONE_TOUCHED), 1);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_RESUMED), 2);
	assert_int_equal(s.stage.answer_count, 0);

	/* By an operator, with what was asked for then. */
	world_command(&s.world, COMMAND_REVOKE, "us-west-2", 0, false);
	world_run(&s.world, 5 * MINUTE);
	world_person(&s.world, "pause", "c1");
	world_run(&s.world, 3 * MINUTE);
	world_restore(&s.world, included, 1);
	world_run(&s.world, 20 * MINUTE);
	replay(&s, &s.world.policy);
	assert_int_equal(s.recording.incident.n, 2);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_RESUMED), 2);
	assert_int_equal(s.stage.answer_count, 0);
	end(&s);
}

/* What another configuration says of single clusters. */
static void test_under_other_sections(void **state)
{
	struct cluster_settings sections[] = {{"c1", {.excluded = true, .order = CLUSTER_ORDER_DEFAULT}},
		{"c2", {.reaction = REACTION_APPROVE, .order = CLUSTER_ORDER_DEFAULT}}};
	struct stage_settings settings = {.clusters = sections, .cluster_count = 1, .max_pauses = 20};
	struct story s;

	(void)state;
	play_loss(&s, 20 * MINUTE);
	settings.policy = &s.world.policy;
	replay_same(&s);
	stage_fini(&s.stage);
	memset(&s.stage, 0, sizeof s.stage);
	assert_int_equal(stage_play(&s.recording, &settings, &s.stage), 0);
	assert_int_equal(count(&s.recording.milestones, MILESTONE_PAUSED), 2);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 1);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_DARK), 0);
	stage_fini(&s.stage);
	memset(&s.stage, 0, sizeof s.stage);
	settings.cluster_count = 2;
	assert_int_equal(stage_play(&s.recording, &settings, &s.stage), 0);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 0);
	end(&s);
}

static void test_which_incident(void **state)
{
	struct story s;
	struct why why = {""};

	(void)state;
	play_loss(&s, 20 * MINUTE);
	s.world.keys[0].state = KEY_STATE_DISABLED;
	world_run(&s.world, 90 * 1000);
	s.world.keys[0].state = KEY_STATE_ENABLED;
	world_run(&s.world, 20 * MINUTE);
	replay_same(&s);
	assert_int_equal(s.recording.incident.n, 2);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_CANCELLED), 1);
	assert_int_equal(read_again(&s, 1, &why), 0);
	assert_int_equal(
		stage_play(&s.recording,
			&(struct stage_settings){.policy = &s.world.policy, .max_pauses = 20}, &s.stage),
		0);
	assert_same_story(&s);
	assert_int_equal(count(&s.stage.milestones, MILESTONE_PAUSED), 2);
	assert_int_equal(read_again(&s, 3, &why), RECORDING_E_NO_INCIDENT);
	assert_non_null(strstr(why.text, "no incident 3"));
	end(&s);
}

/* ---- what comes from outside ---- */

static void test_what_is_no_recording(void **state)
{
	struct story s;
	struct why why = {""};

	(void)state;
	begin_armed(&s);
	write_ledger(&s);
	assert_int_equal(read_again(&s, 0, &why), RECORDING_E_EMPTY);
	s.world.keys[0].state = KEY_STATE_DISABLED;
	world_run(&s.world, 10 * MINUTE);
	write_ledger(&s);
	s.ledger.data[s.ledger.len / 2] ^= 1;
	assert_int_equal(read_again(&s, 0, &why), RECORDING_E_DAMAGED);
	assert_non_null(strstr(why.text, "cmekctl verify"));
	s.ledger.len = 0;
	assert_int_equal(read_again(&s, 0, &why), RECORDING_E_EMPTY);
	end(&s);
}

/* A clock that went back, and one that went to the last second of 9999. */
static void test_it_ends(void **state)
{
	struct story s;
	struct why why = {""};

	(void)state;
	begin_armed(&s);
	s.world.keys[0].state = KEY_STATE_DISABLED;
	world_run(&s.world, 10 * MINUTE);
	s.world.records[s.world.record_count - 2].at.ms = 0;
	s.world.records[s.world.record_count - 1].at.ms = INT64_C(253402300799000);
	write_ledger(&s);
	assert_int_equal(read_again(&s, 0, &why), 0);
	assert_int_equal(
		stage_play(&s.recording,
			&(struct stage_settings){.policy = &s.world.policy, .max_pauses = 20}, &s.stage),
		0);
	assert_int_equal(s.stage.end, STAGE_STOPPED);
	assert_concludes(&s, &s.world.policy, "was stopped");
	end(&s);
}

static uint32_t chance(uint64_t *seed, uint32_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % below;
}

/* A record that the core never wrote there, in a chain that holds. */
static void spoil(struct record *r, uint64_t *seed)
{
	switch (chance(seed, 8)) {
	case 0:
		r->at.ms += (int64_t)chance(seed, 4 * 3600 * 1000) - 2 * 3600 * 1000;
		break;
	case 1:
		r->duty = (enum duty)chance(seed, DUTY_COUNT);
		break;
	case 2:
		r->state = (enum cluster_state)chance(seed, CLUSTER_STATE_COUNT);
		break;
	case 3:
		r->phase = (enum phase)chance(seed, PHASE_COUNT);
		break;
	case 4:
		r->causes = (uint8_t)chance(seed, 4);
		break;
	case 5:
		r->reason = (enum reason)chance(seed, REASON_COUNT);
		r->outcome = reason_outcome(r->reason);
		break;
	case 6:
		r->incident.n = chance(seed, 4);
		break;
	default:
		r->cluster.text[1] = (char)('0' + chance(seed, 10));
		break;
	}
}

static void write_spoilt(struct story *s, uint64_t seed)
{
	struct ledger_head head = {.seq = {0}};

	write_ledger(s);
	buf_clear(&s->ledger);
	for (uint32_t i = 0; i < s->world.record_count; i++) {
		bool genesis = i == 0;
		struct record r =
			s->world.records[genesis || chance(&seed, 12) ? i
								      : chance(&seed, s->world.record_count)];

		if (genesis) {
			complete_genesis(s, &r);
		} else if (r.type == RECORD_GENESIS) {
			continue;
		} else if (chance(&seed, 6) == 0) {
			spoil(&r, &seed);
		}
		r.seq.n = head.seq.n + 1;
		(void)ledger_encode(&r, NULL, &head, &s->ledger); /* what cannot be written is left out */
	}
}

static void test_any_chain_that_holds_is_replayed(void **state)
{
	struct story s;
	struct why why = {""};
	unsigned played = 0;

	(void)state;
	play_revoke(&s, 0);
	s.world.keys[0].policy = WORLD_NO_ALLOW;
	world_run(&s.world, 15 * MINUTE);
	world_person(&s.world, "delete", "c2");
	world_run(&s.world, 5 * MINUTE);
	s.world.keys[0].policy = WORLD_ALLOWED;
	world_run(&s.world, 20 * MINUTE);
	for (uint32_t seed = 1; seed <= 200; seed++) {
		write_spoilt(&s, seed);
		if (read_again(&s, seed % 3, &why) != 0)
			continue;
		assert_int_equal(
			stage_play(&s.recording,
				&(struct stage_settings){.policy = &s.world.policy, .max_pauses = 20},
				&s.stage),
			0);
		free(conclusions(&s, &s.world.policy));
		played++;
	}
	assert_true(played > 50);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sight_is_judged_to_its_reason),
		cmocka_unit_test(test_a_loss),
		cmocka_unit_test(test_a_loss_that_grace_forgave),
		cmocka_unit_test(test_refusals_are_repeated),
		cmocka_unit_test(test_an_open_incident),
		cmocka_unit_test(test_pending_deletion_is_approved),
		cmocka_unit_test(test_unarmed_is_declined),
		cmocka_unit_test(test_self_denied_waits),
		cmocka_unit_test(test_an_operators_revoke),
		cmocka_unit_test(test_a_revoke_that_pauses_only),
		cmocka_unit_test(test_a_cut_by_hand),
		cmocka_unit_test(test_a_loss_behind_a_revoke),
		cmocka_unit_test(test_what_people_do_is_done_again),
		cmocka_unit_test(test_what_was_included_is_included_again),
		cmocka_unit_test(test_under_other_sections),
		cmocka_unit_test(test_which_incident),
		cmocka_unit_test(test_what_is_no_recording),
		cmocka_unit_test(test_it_ends),
		cmocka_unit_test(test_any_chain_that_holds_is_replayed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
