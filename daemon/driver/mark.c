/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/mark.h"
#include "base/array.h"
#include "base/err.h"
#include "driver/project.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_former(const struct project *p, const struct cluster_id *id, const char *name)
{
	for (uint32_t i = 0; i < p->former_count; i++)
		if (cluster_id_equal(&p->formers[i].id, id) && strcmp(p->formers[i].name, name) == 0)
			return true;
	return false;
}

int mark_called(struct project *p, const struct cluster_id *id, const char *name)
{
	uint32_t index = core_find_cluster(&p->core, id);
	const char *was = index == CORE_NO_INDEX ? "" : p->core.clusters[index].name;
	struct mark_former *former;

	if (!*was || !*name || strcmp(was, name) == 0 || is_former(p, id, was) ||
		p->former_count == MARK_FORMER_MAX)
		return 0;
	if (array_grow(&p->formers, &p->former_size, p->former_count + 1, sizeof *p->formers) != 0)
		return err_origin(-ENOMEM);
	former = &p->formers[p->former_count++];
	former->id = *id;
	(void)snprintf(former->name, sizeof former->name, "%s", was);
	return 0;
}

static void add(struct cluster_mark *mark, const struct cluster_mark *more)
{
	mark->excluded = mark->excluded || more->excluded;
	if (more->reaction > mark->reaction)
		mark->reaction = more->reaction;
	if (mark->order == CLUSTER_ORDER_DEFAULT)
		mark->order = more->order;
}

struct cluster_mark mark_of(const struct project *p, const struct cluster_id *id, const char *name)
{
	struct cluster_mark mark = cluster_settings_mark(p->clusters, p->cluster_count, id->text, name);

	for (uint32_t i = 0; p->cluster_count > 0 && i < p->former_count; i++) {
		const struct mark_former *f = &p->formers[i];
		struct cluster_mark was;

		if (!cluster_id_equal(&f->id, id))
			continue;
		was = cluster_settings_mark(p->clusters, p->cluster_count, id->text, f->name);
		add(&mark, &was);
	}
	return mark;
}

int mark_entry(struct project *p, struct inbox_entry *entry)
{
	struct event *e = &entry->event;
	bool one = e->type == EV_CLUSTER && e->cluster.fault == FAULT_NONE;
	struct cluster_seen *items = one ? &e->cluster.seen : entry->items;
	size_t count = one ? 1 : e->type == EV_CLUSTERS ? e->clusters.count : 0;

	for (size_t i = 0; i < count; i++) {
		if (mark_called(p, &items[i].id, items[i].name) < 0)
			return -ENOMEM;
		items[i].mark = mark_of(p, &items[i].id, items[i].name);
	}
	return 0;
}

struct cluster_mark *mark_known(const struct project *p)
{
	const struct core *core = &p->core;
	struct cluster_mark *marks = malloc((core->cluster_count + 1) * sizeof *marks);

	for (uint32_t i = 0; marks && i < core->cluster_count; i++)
		marks[i] = mark_of(p, &core->clusters[i].id, core->clusters[i].name);
	return marks;
}

bool mark_is_found(const struct project *p, const struct cluster_settings *section)
{
	for (uint32_t i = 0; i < p->core.cluster_count; i++) {
		const struct cluster *c = &p->core.clusters[i];

		if (c->state != CLUSTER_STATE_GONE && c->duty != DUTY_GONE &&
			(strcmp(section->label, c->id.text) == 0 || strcmp(section->label, c->name) == 0 ||
				is_former(p, &c->id, section->label)))
			return true;
	}
	return false;
}
