/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config_reader.h"
#include "wire/config_value.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

void *config_reader_base(const struct setting *row, struct daemon_settings *daemon,
	struct project_settings *project, struct cluster_settings *cluster)
{
	if (row->section == SETTING_SECTION_PROJECT)
		return project;
	if (row->section == SETTING_SECTION_CLUSTER)
		return cluster;
	return daemon;
}

size_t config_reader_index(const char *key)
{
	size_t count;
	const struct setting *rows = setting_rows(&count);
	for (size_t i = 0; i < count; i++)
		if (rows[i].section == SETTING_SECTION_PROJECT && strcmp(rows[i].key, key) == 0)
			return i;
	return 0;
}

/* Edits (insert, delete, replace; no case) from `a` to `b`, to guess what was meant. */
static size_t edits(const char *a, const char *b)
{
	size_t row[INI_NAME_MAX_BYTES + 2];
	size_t b_len = strlen(b);
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = diagonal + (strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[b_len];
}

static bool may_stand(const struct config_reader *r, const struct setting *row)
{
	return row->place == SETTING_PLACE_BOTH || (row->place == SETTING_PLACE_MAIN) == r->main;
}

/* [Cluster NAME]; and NAME, if there is one. */
static bool is_of_cluster(const char *section, const char **ret_name)
{
	const char *name = setting_section_name(SETTING_SECTION_CLUSTER);
	size_t len = strlen(name);

	if (strncmp(section, name, len) != 0 || (section[len] != '\0' && section[len] != ' '))
		return false;
	*ret_name = section[len] == ' ' ? section + len + 1 : "";
	return true;
}

/* As it stands in the table. */
static const char *section_of(const struct config_reader *r, const struct ini_item *item)
{
	return r->of_cluster ? setting_section_name(SETTING_SECTION_CLUSTER) : item->section;
}

static bool section_may_stand(const struct config_reader *r, const char *name)
{
	if (strcmp(name, setting_section_name(SETTING_SECTION_CLUSTER)) == 0)
		return !r->main;
	for (enum setting_section s = 0; s < SETTING_SECTION_COUNT; s++)
		if (strcmp(name, setting_section_name(s)) == 0)
			return r->main || s == SETTING_SECTION_PROJECT;
	return false;
}

static void complain_section(struct config_reader *r, const struct ini_item *item)
{
	complaints_add(r->complaints, r->file, item->line, "unknown section [%s]; expected %s", item->section,
		r->main ? "[Daemon], [TiDBCloud], [AWS], [Network] or [Project]"
			: "[Project] or [Cluster NAME]");
}

/* What is wrong with a key that is not in its section, as precisely as can be told. */
static void complain_key(struct config_reader *r, const struct ini_item *item)
{
	size_t count;
	const struct setting *rows = setting_rows(&count), *near = NULL;
	size_t least = 4;
	for (size_t i = 0; i < count; i++) {
		if (!may_stand(r, &rows[i]))
			continue;
		bool here = strcmp(setting_section_name(rows[i].section), section_of(r, item)) == 0;
		size_t n = edits(item->key, rows[i].key);
		if (n == 0 && !here && strcmp(item->key, rows[i].key) == 0) {
			complaints_add(r->complaints, r->file, item->line,
				"%s= does not belong to [%s]; expected it in [%s%s]", item->key,
				item->section, setting_section_name(rows[i].section),
				rows[i].section == SETTING_SECTION_CLUSTER ? " NAME" : "");
			return;
		}
		if (here && n < least) {
			least = n;
			near = &rows[i];
		}
	}
	if (near)
		complaints_add(r->complaints, r->file, item->line,
			"unknown key %s= in [%s]; expected %s= perhaps", item->key, item->section, near->key);
	else
		complaints_add(r->complaints, r->file, item->line,
			"unknown key %s= in [%s]; cmekd.%s(5) lists them", item->key, item->section,
			r->main ? "conf" : "project");
}

/* VendorContext= may repeat, but not one condition key in one file: nobody could tell which value holds. */
static bool is_repeated_context(struct config_reader *r, const struct setting *row, const char *value)
{
	size_t len = strcspn(value, "=");
	if (row->kind != SETTING_KIND_CONTEXT)
		return false;
	if (len == 0)
		r->given_count = 0; /* an empty value begins anew */
	for (uint32_t i = 0; i < r->given_count; i++)
		if (strlen(r->given[i].key) == len && strncasecmp(r->given[i].key, value, len) == 0)
			return true;
	if (len > 0 && r->given_count < VENDOR_CONTEXT_MAX && len < sizeof r->given[0].key) {
		memcpy(r->given[r->given_count].key, value, len);
		r->given[r->given_count++].key[len] = '\0';
	}
	return false;
}

static void feed_value(
	struct config_reader *r, size_t index, const struct setting *row, const struct ini_item *item)
{
	struct why why;
	bool twice = setting_is_list(row) ? is_repeated_context(r, row, item->value) : r->lines[index] > 0;
	if (twice) {
		complaints_add(r->complaints, r->file, item->line,
			"%s= for the second time (first in line %u); "
			"expected it once",
			row->key, r->lines[index]);
		return;
	}
	if (r->lines[index] == 0)
		r->lines[index] = item->line;
	uint32_t pins = r->project->pin_count;
	if (config_value_parse(row, item->value,
		    config_reader_base(row, &r->config->daemon, r->project, r->cluster), &why) != 0) {
		complaints_add(r->complaints, r->file, item->line, "%s=: %s", row->key, why.text);
		return;
	}
	if (r->project->pin_count > pins)
		r->pin_lines[pins] = item->line;
	if (r->main) {
		struct config_origin *origin = &r->config->origins[index];
		(void)snprintf(origin->file, sizeof origin->file, "%s", r->file);
		origin->line = item->line;
	}
}

/* Each section of its own: what was given in the one before is none of its business. */
static void open_cluster(struct config_reader *r, const struct ini_item *item, const char *name)
{
	struct project_settings *p = r->project;
	size_t count;
	const struct setting *rows = setting_rows(&count);

	r->cluster = NULL;
	for (size_t i = 0; i < count; i++)
		if (rows[i].section == SETTING_SECTION_CLUSTER)
			r->lines[i] = 0;
	if (r->main) {
		complain_section(r, item);
		return;
	}
	if (name[0] == '\0') {
		complaints_add(r->complaints, r->file, item->line,
			"[Cluster] without a name; expected [Cluster NAME], with the cluster's name or its "
			"id in TiDB Cloud");
		return;
	}
	for (uint32_t i = 0; i < p->cluster_count; i++)
		if (strcmp(p->clusters[i].label, name) == 0) {
			complaints_add(r->complaints, r->file, item->line,
				"[Cluster %s] for the second time (first in line %u); expected it once", name,
				r->cluster_lines[i]);
			return;
		}
	if (p->cluster_count == CLUSTER_SECTION_MAX) {
		complaints_add(r->complaints, r->file, item->line,
			"too many [Cluster NAME]; expected at most %d", CLUSTER_SECTION_MAX);
		return;
	}
	r->cluster_lines[p->cluster_count] = item->line;
	r->cluster = &p->clusters[p->cluster_count++];
	*r->cluster = r->config->cluster;
	(void)snprintf(r->cluster->label, sizeof r->cluster->label, "%s", name);
}

void config_reader_feed(void *arg, const struct ini_item *item)
{
	struct config_reader *r = arg;
	const char *name;
	if (!item->key) {
		r->of_cluster = is_of_cluster(item->section, &name);
		if (r->of_cluster) {
			open_cluster(r, item, name);
			return;
		}
		if (!section_may_stand(r, item->section))
			complain_section(r, item);
		return;
	}
	if (item->section[0] == '\0') {
		complaints_add(r->complaints, r->file, item->line,
			"%s= before the first section; expected a [Section] "
			"line above it",
			item->key);
		return;
	}
	if (r->of_cluster ? !r->cluster : !section_may_stand(r, item->section))
		return; /* its header was complained about */
	size_t count;
	const struct setting *rows = setting_rows(&count);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].key, item->key) != 0 ||
			strcmp(setting_section_name(rows[i].section), section_of(r, item)) != 0)
			continue;
		if (may_stand(r, &rows[i]))
			feed_value(r, i, &rows[i], item);
		else
			complaints_add(r->complaints, r->file, item->line,
				"%s= has no place here; expected it in a "
				"project's own file",
				item->key);
		return;
	}
	complain_key(r, item);
}
