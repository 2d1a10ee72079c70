/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_json.h"
#include "json_answer.h"
#include "json_put.h"
#include <inttypes.h>

static void pair_phrase(FILE *to, const char *name, const char *text)
{
	json_put_pair(to, 3, false, name, *text ? text : NULL);
}

static void put_decision(FILE *to, enum need need, const struct policy_decision *d)
{
	(void)fputc('{', to);
	json_put_pair(to, 3, true, "purpose", need_purpose(need));
	json_put_pair(to, 3, false, "action", need_action(need));
	json_put_pair(to, 3, false, "result", policy_answer_name(d->answer));
	if (d->statement > 0) {
		json_put_number(to, 3, "statement", d->statement);
		json_put_number(to, 3, "line", d->line);
	}
	pair_phrase(to, "sid", d->sid);
	pair_phrase(to, "condition", d->condition);
	pair_phrase(to, "inPolicy", d->in_policy);
	pair_phrase(to, "inRequest", d->in_request);
	pair_phrase(to, "why", d->why);
	pair_phrase(to, "remedy", d->remedy);
	json_put_break(to, 2);
	(void)fputc('}', to);
}

void policy_json(struct output *o, const struct output_policy *policy)
{
	FILE *to = o->page.to;

	json_answer_string(o, "policy", policy->path);
	json_answer_string(o, "account", policy->account);
	json_answer_string(o, "region", policy->region);
	json_answer_string(o, "summary", policy_summary_name(policy->summary));
	json_answer_member(o, "grantsSurvive");
	(void)fputs(policy->grants_survive ? "true" : "false", to);
	json_answer_member(o, "needsVersion");
	(void)fprintf(to, "%d", NEED_TABLE_VERSION);
	json_answer_member(o, "decisions");
	for (unsigned n = 0; n < NEED_COUNT; n++) {
		(void)fputs(n == 0 ? "[" : ",", to);
		json_put_break(to, 2);
		put_decision(to, (enum need)n, &policy->decisions[n]);
	}
	json_put_break(to, 1);
	(void)fputc(']', to);
}

void policy_json_simulated(struct output *o, const struct policy_result *r)
{
	json_answer_string(o, "decision", policy_answer_name(r->answer));
	json_answer_string(o, "reason", policy_reason_name(r->reason));
	json_answer_member(o, "statement");
	(void)fprintf(o->page.to, r->statement > 0 ? "%" PRIu32 : "null", r->statement);
	json_answer_member(o, "sid");
	if (r->sid)
		json_put_string(o->page.to, r->sid);
	else
		(void)fputs("null", o->page.to);
}

void policy_json_compared(struct output *o, const struct compare_list *list, bool equal)
{
	FILE *to = o->page.to;

	json_answer_member(o, "same");
	(void)fputs(equal ? "true" : "false", to);
	json_answer_member(o, "statements");
	(void)fputc('[', to);
	for (size_t i = 0; i < list->count; i++) {
		const struct compare_statement *s = &list->statements[i];

		(void)fputs(i > 0 ? "," : "", to);
		json_put_break(to, 2);
		(void)fputc('{', to);
		json_put_pair(to, 3, true, "is", compare_kind_name(s->kind));
		if (s->before > 0)
			json_put_number(to, 3, "before", s->before);
		if (s->after > 0)
			json_put_number(to, 3, "after", s->after);
		pair_phrase(to, "sid", s->sid);
		json_put_strings(to, "minus", s->minus, s->minus_count);
		json_put_strings(to, "plus", s->plus, s->plus_count);
		json_put_break(to, 2);
		(void)fputc('}', to);
	}
	json_put_break(to, 1);
	(void)fputc(']', to);
}
