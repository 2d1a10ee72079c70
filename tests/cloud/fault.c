/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"
#include "alloc.h"
#include "service.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	bool effect;
	int64_t ms;
} kinds[] = {
#define X(e, name, effect, ms) {name, effect, ms},
	FAULT_TABLE(X)
#undef X
};

#define OVERSIZED_BYTES (10 << 20)

static const struct field fields[] = {
	{FIELD(fault, op, FIELD_CHARS)},
	{FIELD(fault, subject, FIELD_CHARS)},
	{FIELD(fault, code, FIELD_CHARS)},
	{FIELD(fault, body, FIELD_STRING)},
	{FIELD(fault, count, FIELD_U32)},
	{FIELD(fault, ms, FIELD_I64)},
	{FIELD(fault, size_bytes, FIELD_I64)},
	{FIELD(fault, status, FIELD_U32)},
	{FIELD(fault, effect, FIELD_BOOL)},
	{FIELD(fault, before_auth, FIELD_BOOL)},
	{FIELD(fault, service, FIELD_CHARS), .choices = "kms|sts|sqs|v1beta|dedicated|tidb|all"},
};
#define FIELD_COUNT (sizeof fields / sizeof *fields)

const char *fault_kind_name(enum fault_kind k)
{
	return k < FAULT_NONE ? kinds[k].name : NULL;
}

void fault_plan_fini(struct fault_plan *p)
{
	free(p->body);
	*p = (struct fault_plan){.kind = FAULT_NONE};
}

static int fill(struct fault *one, struct json_object *in, char why[FIELD_WHY_BYTES])
{
	const char *kind = field_text(in, "kind");
	one->kind = FAULT_NONE;
	for (size_t i = 0; kind && i < FAULT_NONE; i++)
		if (strcmp(kinds[i].name, kind) == 0)
			one->kind = (enum fault_kind)i;
	if (one->kind == FAULT_NONE || !field_text(in, "service")) {
		(void)snprintf(why, FIELD_WHY_BYTES, "expected 'service' and a known 'kind' (README.md)");
		return 1;
	}
	one->effect = kinds[one->kind].effect;
	one->ms = kinds[one->kind].ms;
	json_object_object_foreach(in, name, value)
	{
		if (text_among(name, "kind|comment"))
			continue;
		if (strcmp(name, "probability") == 0) {
			one->probability = json_object_get_double(value);
			if (one->probability >= 0 && one->probability <= 1)
				continue;
			(void)snprintf(why, FIELD_WHY_BYTES, "member 'probability': expected 0 to 1");
			return 1;
		}
		if (field_set(fields, FIELD_COUNT, one, name, value, why))
			return 1;
	}
	if (one->status && (one->status < 200 || one->status > 599)) {
		(void)snprintf(why, FIELD_WHY_BYTES, "member 'status': expected 200 to 599");
		return 1;
	}
	return 0;
}

int fault_add(struct faults *f, struct json_object *in, uint32_t *ret_id, char reterr_why[FIELD_WHY_BYTES])
{
	struct fault one = {.probability = 1, .size_bytes = OVERSIZED_BYTES, .body = alloc_text("")};
	if (fill(&one, in, reterr_why)) {
		free(one.body);
		return 1;
	}
	one.id = ++f->last_id;
	f->list = alloc_grow(f->list, f->count + 1, sizeof *f->list);
	f->list[f->count++] = one;
	*ret_id = one.id;
	return 0;
}

bool fault_clear(struct faults *f, uint32_t id)
{
	bool found = id == 0;
	for (size_t i = 0; i < f->count;) {
		if (id && f->list[i].id != id) {
			i++;
			continue;
		}
		found = true;
		free(f->list[i].body);
		memmove(&f->list[i], &f->list[i + 1], (f->count - i - 1) * sizeof *f->list);
		f->count--;
	}
	return found;
}

void faults_fini(struct faults *f)
{
	(void)fault_clear(f, 0);
	free(f->list);
	*f = (struct faults){0};
}

static bool is_spent(const struct fault *f)
{
	return f->count && f->struck >= f->count;
}

struct json_object *faults_show(const struct faults *f)
{
	struct json_object *list = json_object_new_array();
	for (size_t i = 0; i < f->count; i++) {
		if (is_spent(&f->list[i]))
			continue;
		struct json_object *one = json_object_new_object();
		json_object_object_add(one, "id", json_object_new_int64(f->list[i].id));
		json_object_object_add(one, "kind", json_object_new_string(kinds[f->list[i].kind].name));
		json_object_object_add(one, "struck", json_object_new_int64(f->list[i].struck));
		json_object_object_add(one, "probability", json_object_new_double(f->list[i].probability));
		field_show(fields, FIELD_COUNT, &f->list[i], one);
		json_object_array_add(list, one);
	}
	return list;
}

static bool is_meant(const struct fault *f, const struct request *r, bool authenticated)
{
	bool tidb = r->service == SERVICE_V1BETA || r->service == SERVICE_DEDICATED;
	bool service = strcmp(f->service, "all") == 0 || (tidb && strcmp(f->service, "tidb") == 0) ||
		       strcmp(f->service, service_name(r->service)) == 0;
	return service && !is_spent(f) && (authenticated || f->before_auth) &&
	       (!*f->op || strcmp(f->op, r->op) == 0) &&
	       (!*f->subject || strcmp(f->subject, r->subject) == 0);
}

void fault_pick(struct faults *f, struct world *w, const struct request *r, bool authenticated,
	struct fault_plan *ret_plan)
{
	struct fault_plan plan = {.kind = FAULT_NONE, .effect = true};
	for (size_t i = 0; i < f->count; i++) {
		struct fault *one = &f->list[i];
		bool late = one->kind == FAULT_LATENCY;
		if (!is_meant(one, r, authenticated) || (!late && plan.kind != FAULT_NONE))
			continue;
		double dice = (double)(world_random(w) >> 11) / 9007199254740992.0; /* 2^53 */
		if (dice >= one->probability)
			continue;
		one->struck++;
		if (late) {
			plan.latency_ms += one->ms;
			continue;
		}
		plan.kind = one->kind;
		plan.effect = one->effect;
		plan.hang_ms = one->ms;
		plan.size_bytes = one->size_bytes;
		plan.status = one->status;
		(void)text_set(plan.code, sizeof plan.code, one->code);
		plan.body = *one->body ? alloc_text(one->body) : NULL;
	}
	*ret_plan = plan;
}
