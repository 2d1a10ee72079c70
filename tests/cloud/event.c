/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"
#include "alloc.h"
#include "clock.h"
#include "queue.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the text ---- */

static void add_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static void add_bool(struct json_object *o, const char *name, bool value)
{
	json_object_object_add(o, name, json_object_new_boolean(value));
}

static void add_id(struct world *w, struct json_object *o, const char *name)
{
	char hex[33], id[40];
	world_random_hex(w, 32, hex);
	(void)snprintf(
		id, sizeof id, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	add_text(o, name, id);
}

/* What every event of EventBridge has. Takes `detail`; `resource` may be NULL. */
static struct json_object *envelope(struct world *w, const struct cmk *k, const char *type,
	const char *resource, struct json_object *detail)
{
	struct json_object *o = json_object_new_object(), *resources = json_object_new_array();
	char now[CLOCK_TEXT_BYTES];
	clock_rfc3339(world_wall_ms(w), now);
	add_text(o, "version", "0");
	add_id(w, o, "id");
	add_text(o, "detail-type", type);
	add_text(o, "source", "aws.kms");
	add_text(o, "account", k->account);
	add_text(o, "time", now);
	add_text(o, "region", k->region);
	if (resource)
		json_object_array_add(resources, json_object_new_string(resource));
	json_object_object_add(o, "resources", resources);
	json_object_object_add(o, "detail", detail);
	return o;
}

/* The key is named by its id here, and by its ARN only in `resources`: a reader must look there. */
static struct json_object *parameters(const struct cmk *k, const char *name)
{
	struct json_object *o = json_object_new_object();
	add_text(o, "keyId", k->id);
	if (strcmp(name, "PutKeyPolicy") == 0) {
		add_text(o, "policyName", "default");
		add_text(o, "policy", k->truth.policy);
		add_bool(o, "bypassPolicyLockoutSafetyCheck", false);
	}
	return o;
}

static struct json_object *response(const struct cmk *k, const char *name)
{
	char date[CLOCK_TEXT_BYTES];
	if (strcmp(name, "ScheduleKeyDeletion") != 0)
		return NULL;
	struct json_object *o = json_object_new_object();
	clock_cloudtrail(k->truth.deletion_ms, date);
	add_text(o, "keyId", k->arn);
	add_text(o, "keyState", k->truth.state);
	add_text(o, "deletionDate", date);
	return o;
}

static struct json_object *resources(const struct cmk *k)
{
	struct json_object *list = json_object_new_array(), *one = json_object_new_object();
	add_text(one, "accountId", k->account);
	add_text(one, "type", "AWS::KMS::Key");
	add_text(one, "ARN", k->arn);
	json_object_array_add(list, one);
	return list;
}

static struct json_object *record(struct world *w, const struct cmk *k, const char *name, const char *caller)
{
	struct json_object *o = json_object_new_object(), *who = json_object_new_object();
	char now[CLOCK_TEXT_BYTES];
	clock_rfc3339(world_wall_ms(w), now);
	add_text(who, "type", strstr(caller, ":assumed-role/") ? "AssumedRole" : "IAMUser");
	add_text(who, "arn", caller);
	add_text(who, "accountId", k->account);
	add_text(o, "eventVersion", "1.08");
	json_object_object_add(o, "userIdentity", who);
	add_text(o, "eventTime", now);
	add_text(o, "eventSource", "kms.amazonaws.com");
	add_text(o, "eventName", name);
	add_text(o, "awsRegion", k->region);
	add_text(o, "sourceIPAddress", "192.0.2.1");
	add_text(o, "userAgent", "stand-in");
	json_object_object_add(o, "requestParameters", parameters(k, name));
	json_object_object_add(o, "responseElements", response(k, name));
	add_id(w, o, "requestID");
	add_id(w, o, "eventID");
	add_bool(o, "readOnly", false);
	json_object_object_add(o, "resources", resources(k));
	add_text(o, "eventType", "AwsApiCall");
	add_bool(o, "managementEvent", true);
	add_text(o, "recipientAccountId", k->account);
	add_text(o, "eventCategory", "Management");
	return o;
}

/* ---- the way ---- */

/* Takes `json`. */
static void set_off(struct world *w, const char *region, struct json_object *json)
{
	if (w->event_count < EVENT_MAX) {
		w->events = alloc_grow(w->events, w->event_count + 1, sizeof *w->events);
		struct event *e = &w->events[w->event_count++];
		*e = (struct event){.due_ms = w->now_ms + w->config.events_ms,
			.text = alloc_text(json_object_to_json_string_ext(
				json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE))};
		(void)text_set(e->region, sizeof e->region, region);
	}
	json_object_put(json);
}

void event_call(struct world *w, const struct cmk *k, const char *name, const char *caller)
{
	if (w->config.events_ms < 0)
		return;
	set_off(w, k->region,
		envelope(w, k, "AWS API Call via CloudTrail", NULL, record(w, k, name, caller)));
}

void event_rotation(struct world *w, const struct cmk *k, const char *before)
{
	if (w->config.events_ms < 0)
		return;
	struct json_object *detail = json_object_new_object();
	add_text(detail, "key-id", k->id);
	add_text(detail, "key-origin", k->truth.origin);
	add_text(detail, "rotation-type", "ON_DEMAND");
	add_text(detail, "previous-key-material-id", before);
	add_text(detail, "current-key-material-id", k->truth.material);
	set_off(w, k->region, envelope(w, k, "KMS CMK Rotation", k->arn, detail));
}

static void deliver(struct world *w, const struct event *e)
{
	bool local = false;
	for (size_t i = 0; i < w->queue_count; i++)
		local = local || strcmp(w->queues[i]->region, e->region) == 0;
	for (size_t i = 0; i < w->queue_count; i++)
		if (!local || strcmp(w->queues[i]->region, e->region) == 0)
			(void)queue_send(w, w->queues[i], e->text); /* a full queue has no use for it */
}

void event_step(struct world *w)
{
	size_t kept = 0;
	for (size_t i = 0; i < w->event_count; i++) {
		struct event *e = &w->events[i];
		if (e->due_ms > w->now_ms) {
			w->events[kept++] = *e;
			continue;
		}
		deliver(w, e);
		free(e->text);
	}
	w->event_count = kept;
}

int64_t event_next_ms(const struct world *w)
{
	int64_t next = WORLD_NEVER;
	for (size_t i = 0; i < w->event_count; i++)
		next = w->events[i].due_ms < next ? w->events[i].due_ms : next;
	return next;
}

void event_fini(struct world *w)
{
	for (size_t i = 0; i < w->event_count; i++)
		free(w->events[i].text);
	free(w->events);
	w->events = NULL;
	w->event_count = 0;
}
