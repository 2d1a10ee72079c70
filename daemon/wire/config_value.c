/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config_value.h"
#include "base/num.h"
#include "wire/url.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* sizeof(sockaddr_un.sun_path) - 1, unix(7). */
#define SOCKET_PATH_MAX_BYTES 107

static void *target(const struct setting *row, void *base)
{
	return (char *)base + row->offset;
}

static const void *target_const(const struct setting *row, const void *base)
{
	return (const char *)base + row->offset;
}

static int set_text(
	const struct setting *row, const char *value, size_t len, void *base, struct why *reterr_why)
{
	if (len >= row->size) {
		why_set(reterr_why, "too long; expected at most %zu bytes", row->size - 1);
		return 1;
	}
	char *to = target(row, base);
	memcpy(to, value, len);
	memset(to + len, 0, row->size - len);
	return 0;
}

static bool is_name(const char *s, const char *also)
{
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
			    strchr(also, *s)))
			return false;
	return true;
}

static bool looks_commented(const char *s)
{
	return strstr(s, " #") || strstr(s, " ;") || strstr(s, "\t#") || strstr(s, "\t;");
}

static int parse_path(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	size_t len = strlen(value);
	if (value[0] != '/') {
		why_set(reterr_why, "no absolute path; expected %s", setting_kind_expected(row->kind));
		return 1;
	}
	if (looks_commented(value)) {
		why_set(reterr_why, "a comment behind the value; expected comments on lines of their own");
		return 1;
	}
	if (row->kind == SETTING_KIND_SOCKET && len > SOCKET_PATH_MAX_BYTES) {
		why_set(reterr_why, "too long for a socket; expected %s", setting_kind_expected(row->kind));
		return 1;
	}
	return set_text(row, value, len, base, reterr_why);
}

static int parse_secret_file(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	if (value[0] == '/')
		return parse_path(row, value, base, reterr_why);
	/* The value is not repeated: it may be the secret itself, written where its file's name belongs. */
	if (value[0] == '.' || !is_name(value, "._-")) {
		why_set(reterr_why, "no file; expected %s", setting_kind_expected(row->kind));
		return 1;
	}
	return set_text(row, value, strlen(value), base, reterr_why);
}

/* Any other byte could not stand in the [section] of a credentials file, or would have to be quoted there. */
static int parse_profile(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	if (!is_name(value, "._-@+/:")) {
		why_set(reterr_why, "\"%.64s\" is none; expected %s", value,
			setting_kind_expected(row->kind));
		return 1;
	}
	return set_text(row, value, strlen(value), base, reterr_why);
}

static int parse_group(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	if (value[0] == '-' || !is_name(value, "._-")) {
		why_set(reterr_why, "\"%.64s\" is no group; expected %s", value,
			setting_kind_expected(row->kind));
		return 1;
	}
	return set_text(row, value, strlen(value), base, reterr_why);
}

static int parse_url(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	struct url url;
	size_t len = strlen(value);
	if (url_parse(value, len, &url, reterr_why) != 0)
		return 1;
	return set_text(row, value, url_base_len(value, len, &url), base, reterr_why);
}

static int parse_number(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	uint64_t n;
	if (num_parse_u64(value, strlen(value), (uint64_t)row->max, &n) != 0 || n < (uint64_t)row->min) {
		why_set(reterr_why, "\"%.64s\" is not possible; expected %s of %lld to %lld (%s)", value,
			setting_kind_expected(row->kind), (long long)row->min, (long long)row->max,
			row->unit);
		return 1;
	}
	*(uint32_t *)target(row, base) = (uint32_t)n;
	return 0;
}

static int parse_span(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	int64_t ms;
	if (num_parse_span_ms(value, strlen(value), row->max, &ms) != 0 || ms < row->min) {
		char min[NUM_SPAN_BYTES], max[NUM_SPAN_BYTES];
		num_format_span_ms(row->min, min);
		num_format_span_ms(row->max, max);
		why_set(reterr_why, "\"%.64s\" is not possible; expected %s, from %s to %s", value,
			setting_kind_expected(row->kind), min, max);
		return 1;
	}
	*(int64_t *)target(row, base) = ms;
	return 0;
}

/* The words of systemd's parse_boolean(), any case. */
static int parse_bool(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	static const char *const words[][2] = {
		{"no", "yes"}, {"false", "true"}, {"off", "on"}, {"n", "y"}, {"f", "t"}, {"0", "1"}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		for (int b = 0; b < 2; b++) {
			if (strcasecmp(value, words[i][b]) == 0) {
				*(bool *)target(row, base) = b == 1;
				return 0;
			}
		}
	}
	why_set(reterr_why, "\"%.64s\" is neither; expected %s", value, setting_kind_expected(row->kind));
	return 1;
}

static int parse_reaction(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	static const enum reaction all[] = {REACTION_PAUSE, REACTION_APPROVE, REACTION_OBSERVE};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (strcmp(value, reaction_name(all[i])) == 0) {
			*(enum reaction *)target(row, base) = all[i];
			return 0;
		}
	}
	why_set(reterr_why, "\"%.64s\" is no reaction; expected %s", value, setting_kind_expected(row->kind));
	return 1;
}

static int parse_cluster_api(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	for (int i = 0; i < CLUSTER_API_COUNT; i++) {
		if (strcmp(value, cluster_api_name((enum cluster_api)i)) == 0) {
			*(enum cluster_api *)target(row, base) = (enum cluster_api)i;
			return 0;
		}
	}
	why_set(reterr_why, "\"%.64s\" is no API of clusters; expected %s", value,
		setting_kind_expected(row->kind));
	return 1;
}

static int parse_id(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	bool number = strspn(value, "0123456789") == strlen(value);
	int r = row->kind == SETTING_KIND_PROJECT_ID
			? !number || project_id_parse(value, strlen(value), target(row, base)) != 0
			: account_id_parse(value, strlen(value), target(row, base));
	if (r != 0)
		why_set(reterr_why, "\"%.64s\" is none; expected %s", value,
			setting_kind_expected(row->kind));
	return r != 0;
}

static int parse_key(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	struct project_settings *p = base;
	struct key_arn arn;
	struct region region, other;
	if (key_arn_parse(value, strlen(value), &arn, &region, NULL) != 0) {
		why_set(reterr_why, "\"%.100s\" is none; expected %s (no alias)", value,
			setting_kind_expected(row->kind));
		return 1;
	}
	for (uint32_t i = 0; i < p->pin_count; i++) {
		if (key_arn_parse(p->pins[i].text, strlen(p->pins[i].text), &(struct key_arn){{0}}, &other,
			    NULL) == 0 &&
			region_equal(&region, &other)) {
			why_set(reterr_why, "second key of region %s; expected one Key= a region",
				region.text);
			return 1;
		}
	}
	if (p->pin_count >= KEY_PIN_MAX) {
		why_set(reterr_why, "too many; expected at most %d keys", KEY_PIN_MAX);
		return 1;
	}
	p->pins[p->pin_count++] = arn;
	return 0;
}

static int parse_queue(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	struct daemon_settings *d = base;
	struct queue_arn arn;
	if (queue_arn_parse(value, strlen(value), &arn, NULL, NULL) != 0) {
		why_set(reterr_why, "\"%.100s\" is none; expected %s", value,
			setting_kind_expected(row->kind));
		return 1;
	}
	for (uint32_t i = 0; i < d->hint_queue_count; i++)
		if (strcmp(d->hint_queues[i].text, arn.text) == 0) {
			why_set(reterr_why, "the same queue for the second time; expected it once");
			return 1;
		}
	if (d->hint_queue_count >= HINT_QUEUE_MAX) {
		why_set(reterr_why, "too many; expected at most %d queues", HINT_QUEUE_MAX);
		return 1;
	}
	d->hint_queues[d->hint_queue_count++] = arn;
	return 0;
}

/* Condition keys that follow from what is configured or asked: stating them could only contradict. */
static bool is_known_context(const char *key)
{
	static const char *const known[] = {"kms:CallerAccount", "kms:ViaService",
		"kms:GrantIsForAWSResource", "aws:PrincipalAccount", "aws:ResourceAccount",
		"aws:SecureTransport", "aws:CurrentTime", "aws:EpochTime", "aws:RequestedRegion"};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(key, known[i]) == 0)
			return true;
	return false;
}

/* A key that is there already is replaced: what a file may repeat is its reader's business (wire/config.c).
 */
static int parse_context(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	struct project_settings *p = base;
	struct vendor_context new = {{0}, {0}};
	const char *equals = strchr(value, '=');
	size_t key_len = equals ? (size_t)(equals - value) : 0;
	size_t value_len = equals ? strlen(equals + 1) : 0;
	if (key_len == 0 || key_len >= sizeof new.key || value_len == 0 || value_len >= sizeof new.value) {
		why_set(reterr_why,
			"\"%.64s\" is none; expected %s, key at most 63 and value at most 127 bytes", value,
			setting_kind_expected(row->kind));
		return 1;
	}
	memcpy(new.key, value, key_len);
	memcpy(new.value, equals + 1, value_len);
	if (!strchr(new.key, ':') || !is_name(new.key, ":/._-")) {
		why_set(reterr_why, "\"%s\" is no condition key; expected %s", new.key,
			setting_kind_expected(row->kind));
		return 1;
	}
	if (is_known_context(new.key)) {
		why_set(reterr_why, "%s is known to cmekd; expected a condition key that it cannot know",
			new.key);
		return 1;
	}
	uint32_t at = 0;
	while (at < p->context_count && strcasecmp(p->context[at].key, new.key) != 0)
		at++;
	if (at >= VENDOR_CONTEXT_MAX) {
		why_set(reterr_why, "too many; expected at most %d", VENDOR_CONTEXT_MAX);
		return 1;
	}
	p->context[at] = new;
	if (at == p->context_count)
		p->context_count++;
	return 0;
}

/* As with systemd's lists: an empty value forgets what was given before, the defaults of all projects included. */
static int clear_list(const struct setting *row, void *base)
{
	struct project_settings *p = base;
	struct daemon_settings *d = base;
	if (row->kind == SETTING_KIND_QUEUE) {
		memset(d->hint_queues, 0, sizeof d->hint_queues);
		d->hint_queue_count = 0;
	} else if (row->kind == SETTING_KIND_KEY) {
		memset(p->pins, 0, sizeof p->pins);
		p->pin_count = 0;
	} else {
		memset(p->context, 0, sizeof p->context);
		p->context_count = 0;
	}
	return 0;
}

typedef int parse_fn(const struct setting *row, const char *value, void *base, struct why *reterr_why);

int config_value_parse(const struct setting *row, const char *value, void *base, struct why *reterr_why)
{
	static parse_fn *const parsers[SETTING_KIND_COUNT] = {
		[SETTING_KIND_PATH] = parse_path,
		[SETTING_KIND_SOCKET] = parse_path,
		[SETTING_KIND_SECRET_FILE] = parse_secret_file,
		[SETTING_KIND_PROFILE] = parse_profile,
		[SETTING_KIND_GROUP] = parse_group,
		[SETTING_KIND_URL] = parse_url,
		[SETTING_KIND_NUMBER] = parse_number,
		[SETTING_KIND_SPAN] = parse_span,
		[SETTING_KIND_BOOL] = parse_bool,
		[SETTING_KIND_REACTION] = parse_reaction,
		[SETTING_KIND_CLUSTER_API] = parse_cluster_api,
		[SETTING_KIND_PROJECT_ID] = parse_id,
		[SETTING_KIND_ACCOUNT] = parse_id,
		[SETTING_KIND_KEY] = parse_key,
		[SETTING_KIND_QUEUE] = parse_queue,
		[SETTING_KIND_CONTEXT] = parse_context,
	};
	if (value[0] == '\0') {
		if (setting_is_list(row))
			return clear_list(row, base);
		/* Nothing is a value only where nothing is the default. */
		if (row->initial && row->initial[0] == '\0')
			return set_text(row, "", 0, base, reterr_why);
		why_set(reterr_why, "empty; expected %s", setting_kind_expected(row->kind));
		return 1;
	}
	return parsers[row->kind](row, value, base, reterr_why);
}

static void print_list(const struct setting *row, const void *base, struct buf *b)
{
	const struct project_settings *p = base;
	const struct daemon_settings *d = base;
	if (row->kind == SETTING_KIND_QUEUE) {
		for (uint32_t i = 0; i < d->hint_queue_count; i++)
			buf_printf(b, "%s=%s\n", row->key, d->hint_queues[i].text);
	} else if (row->kind == SETTING_KIND_KEY) {
		for (uint32_t i = 0; i < p->pin_count; i++)
			buf_printf(b, "%s=%s\n", row->key, p->pins[i].text);
	} else {
		buf_printf(b, "%s=\n", row->key); /* else the defaults of all projects would come in again */
		for (uint32_t i = 0; i < p->context_count; i++)
			buf_printf(b, "%s=%s=%s\n", row->key, p->context[i].key, p->context[i].value);
	}
}

void config_value_print(const struct setting *row, const void *base, struct buf *b)
{
	const void *at = target_const(row, base);
	char span[NUM_SPAN_BYTES];
	switch (row->kind) {
	case SETTING_KIND_NUMBER:
		buf_printf(b, "%s=%u\n", row->key, *(const uint32_t *)at);
		return;
	case SETTING_KIND_SPAN:
		num_format_span_ms(*(const int64_t *)at, span);
		buf_printf(b, "%s=%s\n", row->key, span);
		return;
	case SETTING_KIND_BOOL:
		buf_printf(b, "%s=%s\n", row->key, *(const bool *)at ? "yes" : "no");
		return;
	case SETTING_KIND_REACTION:
		buf_printf(b, "%s=%s\n", row->key, reaction_name(*(const enum reaction *)at));
		return;
	case SETTING_KIND_CLUSTER_API:
		buf_printf(b, "%s=%s\n", row->key, cluster_api_name(*(const enum cluster_api *)at));
		return;
	case SETTING_KIND_KEY:
	case SETTING_KIND_QUEUE:
	case SETTING_KIND_CONTEXT:
		print_list(row, base, b);
		return;
	case SETTING_KIND_PROJECT_ID:
	case SETTING_KIND_ACCOUNT:
		if (((const char *)at)[0] != '\0')
			buf_printf(b, "%s=%s\n", row->key, (const char *)at);
		return;
	case SETTING_KIND_PATH:
	case SETTING_KIND_SOCKET:
	case SETTING_KIND_SECRET_FILE:
	case SETTING_KIND_PROFILE:
	case SETTING_KIND_GROUP:
	case SETTING_KIND_URL:
	case SETTING_KIND_COUNT:
		buf_printf(b, "%s=%s\n", row->key, (const char *)at);
		return;
	}
}
