/* SPDX-License-Identifier: Apache-2.0 */
/* view: a project as the Varlink types of io.cmekd.varlink. Each builds a tree that the caller owns; NULL: no
 * memory. */
#pragma once
#include "model/moment.h"
#include <stdbool.h>
#include <stdint.h>

struct json_object;
struct project;

struct view {
	struct moment now;
	bool still; /* all ages and rests are 0: two views of an unchanged project are equal */
};

struct json_object *view_project(const struct project *p, struct view view);
/* PlanBinding; `restore`: of the verb, else of a revoke that is asked for with `how`, a set of CAUSE_HOW. "sharedWith" is empty: the
 * caller knows the others. */
struct json_object *view_plan(
	const struct project *p, uint32_t binding, bool restore, uint8_t how, struct view view);
/* Reply of Check. */
struct json_object *view_checks(struct project *p, struct moment now);
struct checks_line;
struct tree;
/* CheckLine. */
struct json_object *view_check(struct tree *t, const struct checks_line *line);
