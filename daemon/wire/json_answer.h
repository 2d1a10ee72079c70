/* SPDX-License-Identifier: Apache-2.0 */
/* json_answer: a JSON body and its members, typed. Wrong types become FAULT_MALFORMED with what was expected.
 * A member that is null counts as absent: TiDB Cloud may send null for every optional field (v1beta change
 * log, 2024-04-16), and servers that imitate KMS do so too. */
#pragma once
#include "base/json_scan.h"
#include "wire/http_answer.h"
#include "wire/trouble.h"

/* Refuses: 1, and `t` says why. Fails: -ENOMEM. `t` is not written on success. */
int json_answer_scan(
	const struct http_answer *a, size_t max_bytes, struct json_tree *ret_tree, struct trouble *t);

/* The same for an answer that must be an object; with the answer's status in `t`. */
int json_answer_object(
	const struct http_answer *a, size_t max_bytes, struct json_tree *ret_tree, struct trouble *t);

/* JSON_NONE if absent or null. */
uint32_t json_answer_member(const struct json_tree *tree, uint32_t object, const char *name);

enum json_answer_need { JSON_ANSWER_OPTIONAL, JSON_ANSWER_REQUIRED };

/* All: false if the member has another type or does not fit, or is absent though required; `t` is then set.
 * An absent optional one leaves `ret_*` empty, zero or false. */
bool json_answer_text(const struct json_tree *tree, uint32_t object, const char *name,
	enum json_answer_need need, char *ret_text, size_t size, struct trouble *t);
/* For showing: cut to `size`, control characters replaced. */
bool json_answer_show(const struct json_tree *tree, uint32_t object, const char *name, char *ret_text,
	size_t size, struct trouble *t);
bool json_answer_truth(const struct json_tree *tree, uint32_t object, const char *name,
	enum json_answer_need need, bool *ret_value, struct trouble *t);
/* A number, or a string of digits. */
bool json_answer_u64(const struct json_tree *tree, uint32_t object, const char *name, uint64_t max,
	uint64_t *ret_value, struct trouble *t);
/* Epoch seconds, perhaps with a fraction (AWS JSON 1.1), or RFC 3339 text. */
bool json_answer_time(const struct json_tree *tree, uint32_t object, const char *name,
	struct walltime *ret_time, struct trouble *t);
