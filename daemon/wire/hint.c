/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/hint.h"
#include "base/json_scan.h"
#include "base/own.h"
#include "wire/json_answer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES_MAX 65536u /* a whole event of CloudTrail has some hundred */
#define DEPTH_MAX 64

static int scan(const char *text, size_t len, struct json_tree *ret_tree, struct why *reterr_why)
{
	static const struct json_limits limits = {
		.max_bytes = HINT_MAX_BYTES, .max_nodes = NODES_MAX, .max_depth = DEPTH_MAX};
	struct json_error error;
	int r = json_scan(text, len, &limits, ret_tree, &error);
	if (r <= 0)
		return r;
	json_why(reterr_why, &error);
	return HINT_E_MALFORMED;
}

/* ---- keys ---- */

static void add_key(struct hint *h, const char *text)
{
	struct key_arn arn;
	if (key_arn_parse(text, strlen(text), &arn, NULL, NULL) != 0)
		return;
	for (uint32_t i = 0; i < h->key_count; i++)
		if (key_arn_equal(&h->keys[i], &arn))
			return;
	if (h->key_count < HINT_KEYS_MAX)
		h->keys[h->key_count++] = arn;
}

static void add_text(struct hint *h, const struct json_tree *tree, uint32_t node)
{
	char text[sizeof(struct key_arn)];
	if (json_string(tree, node, text, sizeof text, NULL) == 0)
		add_key(h, text);
}

/* What is named by its id alone lives where the event comes from. */
static void add_id(struct hint *h, const struct json_tree *tree, uint32_t object, const char *member,
	const char *partition)
{
	char id[128], region[32], account[16], arn[sizeof(struct key_arn)];
	uint32_t node = json_answer_member(tree, object, member);
	if (json_string(tree, node, id, sizeof id, NULL) != 0) {
		add_text(h, tree, node);
		return;
	}
	if (strchr(id, ':')) {
		add_key(h, id);
		return;
	}
	if (json_string(tree, json_answer_member(tree, JSON_ROOT, "region"), region, sizeof region, NULL) ||
		json_string(
			tree, json_answer_member(tree, JSON_ROOT, "account"), account, sizeof account, NULL))
		return;
	if (snprintf(arn, sizeof arn, "arn:%s:kms:%s:%s:key/%s", partition, region, account, id) <
		(int)sizeof arn)
		add_key(h, arn);
}

static void add_keys(struct hint *h, const struct json_tree *tree, const char *partition)
{
	uint32_t detail = json_answer_member(tree, JSON_ROOT, "detail");
	json_for_each (tree, json_answer_member(tree, JSON_ROOT, "resources"), node) {
		add_text(h, tree, node);
	}
	json_for_each (tree, json_answer_member(tree, detail, "resources"), node) {
		add_text(h, tree, json_answer_member(tree, node, "ARN"));
	}
	if (h->key_count > 0)
		return; /* whole ARNs: what else is said may name an alias */
	add_id(h, tree, detail, "key-id", partition);
	add_id(h, tree, json_answer_member(tree, detail, "requestParameters"), "keyId", partition);
	add_id(h, tree, json_answer_member(tree, detail, "serviceEventDetails"), "keyId", partition);
}

/* ---- the event ---- */

static int read_event(
	const struct json_tree *tree, const char *partition, struct hint *h, struct why *reterr_why)
{
	uint32_t detail = json_answer_member(tree, JSON_ROOT, "detail");
	struct trouble ignored;
	if (!json_is(tree, detail, JSON_OBJECT)) {
		why_set(reterr_why, "no event of EventBridge: it has no detail");
		return HINT_E_MALFORMED;
	}
	if (!json_equals(tree, json_answer_member(tree, JSON_ROOT, "source"), "aws.kms")) {
		why_set(reterr_why, "an event of another source; the rule should have source aws.kms alone");
		return HINT_E_IDLE;
	}
	(void)json_answer_show(tree, detail, "eventName", h->what, sizeof h->what, &ignored);
	if (h->what[0] == '\0')
		(void)json_answer_show(tree, JSON_ROOT, "detail-type", h->what, sizeof h->what, &ignored);
	if (json_answer_member(tree, detail, "errorCode") != JSON_NONE) {
		why_set(reterr_why, "%s failed: nothing has happened to the key", h->what);
		return HINT_E_IDLE;
	}
	(void)json_answer_time(tree, detail, "eventTime", &h->at, &ignored);
	if (!walltime_is_known(h->at))
		(void)json_answer_time(tree, JSON_ROOT, "time", &h->at, &ignored);
	add_keys(h, tree, partition);
	if (h->key_count > 0)
		return 0;
	why_set(reterr_why, "%s names no key by its ARN or id", h->what[0] ? h->what : "the event");
	return HINT_E_IDLE;
}

int hint_read(
	const char *text, size_t len, const char *partition, struct hint *ret_hint, struct why *reterr_why)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT, inner = JSON_TREE_INIT;
	_cleanup_free_ char *message = NULL;
	struct hint h = {.at = WALLTIME_UNKNOWN};
	int r = scan(text, len, &tree, reterr_why);
	if (r != 0)
		return r;
	bool wrapped = json_answer_member(&tree, JSON_ROOT, "detail") == JSON_NONE;
	uint32_t node = json_answer_member(&tree, JSON_ROOT, "Message");
	if (wrapped && node != JSON_NONE) {
		r = json_string_dup(&tree, node, HINT_MAX_BYTES, &message);
		if (r == 0)
			r = scan(message, strlen(message), &inner, reterr_why);
		if (r != 0)
			return r < 0 ? r : HINT_E_MALFORMED;
	}
	r = read_event(message ? &inner : &tree, partition, &h, reterr_why);
	if (r == 0)
		*ret_hint = h;
	return r;
}
