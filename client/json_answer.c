/* SPDX-License-Identifier: Apache-2.0 */
#include "json_answer.h"
#include "json_put.h"

void json_answer_close(struct output *o)
{
	FILE *to = o->page.to;

	if (o->in_records) {
		(void)fputs(o->records ? "\n      ]\n    }" : "]\n    }", to);
		o->in_records = false;
	}
	if (o->in_projects || o->in_ledgers) {
		(void)fputs(o->items ? "\n  ]" : "]", to);
		o->in_projects = o->in_ledgers = false;
	}
	o->items = 0;
}

void json_answer_member(struct output *o, const char *name)
{
	json_answer_close(o);
	(void)fputs(o->members++ ? "," : "{", o->page.to);
	json_put_break(o->page.to, 1);
	(void)fprintf(o->page.to, "\"%s\": ", name);
}

void json_answer_string(struct output *o, const char *name, const char *text)
{
	json_answer_member(o, name);
	json_put_string(o->page.to, text);
}

void json_answer_node(struct output *o, const char *name, const struct wire *wire, const char *wire_name)
{
	uint32_t node = json_member(wire->tree, wire->node, wire_name);

	if (node == JSON_NONE)
		return;
	json_answer_member(o, name);
	json_put_node(o->page.to, wire->tree, node, 1);
}
