/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ids.h"
#include <string.h>

#define QUEUE_NAME_MAX_BYTES 80

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static bool is_name(char c)
{
	return is_word(c) || c == '.';
}

static bool is_region(char c)
{
	return is_lower(c) || is_digit(c) || c == '-';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* Copies `min`..`size - 1` bytes that all satisfy `fits`. */
static int copy_checked(
	const char *text, size_t len, size_t min, char *ret_text, size_t size, bool (*fits)(char))
{
	if (len < min || len >= size)
		return 1;
	for (size_t i = 0; i < len; i++)
		if (!fits(text[i]))
			return 1;
	memset(ret_text, 0, size); /* the whole value is defined: ids are compared and copied as values */
	memcpy(ret_text, text, len);
	return 0;
}

int project_id_parse(const char *text, size_t len, struct project_id *ret_id)
{
	return copy_checked(text, len, 1, ret_id->text, sizeof ret_id->text, is_word);
}

int cluster_id_parse(const char *text, size_t len, struct cluster_id *ret_id)
{
	return copy_checked(text, len, 1, ret_id->text, sizeof ret_id->text, is_word);
}

int project_name_parse(const char *text, size_t len, struct project_name *ret_name)
{
	if (len > 0 && text[0] == '.')
		return 1;
	return copy_checked(text, len, 1, ret_name->text, sizeof ret_name->text, is_name);
}

int region_parse(const char *text, size_t len, struct region *ret_region)
{
	return copy_checked(text, len, 1, ret_region->text, sizeof ret_region->text, is_region);
}

int account_id_parse(const char *text, size_t len, struct account_id *ret_account)
{
	return copy_checked(text, len, 12, ret_account->text, sizeof ret_account->text, is_digit);
}

int ledger_id_parse(const char *text, size_t len, struct ledger_id *ret_id)
{
	return copy_checked(text, len, 16, ret_id->text, sizeof ret_id->text, is_hex);
}

/* The next part up to ':'; the last one has no ':' behind it. */
static bool next_part(const char **at, const char *end, const char **ret_part, size_t *ret_len)
{
	const char *colon = memchr(*at, ':', (size_t)(end - *at));
	if (!colon)
		return false;
	*ret_part = *at;
	*ret_len = (size_t)(colon - *at);
	*at = colon + 1;
	return true;
}

/* "arn:aws...:SERVICE:REGION:ACCOUNT:" up to what the service itself names; NULL if it is not of this form. */
static const char *parse_arn(const char *text, size_t len, const char *service, struct region *ret_region,
	struct account_id *ret_account)
{
	const char *at = text, *end = text + len, *part;
	size_t n;

	if (!next_part(&at, end, &part, &n) || n != 3 || memcmp(part, "arn", 3) != 0)
		return NULL;
	if (!next_part(&at, end, &part, &n) || n < 3 || memcmp(part, "aws", 3) != 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!is_region(part[i]))
			return NULL;
	if (!next_part(&at, end, &part, &n) || n != strlen(service) || memcmp(part, service, n) != 0)
		return NULL;
	if (!next_part(&at, end, &part, &n) || region_parse(part, n, ret_region))
		return NULL;
	if (!next_part(&at, end, &part, &n) || account_id_parse(part, n, ret_account))
		return NULL;
	return at;
}

int key_arn_parse(const char *text, size_t len, struct key_arn *ret_arn, struct region *ret_region,
	struct account_id *ret_account)
{
	struct region region;
	struct account_id account;
	const char *at, *end = text + len;

	if (len >= sizeof ret_arn->text)
		return 1;
	at = parse_arn(text, len, "kms", &region, &account);
	if (!at || end - at <= 4 || memcmp(at, "key/", 4) != 0)
		return 1;
	for (const char *c = at + 4; c < end; c++)
		if (!is_word(*c))
			return 1;
	memset(ret_arn, 0, sizeof *ret_arn);
	memcpy(ret_arn->text, text, len);
	if (ret_region)
		*ret_region = region;
	if (ret_account)
		*ret_account = account;
	return 0;
}

int queue_arn_parse(const char *text, size_t len, struct queue_arn *ret_arn, struct region *ret_region,
	struct account_id *ret_account)
{
	static const char fifo[] = ".fifo";
	struct region region;
	struct account_id account;
	const char *at, *end = text + len;

	if (len >= sizeof ret_arn->text)
		return 1;
	at = parse_arn(text, len, "sqs", &region, &account);
	if (!at || end - at > QUEUE_NAME_MAX_BYTES)
		return 1;
	if (end - at >= (int)sizeof fifo - 1 && memcmp(end - (sizeof fifo - 1), fifo, sizeof fifo - 1) == 0)
		end -= sizeof fifo - 1;
	if (at == end)
		return 1;
	for (const char *c = at; c < end; c++)
		if (!is_word(*c))
			return 1;
	memset(ret_arn, 0, sizeof *ret_arn);
	memcpy(ret_arn->text, text, len);
	if (ret_region)
		*ret_region = region;
	if (ret_account)
		*ret_account = account;
	return 0;
}

const char *queue_arn_name(const struct queue_arn *arn)
{
	const char *colon = strrchr(arn->text, ':');

	return colon ? colon + 1 : arn->text;
}

bool project_id_equal(const struct project_id *a, const struct project_id *b)
{
	return strcmp(a->text, b->text) == 0;
}

bool key_arn_equal(const struct key_arn *a, const struct key_arn *b)
{
	return strcmp(a->text, b->text) == 0;
}
