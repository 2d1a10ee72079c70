/* SPDX-License-Identifier: Apache-2.0 */
/* ids: names of things, as values. All are NUL-terminated texts of a checked alphabet, or numbers of our own.
 *
 * The words (used everywhere in this sense):
 *   project         a TiDB Cloud project with aws_cmek_enabled; the unit of configuration and of a core
 *   binding         one CMEK setting of a project: (project, region, KMS key ARN)
 *   vendor account  the AWS account in which TiDB Cloud runs the clusters
 *   purpose         what the vendor needs the key for: `ebs` and `s3`
 *   look            one reading of a key; its outcome is usable, degraded, lost or unknown, with a reason
 *   verdict         what is believed after enough looks
 *   armed           seen usable under the present configuration and endpoint; only armed bindings can lose
 *   incident        one episode of one binding, from the first cause to full restoration
 *   act             one pause, resume or policy change; always preceded by a durable record of intent
 *   dark            cut, no vendor grant alive unseen, and every cluster of the region read as PAUSED or gone
 *   stranded        left PAUSED under a lost key, and neither ACTIVE nor PAUSED after an hour
 *   ledger          the append-only, hash-chained record of a project
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <stdint.h>

/* TiDB Cloud ids are uint64 as JSON strings (v1beta) or strings (v1beta1): 1..24 of [0-9A-Za-z_-]. */
struct project_id {
	char text[25];
};
struct cluster_id {
	char text[25];
};
/* The name of a project's configuration file without ".conf": 1..63 of [0-9A-Za-z._-], no leading dot. */
struct project_name {
	char text[64];
};
/* AWS region code: 1..31 of [a-z0-9-], e.g. "us-west-2". */
struct region {
	char text[32];
};
/* ARN of an SQS queue, "arn:aws:sqs:us-west-2:111122223333:cmekd-events": its name is 1..80 of [A-Za-z0-9_-], a FIFO
 * queue's ends with ".fifo" (Amazon SQS API, CreateQueue). */
struct queue_arn {
	char text[192];
};
/* AWS account id: exactly 12 digits. */
struct account_id {
	char text[13];
};
/* arn:PARTITION:kms:REGION:ACCOUNT:key/ID, at most 159 bytes (the API allows 2048; real ones have under 100).
 */
struct key_arn {
	char text[160];
};
/* Random, made with a project's ledger: 16 lower-case hex digits. Part of the Sid of a cut. */
struct ledger_id {
	char text[17];
};

/* Counts within one project's ledger, from 1. */
struct incident_id {
	uint32_t n;
};
struct op_id {
	uint32_t n; /* 0: none */
};
struct seq {
	uint64_t n;
};
/* What a person saw when they approved: refused if plan or verdict changed since. Shown as 16 hex digits. */
struct plan_digest {
	uint64_t v;
};

/* Each parses a whole text. Refuses: 1 if length or alphabet is wrong (`ret_*` is then not written). */
int project_id_parse(const char *text, size_t len, struct project_id *ret_id);
int cluster_id_parse(const char *text, size_t len, struct cluster_id *ret_id);
int project_name_parse(const char *text, size_t len, struct project_name *ret_name);
int region_parse(const char *text, size_t len, struct region *ret_region);
int account_id_parse(const char *text, size_t len, struct account_id *ret_account);
int ledger_id_parse(const char *text, size_t len, struct ledger_id *ret_id);
/* Only a key ARN (":key/"), no alias; `ret_region` and `ret_account` may be NULL. */
int key_arn_parse(const char *text, size_t len, struct key_arn *ret_arn, struct region *ret_region,
	struct account_id *ret_account);
/* `ret_region` and `ret_account` may be NULL. */
int queue_arn_parse(const char *text, size_t len, struct queue_arn *ret_arn, struct region *ret_region,
	struct account_id *ret_account);
/* The queue's name; within `arn`. */
const char *queue_arn_name(const struct queue_arn *arn);

bool project_id_equal(const struct project_id *a, const struct project_id *b);
/* These two are asked in every step, for each cluster and key. */
static inline bool cluster_id_equal(const struct cluster_id *a, const struct cluster_id *b)
{
	return a->text[0] == b->text[0] && strcmp(a->text, b->text) == 0;
}

static inline bool region_equal(const struct region *a, const struct region *b)
{
	return a->text[0] == b->text[0] && strcmp(a->text, b->text) == 0;
}

bool key_arn_equal(const struct key_arn *a, const struct key_arn *b);
