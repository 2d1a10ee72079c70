/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata.h"
#include "alloc.h"
#include "clock.h"
#include <stdlib.h>
#include <string.h>

#define TYPE   "text/plain"
#define TOKEN  "stand-in-metadata-token"
#define ROLE   "ops-host"
#define LATEST "/latest/"
#define KEYS   "/latest/meta-data/iam/security-credentials/"

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static void give_keys(struct cloud *cloud, const char *arn, struct reply *p)
{
	const struct access_key *k = world_add_session(&cloud->world, "111122223333", arn);
	char expires[CLOCK_TEXT_BYTES];
	clock_rfc3339(k->expires_ms, expires);
	char *text = alloc_printf("{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"%s\","
				  "\"SecretAccessKey\":\"%s\",\"Token\":\"%s\",\"Expiration\":\"%s\"}",
		k->access_key, k->secret, k->session_token, expires);
	reply_text(p, 200, TYPE, text);
	free(text);
}

static void serve_latest(struct cloud *cloud, struct request *r, struct reply *p)
{
	const char *token = headers_get(&r->headers, "x-aws-ec2-metadata-token");
	bool v1 = is(cloud->world.config.metadata, "v1");
	if (is(r->method, "PUT") && is(r->path, "/latest/api/token")) {
		if (v1)
			reply_text(p, 403, TYPE, "no");
		else if (headers_get(&r->headers, "x-aws-ec2-metadata-token-ttl-seconds"))
			reply_text(p, 200, TYPE, TOKEN);
		else
			reply_text(p, 400, TYPE, "a time to live is missing");
		return;
	}
	if (!v1 && (!token || !is(token, TOKEN)))
		reply_text(p, 401, TYPE, "Unauthorized");
	else if (is(r->path, KEYS))
		reply_text(p, 200, TYPE, ROLE);
	else if (is(r->path, KEYS ROLE))
		give_keys(cloud, "arn:aws:sts::111122223333:assumed-role/" ROLE "/i-0123456789abcdef0", p);
	else
		reply_text(p, 404, TYPE, "not found");
}

static void serve_container(struct cloud *cloud, struct request *r, struct reply *p)
{
	const char *sent = headers_get(&r->headers, "Authorization");
	if (is(sent ? sent : "", cloud->world.config.container_auth))
		give_keys(cloud, "arn:aws:sts::111122223333:assumed-role/task/0123456789abcdef", p);
	else
		reply_text(p, 403, TYPE, "not authorized");
}

bool metadata_serve(struct cloud *cloud, struct request *r, struct reply *p)
{
	bool container = is(r->path, "/container/keys");
	if (!container && strncmp(r->path, LATEST, sizeof LATEST - 1) != 0)
		return false;
	r->service = SERVICE_METADATA;
	r->auth = "none";
	(void)text_set(r->op, sizeof r->op,
		is(r->method, "PUT") ? "PutToken"
		: container          ? "GetContainerKeys"
				     : "Get");
	uint64_t seq = request_log_add(&cloud->log, r, world_wall_ms(&cloud->world), cloud->world.now_ms);
	if (is(cloud->world.config.metadata, "off"))
		reply_text(p, 404, TYPE, "not found");
	else if (container)
		serve_container(cloud, r, p);
	else
		serve_latest(cloud, r, p);
	request_log_end(&cloud->log, seq, r, p->status, NULL, cloud->world.now_ms);
	return true;
}
