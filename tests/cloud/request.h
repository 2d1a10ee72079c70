/* SPDX-License-Identifier: Apache-2.0 */
/* request: one request to the cloud port, as it arrived, and the reply that grows for it. Knows no server:
 * the services are functions from a request and the world to a reply. */
#pragma once
#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum service {
	SERVICE_NONE,
	SERVICE_KMS,
	SERVICE_STS,
	SERVICE_SQS,
	SERVICE_V1BETA,
	SERVICE_DEDICATED,
	SERVICE_METADATA
};

struct header {
	char *name, *value; /* owned */
};

struct headers {
	struct header *list; /* owned */
	size_t count;
};
void headers_add(struct headers *h, const char *name, const char *value);
const char *headers_get(const struct headers *h, const char *name); /* any letter case; NULL if absent */
void headers_fini(struct headers *h);

struct request {
	char method[16];
	char *target;       /* as on the request line; owned */
	char *path, *query; /* path decoded, query as it came ("" if none); owned */
	struct headers headers;
	char *body; /* NUL-terminated, owned; NULL until something came */
	size_t len;
	bool too_long;

	/* set on the way */
	enum service service;
	char op[48];
	char subject[256]; /* key or queue ARN, cluster id, project id; "" unknown */
	char project[24], cluster[24];
	char region[32];  /* of an AWS signature */
	char key[64];     /* of the authenticated caller; "" if none */
	const char *auth; /* "ok", or why not */
	bool effect;      /* something in the world was changed */
	int64_t begun_ms; /* monotonic: when it was first acted on; 0: not yet */
};
void request_fini(struct request *r);
/* Fills `path` and `query` from `target`. */
void request_split(struct request *r);
/* The n-th value of a query parameter, decoded; NULL if there is none. The caller frees. */
char *request_query(const struct request *r, const char *name, size_t n);
/* %XX and, in forms, '+'. The caller frees. */
char *request_decode(const char *text, size_t len, bool form);

enum reply_manner {
	REPLY_WHOLE,
	REPLY_LATER, /* none yet: to be asked for again at `again_ms`, or when the world has changed */
	REPLY_DROP,  /* the connection is closed without an answer */
	REPLY_CUT,   /* the connection breaks in the middle of the body */
	REPLY_HUGE,  /* `huge_bytes` of JSON instead of the body */
};

struct reply {
	enum reply_manner manner;
	int64_t again_ms; /* monotonic */
	int64_t huge_bytes;
	unsigned status;
	char *body; /* owned */
	size_t len;
	const char *content_type; /* static text; NULL: none is sent */
	struct headers headers;
};
void reply_fini(struct reply *p);
void reply_empty(struct reply *p, unsigned status, const char *content_type);
void reply_text(struct reply *p, unsigned status, const char *content_type, const char *text);
/* Takes `json`. */
void reply_json(struct reply *p, unsigned status, const char *content_type, struct json_object *json);
