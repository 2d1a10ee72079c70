/* SPDX-License-Identifier: Apache-2.0 */
#include "io/credential_fetch.h"
#include "base/own.h"
#include "io/clock.h"
#include "io/credential_process.h"
#include "io/http.h"
#include "wire/aws_endpoint.h"
#include "wire/aws_temporary.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* AWS's own patience with services on the link (AWS SDKs and Tools Reference Guide). */
#define METADATA_MS        1000
#define CONTAINER_MS       2000
#define METADATA_TOKEN_TTL "21600"
#define METADATA_PATH      "/latest/meta-data/iam/security-credentials/"
#define METADATA_NAME_MAX  128
#define BODY_MAX_BYTES     131072 /* of a request to STS: a token may be long, and is encoded */

struct credential_fetch {
	const struct credential_chain *chain;
	struct uv_loop_s *loop;
	struct http *http;
	const char *sts_url;
	char region[33];
	int64_t timeout_ms;
	credential_fetch_fn *done;
	void *arg;
	struct http_call *call;             /* under way */
	struct credential_process *process; /* the same */
	uv_timer_t timer;                   /* tells what failed at once */
	struct secret metadata_token;
	struct aws_keys keys; /* of the steps so far */
	size_t role;          /* the next to take on */
	bool cancelled;
	enum fault fault;
	char why[WHY_BYTES];
};

typedef void step_fn(struct credential_fetch *f, const struct http_reply *reply);

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
	struct credential_fetch *f = handle->data;

	if (f->cancelled && f->fault == FAULT_NONE) {
		f->fault = FAULT_CANCELLED;
		(void)snprintf(f->why, sizeof(f->why), "cancelled");
	}
	f->done(f->arg, f->fault, &f->keys, f->why);
	aws_keys_fini(&f->keys);
	secret_fini(&f->metadata_token);
	free(f);
}

static void end(struct credential_fetch *f)
{
	uv_close((uv_handle_t *)&f->timer, on_closed);
}

static void fail(struct credential_fetch *f, enum fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void fail(struct credential_fetch *f, enum fault fault, const char *format, ...)
{
	va_list args;

	f->fault = fault;
	va_start(args, format);
	(void)vsnprintf(f->why, sizeof(f->why), format, args);
	va_end(args);
	end(f);
}

static void no_memory(struct credential_fetch *f)
{
	fail(f, FAULT_CANCELLED, "out of memory while fetching AWS credentials");
}

/* ---- roles ---- */

static void on_role(void *arg, const struct http_reply *reply);

static void ask_role(struct credential_fetch *f, const struct secret *web_token)
{
	const struct sts_role *role = &f->chain->roles[f->role];
	const char *region = f->chain->region[0] ? f->chain->region : f->region;
	struct buf body = BUF_INIT(BODY_MAX_BYTES);
	char url[AWS_ENDPOINT_BYTES];
	struct http_request request = {.method = HTTP_POST,
		.url = f->sts_url[0] ? f->sts_url : url,
		.headers = {"Content-Type: " STS_CONTENT_TYPE},
		.auth = web_token ? HTTP_AUTH_NONE : HTTP_AUTH_SIGV4,
		.region = region,
		.service = "sts",
		.user = f->keys.id,
		.secret = f->keys.secret.bytes,
		.token = f->keys.token.bytes,
		.timeout_ms = f->timeout_ms,
		.max_reply_bytes = STS_ANSWER_MAX_BYTES};
	int r = 0;

	if (!f->sts_url[0] && aws_endpoint("sts", role->arn, region, url) != 0) {
		fail(f, FAULT_REFUSED, "the role %.200s is of a partition of AWS that cmekd does not know",
			role->arn);
		return;
	}
	sts_put_role(role, web_token, &body);
	request.body = body.data;
	request.body_len = body.len;
	r = body.trouble ? body.trouble : http_start(f->http, &request, on_role, f, &f->call);
	if (body.data)
		explicit_bzero(body.data, body.size);
	buf_fini(&body);
	if (r < 0)
		no_memory(f);
}

/* With the keys that there are: the next role, or the end. */
static void go_on(struct credential_fetch *f)
{
	if (f->cancelled || f->role == f->chain->role_count)
		end(f);
	else
		ask_role(f, NULL);
}

static void on_role(void *arg, const struct http_reply *reply)
{
	struct credential_fetch *f = arg;
	const struct sts_role *role = &f->chain->roles[f->role];
	const struct http_answer answer = http_reply_answer(reply);
	struct trouble trouble = {.fault = FAULT_NONE};

	f->call = NULL;
	if (reply->fault != FAULT_NONE) {
		fail(f, reply->fault, "the role %.160s was not taken on: %s", role->arn, reply->why);
		return;
	}
	if (sts_read_role(&answer, &f->keys, &trouble) < 0) {
		no_memory(f);
		return;
	}
	if (trouble.fault != FAULT_NONE) {
		/* Denied: the role's trust policy, or our own rights; for those who look at a key it is all one. */
		fail(f, trouble.fault == FAULT_DENIED ? FAULT_CREDENTIALS : trouble.fault,
			"the role %.160s was not taken on: STS answered %ld %s%s%s", role->arn,
			trouble.status, trouble.code, trouble.code[0] ? ": " : "", trouble.message);
		return;
	}
	f->role++;
	go_on(f);
}

/* ---- a token's STS ---- */

static void ask_web_identity(struct credential_fetch *f)
{
	_cleanup_(secret_fini) struct secret token = SECRET_INIT;
	struct why why = {""};
	int r = credential_read_shared(f->chain->token_file, &token, &why);

	if (r < 0)
		no_memory(f);
	else if (r > 0)
		fail(f, FAULT_CREDENTIALS, "the web identity token: %s", why.text);
	else
		ask_role(f, &token);
}

/* ---- a program ---- */

static void on_program(void *arg, const char *text, size_t len, const char *reason)
{
	struct credential_fetch *f = arg;
	struct why why = {""};
	int r;

	f->process = NULL;
	if (!text) {
		fail(f, f->cancelled ? FAULT_CANCELLED : FAULT_CREDENTIALS, "%s", reason);
		return;
	}
	r = aws_temporary_read(text, len, AWS_TEMPORARY_PROCESS, &f->keys, &why);
	if (r < 0)
		no_memory(f);
	else if (r > 0)
		fail(f, FAULT_CREDENTIALS, "what the program of credential_process printed: %s", why.text);
	else
		go_on(f);
}

static void ask_program(struct credential_fetch *f)
{
	struct why why = {""};
	int r = credential_process_start(
		f->loop, f->chain->command, f->timeout_ms, on_program, f, &f->process, &why);

	if (r < 0)
		no_memory(f);
	else if (r > 0)
		fail(f, FAULT_CREDENTIALS, "%s", why.text);
}

/* ---- services on the link ---- */

static void take_keys(struct credential_fetch *f, const struct http_reply *reply, const char *what)
{
	struct why why = {""};
	int r = reply->status == 200 ? aws_temporary_read(reply->body, reply->body_len, AWS_TEMPORARY_SERVICE,
					       &f->keys, &why)
				     : 1;

	if (r < 0)
		no_memory(f);
	else if (r > 0 && reply->status != 200)
		fail(f, FAULT_CREDENTIALS, "%s at %.256s answered with status %ld", what, f->chain->url,
			reply->status);
	else if (r > 0)
		fail(f, FAULT_CREDENTIALS, "%s at %.256s: %s", what, f->chain->url, why.text);
	else
		go_on(f);
}

/* True: the request failed, and with it the fetch. */
static bool no_reply(struct credential_fetch *f, const struct http_reply *reply, const char *what)
{
	f->call = NULL;
	if (reply->fault == FAULT_NONE)
		return false;
	fail(f, reply->fault, "%s at %.256s: %s%s", what, f->chain->url, reply->why,
		f->chain->implicit
			? " (asked because no other AWS credentials are set: see CredentialsFile= in "
			  "cmekd.conf(5))"
			: "");
	return true;
}

static void on_container(void *arg, const struct http_reply *reply)
{
	if (!no_reply(arg, reply, "the container's credentials"))
		take_keys(arg, reply, "the container's credentials");
}

static void ask_container(struct credential_fetch *f)
{
	_cleanup_(secret_fini) struct secret token = SECRET_INIT;
	char header[sizeof("Authorization: ") + HTTP_TOKEN_BYTES];
	struct why why = {""};
	const struct secret *given = &f->chain->authorization;
	struct http_request request = {.method = HTTP_GET,
		.url = f->chain->url,
		.headers = {"Accept: application/json", NULL},
		.timeout_ms = f->timeout_ms < CONTAINER_MS ? f->timeout_ms : CONTAINER_MS,
		.max_reply_bytes = AWS_TEMPORARY_MAX_BYTES,
		.direct = strncmp(f->chain->url, "http:", 5) == 0};
	int r = f->chain->token_file[0] ? credential_read_shared(f->chain->token_file, &token, &why) : 0;

	if (r == 0 && token.bytes)
		given = &token;
	if (r == 0 && given->bytes && (given->len > HTTP_TOKEN_BYTES || strpbrk(given->bytes, "\r\n"))) {
		why_set(&why, "%s: too long, or of several lines", f->chain->token_file);
		r = 1;
	}
	if (r > 0) {
		fail(f, FAULT_CREDENTIALS, "the container's authorization token: %s", why.text);
		return;
	}
	if (r == 0 && given->bytes) {
		(void)snprintf(header, sizeof(header), "Authorization: %s", given->bytes);
		request.headers[1] = header;
	}
	if (r == 0)
		r = http_start(f->http, &request, on_container, f, &f->call);
	explicit_bzero(header, sizeof(header));
	if (r < 0)
		no_memory(f);
}

static void ask_metadata(
	struct credential_fetch *f, enum http_method method, const char *path, http_done_fn *done)
{
	char url[CREDENTIAL_URL_BYTES + 256], header[sizeof("x-aws-ec2-metadata-token: ") + HTTP_TOKEN_BYTES];
	struct http_request request = {.method = method,
		.url = url,
		.headers = {method == HTTP_PUT ? "x-aws-ec2-metadata-token-ttl-seconds: " METADATA_TOKEN_TTL
					       : header},
		.timeout_ms = f->timeout_ms < METADATA_MS ? f->timeout_ms : METADATA_MS,
		.max_reply_bytes = AWS_TEMPORARY_MAX_BYTES,
		.direct = true};
	int r;

	(void)snprintf(url, sizeof(url), "%s%s", f->chain->url, path);
	(void)snprintf(header, sizeof(header), "x-aws-ec2-metadata-token: %s",
		f->metadata_token.bytes ? f->metadata_token.bytes : "");
	r = http_start(f->http, &request, done, f, &f->call);
	explicit_bzero(header, sizeof(header));
	if (r < 0)
		no_memory(f);
}

static const char metadata_words[] = "the instance metadata service";

/* One line of printable characters, as tokens and role names are. */
static bool is_line(const struct http_reply *reply, size_t max)
{
	if (reply->status != 200 || reply->body_len == 0 || reply->body_len > max)
		return false;
	for (size_t i = 0; i < reply->body_len; i++)
		if (reply->body[i] <= ' ' || reply->body[i] >= 0x7f)
			return false;
	return true;
}

static void on_metadata_keys(void *arg, const struct http_reply *reply)
{
	if (!no_reply(arg, reply, metadata_words))
		take_keys(arg, reply, metadata_words);
}

static void on_metadata_role(void *arg, const struct http_reply *reply)
{
	struct credential_fetch *f = arg;
	char path[sizeof(METADATA_PATH) + METADATA_NAME_MAX];

	if (no_reply(f, reply, metadata_words))
		return;
	if (!is_line(reply, METADATA_NAME_MAX) || strpbrk(reply->body, "/?#%")) {
		fail(f, FAULT_CREDENTIALS,
			"%s at %.256s names no role (status %ld): give this machine an instance profile",
			metadata_words, f->chain->url, reply->status);
		return;
	}
	(void)snprintf(path, sizeof(path), METADATA_PATH "%s", reply->body);
	ask_metadata(f, HTTP_GET, path, on_metadata_keys);
}

static void on_metadata_token(void *arg, const struct http_reply *reply)
{
	struct credential_fetch *f = arg;

	if (no_reply(f, reply, metadata_words))
		return;
	if (!is_line(reply, HTTP_TOKEN_BYTES)) { /* never version 1: it answers whoever can make us ask */
		fail(f, FAULT_CREDENTIALS, "%s at %.256s gives no token for version 2 (status %ld)",
			metadata_words, f->chain->url, reply->status);
		return;
	}
	if (secret_set(&f->metadata_token, reply->body, reply->body_len) < 0) {
		no_memory(f);
		return;
	}
	ask_metadata(f, HTTP_GET, METADATA_PATH, on_metadata_role);
}

/* ---- the beginning ---- */

static void ask_first(struct credential_fetch *f)
{
	switch (f->chain->origin) {
	case CREDENTIAL_PROCESS:
		ask_program(f);
		return;
	case CREDENTIAL_WEB_IDENTITY:
		ask_web_identity(f);
		return;
	case CREDENTIAL_CONTAINER:
		ask_container(f);
		return;
	case CREDENTIAL_METADATA:
		ask_metadata(f, HTTP_PUT, "/latest/api/token", on_metadata_token);
		return;
	case CREDENTIAL_STATIC:
		go_on(f);
		return;
	}
}

int credential_fetch_start(const struct credential_fetch_init *init, struct credential_fetch **ret_fetch)
{
	const struct credential *keys = &init->chain->keys;
	struct credential_fetch *f = calloc(1, sizeof(*f));

	if (!f)
		return err_origin(-ENOMEM);
	*f = (struct credential_fetch){.chain = init->chain,
		.loop = init->loop,
		.http = init->http,
		.sts_url = init->sts_url,
		.timeout_ms = init->timeout_ms,
		.done = init->done,
		.arg = init->arg,
		.metadata_token = SECRET_INIT,
		.keys = AWS_KEYS_INIT};
	(void)snprintf(f->region, sizeof(f->region), "%s", init->region);
	if (keys->secret.bytes) {
		memcpy(f->keys.id, keys->id, sizeof(f->keys.id));
		if (secret_set(&f->keys.secret, keys->secret.bytes, keys->secret.len) < 0 ||
			(keys->token.bytes &&
				secret_set(&f->keys.token, keys->token.bytes, keys->token.len) < 0)) {
			aws_keys_fini(&f->keys);
			free(f);
			return err_origin(-ENOMEM);
		}
	}
	(void)uv_timer_init(init->loop, &f->timer);
	f->timer.data = f;
	*ret_fetch = f;
	ask_first(f);
	return 0;
}

void credential_fetch_cancel(struct credential_fetch *f)
{
	f->cancelled = true;
	if (f->call)
		http_cancel(f->call);
	if (f->process)
		credential_process_cancel(f->process);
}
