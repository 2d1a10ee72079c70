/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/adopt.h"
#include "base/own.h"
#include "policy/cut.h"
#include "policy/document.h"
#include "policy/vendor.h"
#include "policy/verdict.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void policy_cleanup(struct policy **p)
{
	(void)policy_free(*p);
}

void adopt_removed_fini(struct adopt_removed *r)
{
	free(r->text);
	free(r->statement);
	*r = ADOPT_REMOVED_INIT;
}

bool adopt_is_plain(const char *sid)
{
	for (const char *c = sid; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '\'' || *c == '\\')
			return false;
	return *sid != '\0' && *sid != '-';
}

/* Whether a statement applies to what the vendor needs: TRUE if it surely does to any of `needs`. */
static enum tri refuses(
	const struct policy *p, const struct policy_context *c, const struct statement *s, uint16_t needs)
{
	enum tri any = TRI_FALSE;

	for (enum need n = 0; n < NEED_COUNT; n++) {
		struct request r;

		if (!(needs & NEED_BIT(n)))
			continue;
		request_of_need(c, n, &r);
		any = tri_or(any, verdict_of_statement(p, s, &r).whole);
	}
	return any;
}

/* Refuses: POLICY_E_EFFECT. */
static int judge(
	const struct policy *p, const struct policy_context *c, uint32_t index, struct why *reterr_why)
{
	const struct statement *s = &p->statements[index];
	uint32_t number = index + 1, line = policy_line(p, s->node);

	if (!s->is_deny) {
		why_set(reterr_why,
			"statement %u (line %u) is no Deny: nothing but a Deny that keeps TiDB Cloud out is "
			"removed; change it by hand",
			number, line);
		return POLICY_E_EFFECT;
	}
	if (cut_of_sid(s->sid, c) == CUT_BY_SIBLING) {
		why_set(reterr_why,
			"statement %u (line %u) is the cut of another project of this cmekd on the same key: "
			"cmekctl restore of that project removes it",
			number, line);
		return POLICY_E_EFFECT;
	}
	switch (refuses(p, c, s, NEED_ALL)) {
	case TRI_FALSE:
		why_set(reterr_why,
			"statement %u (line %u) refuses TiDB Cloud's account %s nothing that it needs: to "
			"remove it would give no access back; cmekctl explain names what does",
			number, line, c->vendor.text);
		return POLICY_E_EFFECT;
	case TRI_UNKNOWN:
		why_set(reterr_why,
			"whether statement %u (line %u) keeps account %s out cannot be decided from here: "
			"change it by hand; cmekctl explain says why",
			number, line, c->vendor.text);
		return POLICY_E_EFFECT;
	case TRI_TRUE:
		break;
	}
	if (vendor_is_alone(p, s, &c->vendor))
		return 0;
	why_set(reterr_why,
		"statement %u (line %u) refuses others too, whom its removal would let in: exempt account %s "
		"from "
		"it by hand",
		number, line, c->vendor.text);
	return POLICY_E_EFFECT;
}

bool adopt_find(const struct policy *p, const struct policy_context *c, struct adopt_found *ret_found)
{
	const uint16_t vital = NEED_BIT(NEED_EBS_DECRYPT) | NEED_BIT(NEED_EBS_CREATE_GRANT);
	bool any = false;

	for (uint32_t i = 0; i < p->count; i++) {
		const struct statement *s = &p->statements[i];
		struct adopt_found f = {
			.statement = i + 1, .line = policy_line(p, s->node), .why = {.text = ""}};

		if (!s->is_deny || refuses(p, c, s, vital) != TRI_TRUE)
			continue;
		if (strlen(s->sid) < sizeof f.sid)
			(void)snprintf(f.sid, sizeof f.sid, "%s", s->sid);
		f.may = judge(p, c, i, &f.why) == 0;
		if (f.may && !adopt_is_plain(f.sid)) {
			f.may = false;
			why_set(&f.why,
				"statement %u (line %u) has no Sid by which it could be named: remove it by "
				"hand, or give it one",
				f.statement, f.line);
		}
		if (!any || f.may)
			*ret_found = f;
		any = true;
		if (f.may)
			break;
	}
	return any;
}

/* Refuses: POLICY_E_NO_SID, POLICY_E_SHAPE. */
static int find_sid(const struct policy *p, const struct policy_context *c, const char *sid,
	uint32_t *ret_index, struct why *w)
{
	struct adopt_found other;
	uint32_t found = 0;

	if (!adopt_is_plain(sid)) {
		why_set(w, "this is no Sid by which a statement could be named");
		return POLICY_E_NO_SID;
	}
	for (uint32_t i = 0; i < p->count; i++)
		if (strcmp(p->statements[i].sid, sid) == 0 && found++ == 0)
			*ret_index = i;
	if (found == 1 && p->count == 1) {
		why_set(w, "the statement with this Sid is all the policy has, and KMS takes none without "
			   "statements");
		return POLICY_E_SHAPE;
	}
	if (found == 1)
		return 0;
	if (found > 1) {
		why_set(w, "the key policy has more than one statement with this Sid; remove them by hand");
		return POLICY_E_SHAPE;
	}
	if (!adopt_find(p, c, &other))
		why_set(w, "the key policy has no statement with this Sid, and no Deny keeps account %s out",
			c->vendor.text);
	else if (other.may)
		why_set(w,
			"the key policy has no statement with this Sid; what keeps account %s out is "
			"statement %u "
			"(line %u): --adopt '%s'",
			c->vendor.text, other.statement, other.line, other.sid);
	else
		why_set(w, "the key policy has no statement with this Sid; what keeps account %s out: %s",
			c->vendor.text, other.why.text);
	return POLICY_E_NO_SID;
}

static int access_of(const char *text, const struct policy_context *c, struct access *ret_access)
{
	_cleanup_(policy_cleanup) struct policy *p = NULL;
	int r = policy_parse(text, strlen(text), &p, NULL);

	if (r == 0)
		policy_access(p, c, ret_access, NULL);
	return r;
}

int adopt_remove(const char *text, size_t len, const struct policy_context *c, const char *sid,
	struct adopt_removed *ret_removed, struct why *reterr_why)
{
	_cleanup_(policy_cleanup) struct policy *p = NULL;
	_cleanup_(adopt_removed_fini) struct adopt_removed made = ADOPT_REMOVED_INIT;
	const struct json_node *node;
	uint32_t index = 0;
	int r = policy_parse(text, len, &p, reterr_why);

	if (r == 0)
		r = find_sid(p, c, sid, &index, reterr_why);
	if (r == 0)
		r = judge(p, c, index, reterr_why);
	if (r == 0)
		r = policy_remove_cut(text, len, sid, &made.text, reterr_why);
	if (r == 0)
		r = access_of(made.text, c, &made.access);
	if (r != 0)
		return r;
	node = &p->tree.nodes[p->statements[index].node];
	/* `text` need not end with a NUL, p->text does. */
	made.statement = strndup(p->text + node->start, node->end - node->start);
	if (!made.statement)
		return err_origin(-ENOMEM);
	r = digest_of(made.statement, node->end - node->start, &made.digest);
	if (r != 0)
		return r;
	made.number = index + 1;
	made.line = policy_line(p, p->statements[index].node);
	*ret_removed = made;
	made = ADOPT_REMOVED_INIT;
	return 0;
}
