/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/give.h"
#include "base/buf.h"
#include "base/own.h"
#include "policy/document.h"
#include "policy/render.h"
#include <errno.h>
#include <string.h>

#define JOIN_BYTES_MAX 128 /* of blanks that are repeated in front of what is added, for looks */

static void policy_cleanup(struct policy **p)
{
	*p = policy_free(*p);
}

/* ---- which statements ---- */

struct giving {
	bool wanted;     /* this purpose is not wholly allowed */
	uint32_t at;     /* statement that bears the Sid; UINT32_MAX: none */
	struct buf text; /* of the statement */
};

static bool lacks(const struct access *a, const char *purpose)
{
	for (unsigned n = 0; n < NEED_COUNT; n++)
		if (strcmp(need_purpose((enum need)n), purpose) == 0 && !(a->allowed & NEED_BIT(n)))
			return true;
	return false;
}

static uint32_t find_sid(const struct policy *p, const char *sid)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (!p->statements[i].is_deny && strcmp(p->statements[i].sid, sid) == 0)
			return i;
	return UINT32_MAX;
}

/* ---- the new text ---- */

/* The blanks that stand directly before byte `at`. */
static size_t blanks_before(const char *text, size_t at)
{
	size_t n = 0;

	while (n < at && n < JOIN_BYTES_MAX && strchr(" \t\r\n", text[at - n - 1]))
		n++;
	return n;
}

static void add_rest(
	struct buf *b, const struct policy *p, const struct giving g[RENDER_STATEMENT_COUNT], bool any_before)
{
	const struct json_node *last = p->count > 0 ? &p->tree.nodes[p->statements[p->count - 1].node] : NULL;
	size_t blanks = last ? blanks_before(p->text, last->start) : 0;

	for (unsigned i = 0; i < RENDER_STATEMENT_COUNT; i++) {
		if (!g[i].wanted || g[i].at != UINT32_MAX)
			continue;
		buf_add(b, any_before ? "," : "");
		if (last)
			buf_append(b, p->text + last->start - blanks, blanks);
		buf_append(b, g[i].text.data, g[i].text.len);
		any_before = true;
	}
}

static const struct giving *replaces(const struct giving g[RENDER_STATEMENT_COUNT], uint32_t statement)
{
	for (unsigned i = 0; i < RENDER_STATEMENT_COUNT; i++)
		if (g[i].wanted && g[i].at == statement)
			return &g[i];
	return NULL;
}

/* One statement without an array becomes an array. */
static void merge(const struct policy *p, const struct giving g[RENDER_STATEMENT_COUNT], struct buf *b)
{
	const struct json_node *list = &p->tree.nodes[p->statement_node];
	bool is_array = list->type == JSON_ARRAY;
	size_t at = 0;

	if (!is_array) {
		buf_append(b, p->text, list->start);
		buf_add(b, "[");
		at = list->start;
	}
	for (uint32_t i = 0; i < p->count; i++) {
		const struct json_node *n = &p->tree.nodes[p->statements[i].node];
		const struct giving *by = replaces(g, i);

		buf_append(b, p->text + at, n->start - at);
		if (by)
			buf_append(b, by->text.data, by->text.len);
		else
			buf_append(b, p->text + n->start, n->end - n->start);
		at = n->end;
	}
	if (p->count == 0) {
		buf_append(b, p->text, list->start + 1);
		at = list->start + 1;
	}
	add_rest(b, p, g, p->count > 0);
	buf_add(b, is_array ? "" : "]");
	buf_append(b, p->text + at, p->len - at);
}

/* ---- whether it helps ---- */

/* Refuses: POLICY_E_EFFECT. */
static int check_effect(const char *text, const struct policy_context *c, struct why *w)
{
	_cleanup_(policy_cleanup) struct policy *p = NULL;
	struct access access;
	int r = policy_parse(text, strlen(text), &p, w);

	if (r != 0)
		return r;
	policy_access(p, c, &access, NULL);
	for (unsigned n = 0; n < NEED_COUNT; n++) {
		struct policy_decision d;

		if (access.allowed & NEED_BIT(n))
			continue;
		policy_explain(p, c, (enum need)n, &d);
		why_set(w, "even with TiDB Cloud's statements: %.300s; %.180s", d.why, d.remedy);
		return POLICY_E_EFFECT;
	}
	return 0;
}

static int finish(struct buf *b, const struct policy_context *c, char **ret_text, struct why *w)
{
	int r;

	if (b->trouble == -EMSGSIZE) {
		why_set(w,
			"with TiDB Cloud's statements the policy exceeds the %d bytes that KMS takes; "
			"shorten it "
			"first",
			POLICY_MAX_BYTES);
		return POLICY_E_TOO_LARGE;
	}
	if (b->trouble)
		return b->trouble;
	r = check_effect(b->data, c, w);
	if (r == 0)
		*ret_text = buf_take(b);
	return r;
}

int give_merge(
	const char *text, size_t len, const struct policy_context *c, char **ret_text, struct why *reterr_why)
{
	_cleanup_(policy_cleanup) struct policy *p = NULL;
	_cleanup_(buf_fini) struct buf b = BUF_INIT(POLICY_MAX_BYTES);
	const struct render in = {.vendor = &c->vendor, .region = &c->region};
	struct giving g[RENDER_STATEMENT_COUNT] = {{.wanted = false}};
	struct access access;
	bool wanted = false;
	int r = policy_parse(text, len, &p, reterr_why);

	if (r != 0)
		return r;
	policy_access(p, c, &access, NULL);
	for (unsigned i = 0; i < RENDER_STATEMENT_COUNT; i++) {
		g[i] = (struct giving){.wanted = lacks(&access, render_statement_purpose(i)),
			.at = find_sid(p, render_statement_sid(i)),
			.text = BUF_INIT(POLICY_MAX_BYTES)};
		render_statement(&in, i, &g[i].text);
		wanted = wanted || g[i].wanted;
		r = g[i].text.trouble ? g[i].text.trouble : r;
	}
	if (r == 0 && wanted)
		merge(p, g, &b);
	for (unsigned i = 0; i < RENDER_STATEMENT_COUNT; i++)
		buf_fini(&g[i].text);
	if (r != 0)
		return r;
	if (!wanted) {
		why_set(reterr_why, "the policy gives account %s all that it needs already", c->vendor.text);
		return POLICY_E_PRESENT;
	}
	return finish(&b, c, ret_text, reterr_why);
}
