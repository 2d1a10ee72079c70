/* SPDX-License-Identifier: Apache-2.0 */
#include "digest_auth.h"
#include "alloc.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MD5_HEX_BYTES 33

const char *digest_name(enum digest_verdict v)
{
	switch (v) {
	case DIGEST_OK:
		return "ok";
	case DIGEST_NONE:
		return "none";
	case DIGEST_INCOMPLETE:
		return "incomplete";
	case DIGEST_UNKNOWN_KEY:
		return "unknown-key";
	case DIGEST_DISABLED:
		return "disabled";
	case DIGEST_BAD_URI:
		return "bad-uri";
	case DIGEST_BAD_SIGNATURE:
		return "bad-signature";
	case DIGEST_UNKNOWN_NONCE:
		return "unknown-nonce";
	case DIGEST_STALE_NONCE:
		return "stale-nonce";
	case DIGEST_REPLAYED_NONCE:
		return "replayed-nonce";
	}
	return "none";
}

struct credentials {
	char username[128], realm[64], nonce[64], response[64], qop[16], nc[16], cnonce[128], algorithm[16];
	char *uri; /* owned */
};

static void keep(struct credentials *c, const char *name, const char *value)
{
	struct {
		const char *name;
		char *to;
		size_t size;
	} rows[] = {{"username", c->username, sizeof c->username}, {"realm", c->realm, sizeof c->realm},
		{"nonce", c->nonce, sizeof c->nonce}, {"response", c->response, sizeof c->response},
		{"qop", c->qop, sizeof c->qop}, {"nc", c->nc, sizeof c->nc},
		{"cnonce", c->cnonce, sizeof c->cnonce}, {"algorithm", c->algorithm, sizeof c->algorithm}};
	if (strcasecmp(name, "uri") == 0)
		alloc_replace(&c->uri, alloc_text(value));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcasecmp(name, rows[i].name) == 0)
			(void)text_set(rows[i].to, rows[i].size, value);
}

/* name=value or name="value" with \ escapes, separated by commas (RFC 9110, 11.2). */
static bool credentials_parse(const char *text, struct credentials *c)
{
	if (strncasecmp(text, "Digest ", 7) != 0)
		return false;
	for (const char *at = text + 7;;) {
		at += strspn(at, " \t,");
		if (!*at)
			return true;
		size_t name_len = strcspn(at, "= \t,");
		if (at[name_len] != '=')
			return false;
		char *name = alloc_span(at, name_len), *value = alloc_zero(strlen(at) + 1, 1);
		size_t n = 0;
		at += name_len + 1;
		bool quoted = *at == '"', open = quoted;
		for (at += quoted; *at && (quoted ? *at != '"' : *at != ',' && *at != ' '); at++) {
			if (quoted && *at == '\\' && at[1])
				at++;
			value[n++] = *at;
		}
		if (quoted && *at == '"') {
			open = false;
			at++;
		}
		keep(c, name, value);
		free(name);
		free(value);
		if (open)
			return false;
	}
}

static void md5_hex(const char *text, char ret_hex[MD5_HEX_BYTES])
{
	unsigned char hash[EVP_MAX_MD_SIZE] = {0};
	(void)EVP_Digest(text, strlen(text), hash, NULL, EVP_md5(), NULL);
	for (size_t i = 0; i < 16; i++)
		(void)snprintf(ret_hex + 2 * i, 3, "%02x", hash[i]);
}

static bool response_matches(const struct credentials *c, const char *method, const char *password)
{
	char a1_hex[MD5_HEX_BYTES], a2_hex[MD5_HEX_BYTES], all_hex[MD5_HEX_BYTES];
	char *a1 = alloc_printf("%s:%s:%s", c->username, c->realm, password);
	char *a2 = alloc_printf("%s:%s", method, c->uri);
	md5_hex(a1, a1_hex);
	md5_hex(a2, a2_hex);
	char *all = alloc_printf("%s:%s:%s:%s:%s:%s", a1_hex, c->nonce, c->nc, c->cnonce, c->qop, a2_hex);
	md5_hex(all, all_hex);
	OPENSSL_cleanse(a1, strlen(a1));
	free(a1);
	free(a2);
	free(all);
	return strlen(c->response) == 32 && CRYPTO_memcmp(all_hex, c->response, 32) == 0;
}

static enum digest_verdict nonce_verdict(
	struct digest_auth *d, const struct world *w, const struct credentials *c)
{
	for (size_t i = 0; i < DIGEST_AUTH_NONCES; i++) {
		struct digest_nonce *n = &d->nonces[i];
		if (!*n->text || strcmp(n->text, c->nonce) != 0)
			continue;
		if (w->now_ms - n->born_ms > w->config.nonce_lifetime_ms)
			return DIGEST_STALE_NONCE;
		uint32_t count = (uint32_t)strtoul(c->nc, NULL, 16);
		if (count <= n->count)
			return DIGEST_REPLAYED_NONCE;
		n->count = count;
		return DIGEST_OK;
	}
	return DIGEST_UNKNOWN_NONCE;
}

static enum digest_verdict check(struct digest_auth *d, const struct world *w, const struct request *r,
	const struct credentials *c, struct api_key **ret_key)
{
	if (!*c->username || !*c->nonce || !*c->cnonce || !c->uri || strcmp(c->qop, "auth") != 0 ||
		strspn(c->nc, "0123456789abcdefABCDEF") != 8 || strlen(c->nc) != 8 ||
		strcmp(c->realm, DIGEST_AUTH_REALM) != 0 ||
		(*c->algorithm && strcasecmp(c->algorithm, "MD5") != 0))
		return DIGEST_INCOMPLETE;
	struct api_key *k = world_api_key(w, c->username);
	if (!k)
		return DIGEST_UNKNOWN_KEY;
	*ret_key = k;
	if (k->disabled)
		return DIGEST_DISABLED;
	if (strcmp(c->uri, r->target) != 0) /* byte for byte: a literal colon stays one */
		return DIGEST_BAD_URI;
	if (!response_matches(c, r->method, k->private))
		return DIGEST_BAD_SIGNATURE;
	return nonce_verdict(d, w, c);
}

enum digest_verdict digest_check(
	struct digest_auth *d, const struct world *w, const struct request *r, struct api_key **ret_key)
{
	const char *text = headers_get(&r->headers, "Authorization");
	struct credentials c = {0};
	*ret_key = NULL;
	if (!text)
		return DIGEST_NONE;
	bool parsed = credentials_parse(text, &c);
	enum digest_verdict v = parsed ? check(d, w, r, &c, ret_key) : DIGEST_INCOMPLETE;
	free(c.uri);
	return v;
}

void digest_challenge(struct digest_auth *d, const struct world *w, enum digest_verdict v, struct reply *p)
{
	struct digest_nonce *n = &d->nonces[d->made++ % DIGEST_AUTH_NONCES];
	unsigned char bytes[16] = {0};
	(void)RAND_bytes(bytes, sizeof bytes);
	*n = (struct digest_nonce){.born_ms = w->now_ms};
	for (size_t i = 0; i < sizeof bytes; i++)
		(void)snprintf(n->text + 2 * i, 3, "%02x", bytes[i]);
	bool old = v == DIGEST_STALE_NONCE || v == DIGEST_UNKNOWN_NONCE || v == DIGEST_REPLAYED_NONCE;
	const char *stale = strcmp(w->config.nonce_stale, "absent") == 0        ? ""
			    : old && strcmp(w->config.nonce_stale, "true") == 0 ? ", stale=true"
										: ", stale=false";
	char *text =
		alloc_printf("Digest realm=\"%s\", domain=\"\", nonce=\"%s\", algorithm=MD5, qop=\"auth\"%s",
			DIGEST_AUTH_REALM, n->text, stale);
	if (v == DIGEST_UNKNOWN_KEY) /* example of TiDB Cloud's API overview */
		reply_text(p, 401, "application/json",
			"{\"code\":49900001,\"message\":\"public_key not found\",\"details\":[]}");
	else
		reply_empty(p, 401, NULL);
	headers_add(&p->headers, "WWW-Authenticate", text);
	free(text);
}
