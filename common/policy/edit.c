/* SPDX-License-Identifier: Apache-2.0 */
/* Edits cut and join spans of the given text, so that every byte that is not ours stays as it was.
 *
 *   array of statements   A, B        <->  A, B, CUT       joined by a comma and the blanks in front of B
 *   empty array           []          <->  [CUT]
 *   one statement         A           <->  [A ,CUT]        the blank before the comma tells it from an array
 * of one
 */
#include "policy/policy.h"
#include "base/buf.h"
#include "base/own.h"
#include "policy/document.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JOIN_BYTES_MAX 128 /* of blanks that are repeated in front of the cut, for looks */

static void policy_cleanup(struct policy **p)
{
	(void)policy_free(*p);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The blanks that stand directly before byte `at`. */
static size_t blanks_before(const char *text, size_t at)
{
	size_t n = 0;

	while (n < at && n < JOIN_BYTES_MAX && is_blank(text[at - n - 1]))
		n++;
	return n;
}

static bool is_sid(const char *sid)
{
	return *sid &&
	       strspn(sid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == strlen(sid);
}

static void add_statement(struct buf *b, const char *sid, const struct account_id *vendor)
{
	buf_printf(b,
		"{\"Sid\":\"%s\",\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"kms:*\","
		"\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"kms:CallerAccount\":\"%s\"}}}",
		sid, vendor->text);
}

/* Gives the finished text away. Refuses: POLICY_E_TOO_LARGE. Fails: -ENOMEM. */
static int finish(struct buf *b, char **ret_text, struct why *w)
{
	if (b->trouble == -EMSGSIZE) {
		why_set(w,
			"with one more statement the policy exceeds the %d bytes that KMS takes; shorten it "
			"first",
			POLICY_MAX_BYTES);
		return POLICY_E_TOO_LARGE;
	}
	if (b->trouble)
		return b->trouble;
	*ret_text = buf_take(b);
	return 0;
}

int policy_add_cut(const char *text, size_t len, const char *sid, const struct account_id *vendor,
	char **ret_text, struct why *reterr_why)
{
	_cleanup_(policy_cleanup) struct policy *p = NULL;
	_cleanup_(buf_fini) struct buf b = BUF_INIT(POLICY_MAX_BYTES);
	const struct json_node *list, *last;
	bool is_array;
	size_t at;
	int r;

	if (!is_sid(sid))
		return err_origin(-EINVAL);
	r = policy_parse(text, len, &p, reterr_why);
	if (r != 0)
		return r;
	if (policy_has_sid(p, sid)) {
		why_set(reterr_why, "the policy has a statement with Sid %s already", sid);
		return POLICY_E_PRESENT;
	}
	is_array = json_is(&p->tree, p->statement_node, JSON_ARRAY);
	list = &p->tree.nodes[p->statement_node];
	last = p->count > 0 ? &p->tree.nodes[p->statements[p->count - 1].node] : NULL;
	at = last ? last->end : list->start + 1;
	buf_append(&b, text, is_array ? at : list->start);
	if (!is_array) {
		buf_add(&b, "[");
		buf_append(&b, text + list->start, at - list->start);
		buf_add(&b, " ,");
	} else if (last) {
		size_t blanks = blanks_before(text, last->start);

		buf_add(&b, ",");
		buf_append(&b, text + last->start - blanks, blanks);
	}
	add_statement(&b, sid, vendor);
	if (!is_array)
		buf_add(&b, "]");
	buf_append(&b, text + at, len - at);
	return finish(&b, ret_text, reterr_why);
}

/* [A ,CUT] as add made it from the one statement A. */
static bool was_single(const struct policy *p, uint32_t cut)
{
	const struct json_node *list = &p->tree.nodes[p->statement_node], *a, *b;

	if (p->count != 2 || cut != 1)
		return false;
	a = &p->tree.nodes[p->statements[0].node];
	b = &p->tree.nodes[p->statements[1].node];
	return a->start == list->start + 1 && b->end + 1 == list->end && b->start == a->end + 2 &&
	       p->text[a->end] == ' ';
}

/* Bytes [from, to) go with the statement: with the comma and blanks that join it to the one before, or after
 * if it is the first. */
static void span_to_remove(const struct policy *p, uint32_t cut, size_t *ret_from, size_t *ret_to)
{
	const struct json_node *n = &p->tree.nodes[p->statements[cut].node];

	*ret_from = cut > 0 ? p->tree.nodes[p->statements[cut - 1].node].end : n->start;
	*ret_to = cut == 0 && p->count > 1 ? p->tree.nodes[p->statements[1].node].start : n->end;
}

/* Refuses: POLICY_E_NO_SID, POLICY_E_SHAPE if it is there twice. */
static int find_one(const struct policy *p, const char *sid, uint32_t *ret_cut, struct why *w)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < p->count; i++)
		if (strcmp(p->statements[i].sid, sid) == 0 && found++ == 0)
			*ret_cut = i;
	if (found == 0) {
		why_set(w, "the policy has no statement with Sid %s", sid);
		return POLICY_E_NO_SID;
	}
	if (found > 1 || !json_is(&p->tree, p->statement_node, JSON_ARRAY)) {
		why_set(w,
			found > 1 ? "the policy has more than one statement with Sid %s; remove them by hand"
				  : "the statement with Sid %s is all the policy has; KMS takes no policy "
				    "without one",
			sid);
		return POLICY_E_SHAPE;
	}
	return 0;
}

int policy_remove_cut(const char *text, size_t len, const char *sid, char **ret_text, struct why *reterr_why)
{
	_cleanup_(policy_cleanup) struct policy *p = NULL;
	_cleanup_(buf_fini) struct buf b = BUF_INIT(POLICY_MAX_BYTES);
	size_t from = 0, to = 0;
	uint32_t cut = 0;
	int r;

	r = policy_parse(text, len, &p, reterr_why);
	if (r == 0)
		r = find_one(p, sid, &cut, reterr_why);
	if (r != 0)
		return r;
	if (was_single(p, cut)) {
		const struct json_node *a = &p->tree.nodes[p->statements[0].node];

		buf_append(&b, text, a->start - 1);
		buf_append(&b, text + a->start, a->end - a->start);
		to = p->tree.nodes[p->statement_node].end;
	} else {
		span_to_remove(p, cut, &from, &to);
		buf_append(&b, text, from);
	}
	buf_append(&b, text + to, len - to);
	return finish(&b, ret_text, reterr_why);
}
