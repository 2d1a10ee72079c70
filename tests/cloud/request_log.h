/* SPDX-License-Identifier: Apache-2.0 */
/* request_log: what came to the cloud port, in order. Tests assert on it ("no pause was ever sent"). */
#pragma once
#include "request.h"
#include <json-c/json.h>

#define REQUEST_LOG_MAX 100000 /* entries kept */

struct log_entry {
	uint64_t seq; /* from 1 */
	int64_t arrived_wall_ms, arrived_ms, took_ms;
	enum service service;
	char op[48], method[16], path[200], target[64], subject[160], key[64], auth[20], fault[24];
	unsigned status; /* 0: no answer was given (yet) */
	bool effect;
};

struct request_log {
	struct log_entry *list; /* oldest first; owned */
	size_t count, size;
	uint64_t last_seq;
};

/* Notes an arrival. The number of the entry. */
uint64_t request_log_add(struct request_log *l, const struct request *r, int64_t wall_ms, int64_t now_ms);
/* What became of it. Nothing happens if the entry is gone. `fault`: name or NULL. */
void request_log_end(struct request_log *l, uint64_t seq, const struct request *r, unsigned status,
	const char *fault, int64_t now_ms);
void request_log_clear(struct request_log *l);
void request_log_fini(struct request_log *l);
/* {"entries":[…],"next":N}; `filter` has the query of GET /admin/log. */
struct json_object *request_log_show(const struct request_log *l, const struct request *filter);
/* One line for people. */
void request_log_print(const struct request_log *l, uint64_t seq);
