/* SPDX-License-Identifier: Apache-2.0 */
/* world: what exists in the stand-in cloud. One thread owns it; nothing here talks to a network.
 *
 *   cmk      a customer managed key of AWS KMS, its policy and its grants
 *   vendor   the AWS account in which TiDB Cloud runs the clusters
 *   face     what a reader sees of a key: a write changes the truth at once and the face after a delay
 *   queue    a queue of Amazon SQS, to which events come
 *   start    a cluster's machines come up and attach their volumes: the only moment at which the vendor needs
 * the key
 */
#pragma once
#include "field.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_NEVER    INT64_MAX
#define WORLD_ID_BYTES 24

struct config {
	int64_t propagation_ms, pausing_ms, resuming_ms, pause_max_ms;
	char pause_type[16], lost_resume[16];
	bool pause_plan, lost_recovers, grants_outlive_pause;
	uint32_t rate_limit;
	int64_t rate_window_ms;
	bool count_challenges;
	int64_t nonce_lifetime_ms;
	char nonce_stale[8];
	int64_t clock_offset_ms, skew_max_ms;
	int64_t session_ms;      /* how long the keys of a session last */
	char external_id[64];    /* that AssumeRole must name; "" = none */
	char web_token[64];      /* that AssumeRoleWithWebIdentity takes */
	char metadata[16];       /* on, v1 (no tokens, answers anybody), off */
	char container_auth[64]; /* that the container's service wants; "" = none */
	int64_t events_ms;       /* how long an event takes to the queues; below 0: there are none */
	int64_t rotation_ms;     /* how long a rotation on demand takes */
	char cmek_offer[16];     /* a project with CMEK: on; what the organisation lacks: 400 or 403 */
	int64_t seed;
};

struct access_key {
	char access_key[64];
	char *secret, *session_token; /* token: "" for a user's key; owned */
	char account[16], arn[256];
	char *iam_policy; /* what it may do, as a document (iam.h); NULL or "": everything; owned */
	bool disabled, expired;
	int64_t expires_ms; /* of a session, on the cloud's wall clock; 0 = never */
};

struct api_key {
	char public[64];
	char *private; /* owned */
	char role[48];
	bool disabled;
	int64_t window; /* number of the rate window that `used` counts */
	uint32_t used;
};

struct cmek {
	char region[32];
	char kms_arn[256];
};
#define PROJECT_CMEK_MAX 64

struct project {
	char id[WORLD_ID_BYTES], name[72], type[24];
	bool cmek_enabled, is_default, hidden;
	int64_t created_s;
	struct cmek cmek[PROJECT_CMEK_MAX];
	size_t cmek_count, cluster_count;
	struct cluster *first, *last; /* its clusters, by next_of_project */
};

struct world {
	struct config config;
	char vendor_account[16], org_id[WORLD_ID_BYTES];
	struct access_key *access_keys;
	struct api_key *api_keys;
	struct project **projects;
	struct cluster **clusters;
	struct cmk **keys;
	struct queue **queues;
	struct event *events; /* on their way to the queues */
	size_t access_key_count, api_key_count, project_count, cluster_count, key_count, queue_count,
		event_count;
	uint64_t changes; /* grows when a request that has no answer yet may have one */
	int64_t now_ms;   /* monotonic time of the present step */
	int64_t scan_ms;  /* when all keys and clusters are gone through again, in a large world */
	uint64_t random, next_id;
};

void world_init(struct world *w);
void world_fini(struct world *w);

/* Reads a world file (README.md). Refuses: 1, with the reason in `reterr_why`. */
int world_load(struct world *w, const char *path, char reterr_why[FIELD_WHY_BYTES]);
/* Makes what every world has: an access key, an API key, a default project, an organisation. */
void world_complete(struct world *w);

/* Carries out what has become due by `now_ms`. A large world is gone through less often: with fifty thousand clusters every 50 ms. */
void world_step(struct world *w, int64_t now_ms);
/* When the next thing is due; WORLD_NEVER if nothing is. */
int64_t world_next_ms(const struct world *w);
/* The cloud's idea of the time: Unix milliseconds. */
int64_t world_wall_ms(const struct world *w);

uint64_t world_random(struct world *w);                             /* seeded; the whole range */
void world_random_hex(struct world *w, size_t len, char *ret_text); /* `len` digits and a NUL; seeded */
void world_new_id(struct world *w, char ret_id[WORLD_ID_BYTES]);
void world_keep_id(struct world *w, const char *id); /* somebody has it: no new one is the same */

struct project *world_project(const struct world *w, const char *id); /* NULL if none */
struct cluster *world_cluster(const struct world *w, const char *id);
struct cmk *world_key(
	const struct world *w, const char *arn_or_id, const char *region); /* region may be NULL */
struct queue *world_queue(const struct world *w, const char *arn);
struct queue *world_queue_named(const struct world *w, const char *region, const char *account,
	const char *name); /* region NULL: the first */
struct access_key *world_access_key(const struct world *w, const char *id);
struct api_key *world_api_key(const struct world *w, const char *public);
struct cmk *world_key_of(const struct world *w, const struct cluster *c); /* NULL: not CMEK, or key unknown */
bool world_has_region(const struct world *w, const char *region);         /* a key or a queue lives there */

struct project *world_add_project(struct world *w);
struct access_key *world_add_access_key(struct world *w);
/* Keys of a session of `arn`, good for config.session_ms; long ended ones are forgotten. */
struct access_key *world_add_session(struct world *w, const char *account, const char *arn);
struct api_key *world_add_api_key(struct world *w);
void world_add_cluster(struct world *w, struct cluster *c);  /* takes it */
void world_drop_cluster(struct world *w, struct cluster *c); /* frees it */
void world_add_key(struct world *w, struct cmk *k);          /* takes it */
void world_add_queue(struct world *w, struct queue *q);      /* takes it */

/* Replaces the CMEK settings of a project by `list` ([{"region","kms_arn"}]). Refuses: 1 with `reterr_why`.
 */
int world_set_cmek(struct project *p, struct json_object *list, char reterr_why[FIELD_WHY_BYTES]);

extern const struct field config_fields[], project_fields[], access_key_fields[], api_key_fields[];
extern const size_t config_field_count, project_field_count, access_key_field_count, api_key_field_count;
