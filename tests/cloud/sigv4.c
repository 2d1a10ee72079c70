/* SPDX-License-Identifier: Apache-2.0 */
#include "sigv4.h"
#include "alloc.h"
#include "clock.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HASH_BYTES         32
#define SIGNED_HEADERS_MAX 64

const char *sigv4_name(enum sigv4_verdict v)
{
	switch (v) {
	case SIGV4_OK:
		return "ok";
	case SIGV4_NONE:
		return "none";
	case SIGV4_INCOMPLETE:
		return "incomplete";
	case SIGV4_UNKNOWN_KEY:
		return "unknown-key";
	case SIGV4_BAD_TOKEN:
		return "bad-token";
	case SIGV4_EXPIRED:
		return "expired";
	case SIGV4_SKEWED:
		return "skewed-clock";
	case SIGV4_WRONG_REGION:
		return "wrong-region";
	case SIGV4_BAD_SCOPE:
		return "bad-scope";
	case SIGV4_BAD_SIGNATURE:
		return "bad-signature";
	}
	return "none";
}

struct authorization {
	char key[64], date[16], region[32], service[16], end[16];
	char signed_headers[1024], signature[80];
};

/* The value of "Name=value" in the list behind the algorithm's name. */
static bool take(const char *list, const char *name, char *ret_value, size_t size)
{
	for (const char *at = list; *at;) {
		at += strspn(at, ", ");
		size_t len = strcspn(at, ",");
		if (strncmp(at, name, strlen(name)) == 0 && at[strlen(name)] == '=') {
			const char *value = at + strlen(name) + 1;
			size_t value_len = len - strlen(name) - 1;
			while (value_len && value[value_len - 1] == ' ')
				value_len--;
			if (value_len == 0 || value_len >= size)
				return false;
			memcpy(ret_value, value, value_len);
			ret_value[value_len] = '\0';
			return true;
		}
		at += len;
	}
	return false;
}

static bool authorization_parse(const char *text, struct authorization *ret)
{
	static const char algorithm[] = "AWS4-HMAC-SHA256 ";
	char credential[160], *save = NULL;
	if (strncmp(text, algorithm, sizeof algorithm - 1) != 0)
		return false;
	const char *list = text + sizeof algorithm - 1;
	if (!take(list, "Credential", credential, sizeof credential) ||
		!take(list, "SignedHeaders", ret->signed_headers, sizeof ret->signed_headers) ||
		!take(list, "Signature", ret->signature, sizeof ret->signature))
		return false;
	struct {
		char *to;
		size_t size;
	} parts[] = {{ret->key, sizeof ret->key}, {ret->date, sizeof ret->date},
		{ret->region, sizeof ret->region}, {ret->service, sizeof ret->service},
		{ret->end, sizeof ret->end}};
	char *word = strtok_r(credential, "/", &save);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++, word = strtok_r(NULL, "/", &save))
		if (!word || !text_set(parts[i].to, parts[i].size, word))
			return false;
	return word == NULL && strlen(ret->signature) == 2 * HASH_BYTES;
}

static void hash_hex(const void *bytes, size_t len, char ret_hex[2 * HASH_BYTES + 1])
{
	unsigned char hash[EVP_MAX_MD_SIZE] = {0};
	(void)EVP_Digest(bytes, len, hash, NULL, EVP_sha256(), NULL);
	for (size_t i = 0; i < HASH_BYTES; i++)
		(void)snprintf(ret_hex + 2 * i, 3, "%02x", hash[i]);
}

static void hmac(const void *key, size_t key_len, const char *text, unsigned char ret_mac[HASH_BYTES])
{
	unsigned char mac[EVP_MAX_MD_SIZE] = {0};
	(void)HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), mac, NULL);
	memcpy(ret_mac, mac, HASH_BYTES);
}

/* "a=b&c" sorted, each with its '='. The text is already encoded: it is taken as it came. */
static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_query(FILE *out, const char *query)
{
	char *copy = alloc_text(query), *save = NULL, **words = NULL;
	size_t n = 0;
	for (char *word = strtok_r(copy, "&", &save); word; word = strtok_r(NULL, "&", &save)) {
		words = alloc_grow(words, n + 1, sizeof *words);
		words[n++] = alloc_printf("%s%s", word, strchr(word, '=') ? "" : "=");
	}
	if (n)
		qsort(words, n, sizeof *words, by_text);
	for (size_t i = 0; i < n; i++) {
		(void)fprintf(out, "%s%s", i ? "&" : "", words[i]);
		free(words[i]);
	}
	free(words);
	free(copy);
}

/* All values of one header, trimmed, runs of blanks made one, joined by commas. False if the header is
 * absent. */
static bool print_header(FILE *out, const struct headers *h, const char *name)
{
	bool found = false;
	for (size_t i = 0; i < h->count; i++) {
		if (strcasecmp(h->list[i].name, name) != 0)
			continue;
		(void)fputs(found ? "," : "", out);
		found = true;
		const char *v = h->list[i].value + strspn(h->list[i].value, " \t");
		for (size_t len = strlen(v); *v && len; v++) {
			if (*v != ' ' && *v != '\t')
				(void)fputc(*v, out);
			else if (v[1] && v[1] != ' ' && v[1] != '\t')
				(void)fputc(' ', out);
		}
	}
	return found;
}

/* Every header that AWS wants signed is in the list, and the list is sorted, of lower case and without
 * doubles. */
static bool headers_complete(const struct request *r, char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (const char *c = names[i]; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				return false;
		if (i && strcmp(names[i - 1], names[i]) >= 0)
			return false;
	}
	bool host = false, date = false;
	for (size_t i = 0; i < count; i++) {
		host = host || strcmp(names[i], "host") == 0;
		date = date || strcmp(names[i], "x-amz-date") == 0;
	}
	for (size_t h = 0; h < r->headers.count; h++) {
		bool listed = strncasecmp(r->headers.list[h].name, "x-amz-", 6) != 0;
		for (size_t i = 0; !listed && i < count; i++)
			listed = strcasecmp(r->headers.list[h].name, names[i]) == 0;
		if (!listed)
			return false;
	}
	return host && date;
}

/* The canonical request's hash. Verdict OK, INCOMPLETE, or BAD_SIGNATURE (a header signed but not sent). */
static enum sigv4_verdict canonical_hash(
	const struct request *r, const char *signed_headers, char ret_hex[2 * HASH_BYTES + 1])
{
	char *text = NULL, *names[SIGNED_HEADERS_MAX], *save = NULL, payload[2 * HASH_BYTES + 1];
	size_t len = 0, count = 0;
	enum sigv4_verdict verdict = SIGV4_OK;
	char *copy = alloc_text(signed_headers);
	for (char *word = strtok_r(copy, ";", &save); word && count < SIGNED_HEADERS_MAX;
		word = strtok_r(NULL, ";", &save))
		names[count++] = word;
	if (!headers_complete(r, names, count))
		verdict = SIGV4_INCOMPLETE;
	FILE *out = open_memstream(&text, &len);
	if (!out)
		abort();
	(void)fprintf(out, "%s\n%.*s\n", r->method, (int)strcspn(r->target, "?"), r->target);
	print_query(out, r->query);
	(void)fputc('\n', out);
	for (size_t i = 0; i < count; i++) {
		(void)fprintf(out, "%s:", names[i]);
		if (!print_header(out, &r->headers, names[i]) && verdict == SIGV4_OK)
			verdict = SIGV4_BAD_SIGNATURE;
		(void)fputc('\n', out);
	}
	hash_hex(r->body ? r->body : "", r->len, payload);
	(void)fprintf(out, "\n%s\n%s", signed_headers, payload);
	(void)fclose(out);
	hash_hex(text, len, ret_hex);
	free(text);
	free(copy);
	return verdict;
}

static bool signature_matches(
	const struct authorization *a, const char *secret, const char *amz_date, const char *canonical_hex)
{
	unsigned char key[HASH_BYTES];
	char hex[2 * HASH_BYTES + 1];
	char *first = alloc_printf("AWS4%s", secret);
	char *to_sign = alloc_printf("AWS4-HMAC-SHA256\n%s\n%s/%s/%s/%s\n%s", amz_date, a->date, a->region,
		a->service, a->end, canonical_hex);
	hmac(first, strlen(first), a->date, key);
	hmac(key, sizeof key, a->region, key);
	hmac(key, sizeof key, a->service, key);
	hmac(key, sizeof key, a->end, key);
	hmac(key, sizeof key, to_sign, key);
	for (size_t i = 0; i < HASH_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", key[i]);
	OPENSSL_cleanse(first, strlen(first));
	free(first);
	free(to_sign);
	return CRYPTO_memcmp(hex, a->signature, 2 * HASH_BYTES) == 0;
}

static enum sigv4_verdict token_verdict(
	const struct world *w, const struct request *r, const struct access_key *k)
{
	const char *sent = headers_get(&r->headers, "X-Amz-Security-Token");
	if (strcmp(sent ? sent : "", k->session_token) != 0)
		return SIGV4_BAD_TOKEN;
	return k->expired || (k->expires_ms && k->expires_ms <= world_wall_ms(w)) ? SIGV4_EXPIRED : SIGV4_OK;
}

enum sigv4_verdict sigv4_check(const struct world *w, const struct request *r, const char *service,
	const char *region, struct sigv4_caller *ret_caller)
{
	struct authorization a = {0};
	int64_t signed_ms = 0;
	char canonical[2 * HASH_BYTES + 1];
	const char *text = headers_get(&r->headers, "Authorization"),
		   *date = headers_get(&r->headers, "X-Amz-Date");
	*ret_caller = (struct sigv4_caller){0};
	if (!text)
		return SIGV4_NONE;
	if (!authorization_parse(text, &a) || !date || !clock_basic_parse(date, &signed_ms))
		return SIGV4_INCOMPLETE;
	(void)text_set(ret_caller->region, sizeof ret_caller->region, a.region);
	enum sigv4_verdict verdict = canonical_hash(r, a.signed_headers, canonical);
	if (verdict == SIGV4_INCOMPLETE)
		return verdict;
	const struct access_key *k = world_access_key(w, a.key);
	if (!k || k->disabled)
		return SIGV4_UNKNOWN_KEY;
	ret_caller->key = k;
	int64_t off_ms = world_wall_ms(w) - signed_ms;
	if (off_ms > w->config.skew_max_ms || off_ms < -w->config.skew_max_ms)
		return SIGV4_SKEWED;
	if (region ? strcmp(region, a.region) != 0 : !world_has_region(w, a.region))
		return SIGV4_WRONG_REGION;
	if (strcmp(a.service, service) != 0 || strncmp(a.date, date, 8) != 0 || strlen(a.date) != 8 ||
		strcmp(a.end, "aws4_request") != 0)
		return SIGV4_BAD_SCOPE;
	if (verdict != SIGV4_OK || !signature_matches(&a, k->secret, date, canonical))
		return SIGV4_BAD_SIGNATURE;
	return token_verdict(w, r, k);
}
