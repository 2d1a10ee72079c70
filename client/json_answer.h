/* SPDX-License-Identifier: Apache-2.0 */
/* json_answer: the one object that --json writes, a member at a time. Lists that stand open are closed before the next member. */
#pragma once
#include "output.h"

void json_answer_close(struct output *o);
/* Opens a member; its value is written behind it. */
void json_answer_member(struct output *o, const char *name);
void json_answer_string(struct output *o, const char *name, const char *text);
/* What cmekd calls `wire_name`, as it came; nothing if it is not there. */
void json_answer_node(struct output *o, const char *name, const struct wire *wire, const char *wire_name);
