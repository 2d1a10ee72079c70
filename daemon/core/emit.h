/* SPDX-License-Identifier: Apache-2.0 */
/* emit: one step in progress, and how it says what is to be done. */
#pragma once
#include "core/core.h"

struct step {
	struct core *core;
	struct effects *effects;
};

/* Room for one more effect; core_need() promised it. */
struct effect *emit(struct step *s, enum effect_type type);

/* A record with type, seq and time set; the caller fills the rest before the next emit. */
struct record *emit_record(struct step *s, enum record_type type);
/* Records of one shape. Each returns the record's seq. */
struct seq emit_verdict(struct step *s, const struct binding *b);
struct seq emit_incident(struct step *s, const struct binding *b);
struct seq emit_cut(struct step *s, enum record_type type, const struct binding *b, enum act_result result,
	const struct digest *policy);
struct seq emit_cluster(
	struct step *s, enum record_type type, const struct cluster *c, enum act_result result);

/* One journal line about a binding; `count` is a number that the line shows (0: none). */
void emit_notice(struct step *s, enum notice notice, const struct binding *b, uint32_t count);
void emit_cluster_notice(struct step *s, enum notice notice, const struct cluster *c);

uint32_t emit_binding_index(const struct core *core, const struct binding *b);
uint32_t emit_cluster_index(const struct core *core, const struct cluster *c);
