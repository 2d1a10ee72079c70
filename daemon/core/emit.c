/* SPDX-License-Identifier: Apache-2.0 */
#include "core/emit.h"
#include <string.h>

struct effect *emit(struct step *s, enum effect_type type)
{
	struct effect *e;

	if (s->effects->count >= s->effects->size)
		__builtin_trap(); /* core_need() is wrong: our own bug, and going on would lose an effect */
	e = &s->effects->items[s->effects->count++];
	memset(e, 0, sizeof *e);
	e->type = type;
	e->binding = CORE_NO_INDEX;
	e->cluster = CORE_NO_INDEX;
	return e;
}

uint32_t emit_binding_index(const struct core *core, const struct binding *b)
{
	return b ? (uint32_t)(b - core->bindings) : CORE_NO_INDEX;
}

uint32_t emit_cluster_index(const struct core *core, const struct cluster *c)
{
	return (uint32_t)(c - core->clusters);
}

struct record *emit_record(struct step *s, enum record_type type)
{
	struct record *r = &emit(s, FX_RECORD)->record;

	r->type = type;
	r->seq.n = s->core->next_seq++;
	r->at = s->core->now.wall;
	return r;
}

struct seq emit_verdict(struct step *s, const struct binding *b)
{
	struct record *r = emit_record(s, RECORD_VERDICT);

	r->region = b->region;
	r->outcome = b->evidence.verdict;
	r->reason = b->evidence.reason;
	r->policy = b->evidence.last.policy;
	return r->seq;
}

static void fill_incident(struct record *r, const struct binding *b)
{
	r->region = b->region;
	r->incident = b->incident.id;
	r->phase = b->incident.phase;
	r->causes = b->incident.causes;
	r->cut = b->incident.cut;
	r->means = b->incident.means;
	r->stands = b->incident.stands;
	r->kept = b->incident.kept;
}

struct seq emit_incident(struct step *s, const struct binding *b)
{
	struct record *r = emit_record(s, RECORD_INCIDENT);

	fill_incident(r, b);
	r->outcome = b->evidence.verdict;
	r->reason = b->incident.reason;
	return r->seq;
}

struct seq emit_cut(struct step *s, enum record_type type, const struct binding *b, enum act_result result,
	const struct digest *policy)
{
	struct record *r = emit_record(s, type);

	fill_incident(r, b);
	r->op = b->incident.cut_op;
	r->result = result;
	if (policy)
		r->policy = *policy;
	return r->seq;
}

struct seq emit_cluster(
	struct step *s, enum record_type type, const struct cluster *c, enum act_result result)
{
	const struct core *core = s->core;
	struct record *r = emit_record(s, type);

	r->region = c->region;
	if (c->binding != CORE_NO_INDEX)
		r->incident = core->bindings[c->binding].incident.id;
	r->cluster = c->id;
	memcpy(r->name, c->name, sizeof r->name);
	r->duty = c->duty;
	r->state = c->state;
	r->resume_at = c->our_resume_at;
	r->op = c->op;
	r->result = result;
	return r->seq;
}

void emit_notice(struct step *s, enum notice notice, const struct binding *b, uint32_t count)
{
	struct effect *e = emit(s, FX_NOTICE);

	e->notice = notice;
	e->binding = emit_binding_index(s->core, b);
	e->count = count;
	if (b) {
		e->incident = b->incident.id;
		e->reason = b->evidence.filled ? b->evidence.last_reason : REASON_NOT_LOOKED;
	}
}

void emit_cluster_notice(struct step *s, enum notice notice, const struct cluster *c)
{
	struct effect *e = emit(s, FX_NOTICE);

	e->notice = notice;
	e->binding = c->binding;
	e->cluster = emit_cluster_index(s->core, c);
	e->op = c->op;
	if (c->binding != CORE_NO_INDEX) {
		e->incident = s->core->bindings[c->binding].incident.id;
		e->reason = s->core->bindings[c->binding].evidence.last_reason;
	}
}
