/* SPDX-License-Identifier: Apache-2.0 */
#include "base/own.h"
#include "policy/document.h"
#include "policy/policy.h"
#include "policy/principal.h"
#include <stdio.h>
#include <string.h>

static void policy_cleanup(struct policy **p)
{
	(void)policy_free(*p);
}

/* KMS API reference, PutKeyPolicy: [\u0009\u000A\u000D\u0020-\u00FF]+. In UTF-8 that is ASCII and what begins with 0xc2 or
 * 0xc3; the other control characters are no JSON. */
static int check_characters(const struct policy *p, struct why *w)
{
	for (size_t i = 0; i < p->len; i++)
		if ((unsigned char)p->text[i] > 0xc3) {
			uint32_t line, column;

			json_position(&p->tree, (uint32_t)i, &line, &column);
			why_set(w,
				"line %u, column %u: a character that KMS takes in no key policy (beyond "
				"U+00FF); write it as \\uXXXX, or without it",
				line, column);
			return POLICY_E_CHARACTER;
		}
	return 0;
}

static int check_lockout(
	const struct policy *p, const struct policy_context *c, const char *own, struct why *w)
{
	static const char *const actions[] = {"kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:DescribeKey"};
	char lost[128] = "";

	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
		enum policy_answer a = policy_self(p, c, own, actions[i]);
		size_t len = strlen(lost);

		if (a != POLICY_ALLOWED)
			(void)snprintf(lost + len, sizeof lost - len, "%s%s (%s)", len > 0 ? ", " : "",
				actions[i], policy_answer_name(a));
	}
	if (!*lost)
		return 0;
	why_set(w,
		"by this policy cmekd's own principal %.120s could not surely call %s: nobody could be sure "
		"to "
		"undo it; allow it these first",
		own, lost);
	return POLICY_E_LOCKOUT;
}

static int check_deleted(const struct policy *p, struct why *w)
{
	for (uint32_t i = 0; i < p->count; i++)
		json_for_each_member (&p->tree, p->statements[i].principal, type) {
			values_for_each(p, json_value(type), v)
			{
				const char *text = policy_value(p, v.node);

				if (!text || !principal_is_deleted(text))
					continue;
				why_set(w,
					"line %u names %.40s, which is what a deleted user or role leaves "
					"behind: KMS will probably refuse the policy; take it out first",
					policy_line(p, v.node), text);
				return POLICY_E_DELETED;
			}
		}
	return 0;
}

int policy_review(
	const char *text, size_t len, const struct policy_context *c, const char *own, struct why *reterr_why)
{
	_cleanup_(policy_cleanup) struct policy *p = NULL;
	int r = policy_parse(text, len, &p, reterr_why);

	if (r == 0)
		r = check_characters(p, reterr_why);
	if (r == 0 && own)
		r = check_lockout(p, c, own, reterr_why);
	if (r == 0)
		r = check_deleted(p, reterr_why);
	return r;
}
