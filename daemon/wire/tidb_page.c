/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tidb_page.h"
#include "base/err.h"
#include "wire/json_answer.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int tidb_page_scan(const struct http_answer *a, struct json_tree *ret_tree, struct trouble *t)
{
	if (a->status != 200) {
		int r = tidb_api_read_error(a, t);
		return r < 0 ? r : 1;
	}
	return json_answer_object(a, TIDB_API_ANSWER_MAX_BYTES, ret_tree, t);
}

void tidb_page_encode(const char *text, char ret_text[TIDB_PAGE_ENCODED_BYTES])
{
	static const char hex[] = "0123456789ABCDEF";
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			c == '.' || c == '_' || c == '~') {
			*ret_text++ = (char)c;
		} else {
			*ret_text++ = '%';
			*ret_text++ = hex[c >> 4];
			*ret_text++ = hex[c & 15];
		}
	}
	*ret_text = '\0';
}

static bool turn_by_token(
	const struct json_tree *tree, const char *token_name, struct tidb_api_pager *p, struct trouble *t)
{
	char token[TIDB_API_TOKEN_BYTES];
	if (!json_answer_text(tree, JSON_ROOT, token_name, JSON_ANSWER_OPTIONAL, token, sizeof token, t))
		return false;
	p->more = token[0] != '\0';
	if (p->more && strcmp(token, p->token) == 0) {
		trouble_set(t, FAULT_MALFORMED, "the list does not end: %s comes again", token_name);
		return false;
	}
	memcpy(p->token, token, sizeof token);
	return true;
}

bool tidb_page_turn(const struct json_tree *tree, uint32_t items, const char *total_name,
	const char *token_name, struct tidb_api_pager *p, struct trouble *t)
{
	uint32_t count = json_count(tree, items);
	uint64_t total;
	if (!json_answer_u64(tree, JSON_ROOT, total_name, UINT32_MAX, &total, t))
		return false;
	p->pages++;
	p->items += count;
	p->total = total;
	if (token_name) {
		if (!turn_by_token(tree, token_name, p, t))
			return false;
	} else {
		/* A page may be shorter than asked for, so only the total or an empty page is the end. */
		p->more = count > 0 && (total == 0 || p->items < total);
	}
	if (p->more && p->pages >= TIDB_API_LIST_PAGES_MAX) {
		trouble_set(t, FAULT_MALFORMED, "the list does not end: more than %u pages",
			TIDB_API_LIST_PAGES_MAX);
		return false;
	}
	if (!p->more && p->items < total) {
		trouble_set(t, FAULT_MALFORMED, "the list is cut short: %u of %llu items came", p->items,
			(unsigned long long)total);
		return false;
	}
	return true;
}

/* Ids are uint64 as JSON strings; a number is taken too. Refuses: false, `t` says why. */
static bool take_id(const struct json_tree *tree, uint32_t object, const char *name, char *ret_text,
	size_t size, struct trouble *t)
{
	uint64_t number;
	uint32_t node = json_answer_member(tree, object, name);
	if (!json_is(tree, node, JSON_NUMBER))
		return json_answer_text(tree, object, name, JSON_ANSWER_REQUIRED, ret_text, size, t);
	if (!json_answer_u64(tree, object, name, UINT64_MAX, &number, t))
		return false;
	(void)snprintf(ret_text, size, "%llu", (unsigned long long)number);
	return true;
}

bool tidb_page_cluster_id(const struct json_tree *tree, uint32_t object, const char *name,
	struct cluster_id *ret_id, struct trouble *t)
{
	char text[64];
	if (!take_id(tree, object, name, text, sizeof text, t))
		return false;
	if (cluster_id_parse(text, strlen(text), ret_id) == 0)
		return true;
	trouble_set(t, FAULT_MALFORMED, "the answer's %s is no cluster id", name);
	return false;
}

bool tidb_page_project_id(const struct json_tree *tree, uint32_t object, const char *name,
	struct project_id *ret_id, struct trouble *t)
{
	char text[64];
	if (!take_id(tree, object, name, text, sizeof text, t))
		return false;
	if (project_id_parse(text, strlen(text), ret_id) == 0)
		return true;
	trouble_set(t, FAULT_MALFORMED, "the answer's %s is no project id", name);
	return false;
}

int tidb_page_add(struct tidb_api_clusters *c, enum tidb_page_kin kin, const struct cluster_seen *seen,
	struct trouble *t)
{
	if (kin != TIDB_PAGE_OURS) {
		if (kin == TIDB_PAGE_STRANGER)
			c->strangers++;
		else
			c->others++;
		return 0;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		if (cluster_id_equal(&c->items[i].id, &seen->id)) {
			c->items[i] = *seen;
			return 0;
		}
	}
	if (c->count >= TIDB_API_LIST_CLUSTERS_MAX) {
		trouble_set(t, FAULT_MALFORMED, "the list is too long: more than %u clusters",
			TIDB_API_LIST_CLUSTERS_MAX);
		return 1;
	}
	if (c->count == c->size) {
		uint32_t size = c->size > 0 ? c->size * 2 : 8;
		struct cluster_seen *items = realloc(c->items, size * sizeof *items);
		if (!items)
			return err_origin(-ENOMEM);
		c->items = items;
		c->size = size;
	}
	c->items[c->count++] = *seen;
	return 0;
}

bool tidb_page_is_aws(const char *provider)
{
	return strcasecmp(provider, "aws") == 0;
}
