/* SPDX-License-Identifier: Apache-2.0 */
#include "io/http_transfer.h"
#include "base/err.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifndef CMEKD_USER_AGENT
#define CMEKD_USER_AGENT "cmekd"
#endif

enum fault http_transfer_fault(CURLcode result, bool too_long)
{
	if (result != CURLE_OK && too_long)
		return FAULT_MALFORMED;
	switch ((int)result) {
	case CURLE_OK:
		return FAULT_NONE;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return FAULT_DNS;
	case CURLE_OPERATION_TIMEDOUT:
		return FAULT_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_ENGINE_INITFAILED:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_ISSUER_ERROR:
		return FAULT_TLS;
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_FILESIZE_EXCEEDED:
	case CURLE_TOO_MANY_REDIRECTS:
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9: an answer that is no HTTP */
	case CURLE_WEIRD_SERVER_REPLY:
		return FAULT_MALFORMED;
	case CURLE_AUTH_ERROR: /* cannot sign: a libcrypto without MD5, for one */
	case CURLE_LOGIN_DENIED:
		return FAULT_CREDENTIALS;
	case CURLE_URL_MALFORMAT:
		return FAULT_REFUSED;
	default: /* connect, send, receive, an early end, no memory */
		return FAULT_NETWORK;
	}
}

static size_t http_transfer_on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct http_transfer *t = arg;

	buf_append(&t->body, bytes, size * count);
	if (t->body.trouble == -EMSGSIZE)
		t->too_long = true;
	return t->body.trouble ? 0 : size * count; /* 0 ends the transfer */
}

static size_t http_transfer_on_header(char *line, size_t size, size_t count, void *arg)
{
	struct http_transfer *t = arg;
	size_t len = size * count;

	t->head_bytes += len;
	if (t->head_bytes > HTTP_REPLY_HEAD_BYTES) {
		t->too_long = true;
		return 0;
	}
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
		/* A new response: what was collected belongs to a challenge. */
		const char *status = memchr(line, ' ', len);

		t->head = HTTP_HEAD_INIT;
		buf_clear(&t->body);
		if (status && status + 1 < line + len && status[1] != '1')
			t->responses++;
		/* The connection of an act is nobody else's: with each act another one would stay open. Its
		 * challenge is answered on it, though. */
		if (t->once && status && status + 4 < line + len && status[1] != '1' &&
			memcmp(status + 1, "401", 3) != 0)
			curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
	} else {
		http_head_take(&t->head, line, len);
	}
	return len;
}

/* Each time a request is about to be sent on a connection that stands: also when libcurl repeats one by itself. */
static int http_transfer_on_begin(void *arg, char *remote, char *local, int remote_port, int local_port)
{
	struct http_transfer *t = arg;

	(void)remote, (void)local, (void)remote_port, (void)local_port;
	if (t->once && t->begun > t->responses)
		return CURL_PREREQFUNC_ABORT; /* the last one got no answer: what became of it is not known */
	t->begun++;
	return CURL_PREREQFUNC_OK;
}

int http_transfer_new(const char *ca_file, struct http_transfer **ret_transfer)
{
	struct http_transfer *t = calloc(1, sizeof(*t));
	CURL *easy = curl_easy_init();

	if (!t || !easy) {
		free(t);
		curl_easy_cleanup(easy);
		return err_origin(-ENOMEM);
	}
	t->easy = easy;
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* A resolver thread that hangs must not hold up the loop when the transfer ends (curl 7.87). */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L); /* headers with secrets would follow */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, CMEKD_USER_AGENT);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	/* libcurl takes buffers anew for each transfer, and http_memory wipes them: 64 and 16 KiB by default, where a request
	 * of ours has some hundred bytes and an answer seldom more than two thousand. */
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L); /* its least */
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L);
	/* Debian's libcurl presets CAPATH too, and that switches its cache of the parsed CA file off: 22 ms
	 * of CPU and 0.9 MB for each new connection instead of 1.6 ms. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file) != CURLE_OK) {
		(void)http_transfer_free(t);
		return err_origin(-ENOMEM);
	}
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_transfer_on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, http_transfer_on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, http_transfer_on_begin);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
	*ret_transfer = t;
	return 0;
}

struct http_transfer *http_transfer_free(struct http_transfer *t)
{
	if (!t)
		return NULL;
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	buf_fini(&t->body);
	free(t);
	return NULL;
}

static int http_transfer_add_header(struct http_transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->headers, line);

	if (!longer)
		return -ENOMEM;
	t->headers = longer;
	return 0;
}

/* As a header of ours it is signed. */
static int http_transfer_add_token(struct http_transfer *t, const char *session_token)
{
	char line[sizeof("X-Amz-Security-Token: ") + HTTP_TOKEN_BYTES];
	int r;

	(void)snprintf(line, sizeof(line), "X-Amz-Security-Token: %s", session_token);
	r = http_transfer_add_header(t, line);
	explicit_bzero(line, sizeof(line));
	return r;
}

static int http_transfer_set_headers(struct http_transfer *t, const struct http_request *r)
{
	int result = 0;

	for (size_t i = 0; i < HTTP_HEADERS_MAX && r->headers[i] && result == 0; i++)
		result = http_transfer_add_header(t, r->headers[i]);
	if (result == 0 && r->auth == HTTP_AUTH_SIGV4 && r->token && r->token[0])
		result = http_transfer_add_token(t, r->token);
	if (result == 0 && curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) != CURLE_OK)
		result = -ENOMEM;
	return result < 0 ? err_origin(result) : 0;
}

static CURLcode http_transfer_set_auth(CURL *easy, const struct http_request *r)
{
	char scope[128];
	CURLcode c;

	switch (r->auth) {
	case HTTP_AUTH_NONE:
		return curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_NONE);
	case HTTP_AUTH_SIGV4:
		/* Both given: cut from the host name they would be wrong for any other endpoint. */
		(void)snprintf(scope, sizeof(scope), "aws:amz:%s:%s", r->region, r->service);
		c = curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, scope);
		break;
	case HTTP_AUTH_DIGEST:
	default:
		c = curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_DIGEST);
		break;
	}
	/* Not USERPWD: that splits at the first colon. */
	if (c == CURLE_OK)
		c = curl_easy_setopt(easy, CURLOPT_USERNAME, r->user);
	if (c == CURLE_OK)
		c = curl_easy_setopt(easy, CURLOPT_PASSWORD, r->secret);
	return c;
}

static CURLcode http_transfer_set_request(CURL *easy, const struct http_request *r)
{
	CURLcode c = curl_easy_setopt(easy, CURLOPT_URL, r->url);

	if (r->method != HTTP_GET) {
		/* With no body this sends Content-Length: 0, which some gateways insist on. */
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST,
			r->method == HTTP_POST ? NULL : http_method_name(r->method));
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body ? r->body : "");
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(r->body ? r->body_len : 0));
	} else {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
	}
	if (c == CURLE_OK)
		c = curl_easy_setopt(easy, CURLOPT_NOPROXY, r->direct ? "*" : NULL);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, r->once ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 0L);
	return c;
}

void http_transfer_restart(struct http_transfer *t)
{
	buf_clear(&t->body);
	t->error[0] = '\0';
	t->head_bytes = 0;
	t->too_long = false;
	t->head = HTTP_HEAD_INIT;
}

int http_transfer_begin(struct http_transfer *t, const struct http_request *request)
{
	int r;

	http_transfer_restart(t);
	t->body.max_bytes = request->max_reply_bytes;
	t->once = request->once;
	t->begun = t->responses = 0;
	if (http_transfer_set_request(t->easy, request) != CURLE_OK ||
		http_transfer_set_auth(t->easy, request) != CURLE_OK)
		return err_origin(-ENOMEM);
	r = http_transfer_set_headers(t, request);
	if (r < 0)
		http_transfer_end(t);
	return r;
}

void http_transfer_end(struct http_transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, NULL); /* no pointer into the request that ended */
	curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(t->easy, CURLOPT_PASSWORD, NULL);
	t->owner = NULL;
}

bool http_transfer_sent(const struct http_transfer *t)
{
	long bytes = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return bytes > 0;
}
