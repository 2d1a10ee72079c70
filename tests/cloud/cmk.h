/* SPDX-License-Identifier: Apache-2.0 */
/* cmk: a customer managed key, its truth, what readers see of it, and its grants. */
#pragma once
#include "field.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CMK_ID_HEX 64

struct cmk_face {
	char state[32]; /* KeyState */
	char *policy;   /* owned */
	bool gone;
	int64_t deletion_ms; /* Unix; 0: none */
	char material[CMK_ID_HEX + 1];
	char origin[24], key_spec[32], key_usage[24], expiration_model[32];
	bool multi_region;
	int64_t valid_to; /* Unix seconds; 0: never */
	bool rotation_enabled;
	uint32_t rotation_period_days;
	int64_t next_rotation, on_demand_start; /* Unix seconds; 0: none */
};

struct cmk_write {
	struct cmk_write *next;
	int64_t due_ms;
	struct cmk_face face;
};

struct cmk_grant {
	char id[CMK_ID_HEX + 1], instance[24], volume[24], cluster[24];
	int64_t created_s;
	int64_t visible_ms, invisible_ms; /* monotonic: listed from, and no longer listed from */
	bool revoked;                     /* by RevokeGrant or by the end of its volume */
};

struct cmk_rotation {
	int64_t date_s;
	bool on_demand;
	char material[CMK_ID_HEX + 1];
};

struct cmk {
	char arn[256], id[64], region[32], account[16];
	char *description; /* owned */
	int64_t created_s;
	struct cmk_face truth, shown;
	struct cmk_write *writes; /* oldest first */
	bool deny_self, lockout;
	char *deny_ops;      /* "" or "|GetKeyPolicy|PutKeyPolicy|"; owned */
	char *policy_before; /* for the console's undo; owned, NULL if none */
	uint32_t puts;
	int64_t on_demand_due_ms; /* monotonic: a rotation on demand ends; 0: none is under way */
	struct cmk_grant *grants;
	struct cmk_rotation *rotations;
	size_t grant_count, rotation_count;
};

/* NULL if `arn` is no key ARN. */
struct cmk *cmk_new(const char *arn);
void cmk_free(struct cmk *k);

/* Tells readers: call after changing `truth`. They see it `delay_ms` later. */
void cmk_commit(struct cmk *k, int64_t now_ms, int64_t delay_ms);
/* Lets readers see the writes that are due, and ends a pending deletion whose day has come. */
void cmk_settle(struct cmk *k, int64_t now_ms, int64_t wall_ms);
void cmk_set_policy(struct cmk *k, const char *text);
/* New key material, automatic or on demand. */
void cmk_rotate(struct cmk *k, const char material[CMK_ID_HEX + 1], int64_t wall_ms, bool on_demand);

/* One grant of the form that EBS makes when a volume is attached. */
struct cmk_grant *cmk_add_grant(struct cmk *k);
bool cmk_grant_listed(const struct cmk_grant *g, int64_t now_ms);
/* Ends the grants of a cluster (EBS retires them at detach). */
void cmk_retire(struct cmk *k, const char *cluster, int64_t now_ms, int64_t delay_ms);
size_t cmk_alive(const struct cmk *k, const char *cluster); /* NULL: of all clusters */

/* Splits "arn:aws:kms:REGION:ACCOUNT:key/ID". False if it is not of that form. */
bool cmk_arn_split(const char *arn, char ret_region[32], char ret_account[16], char ret_id[64]);

extern const struct field cmk_face_fields[], cmk_fields[];
extern const size_t cmk_face_field_count, cmk_field_count;
