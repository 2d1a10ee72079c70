/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config.h"
#include "base/err.h"
#include "base/own.h"
#include "wire/config_reader.h"
#include "wire/config_value.h"
#include "wire/ini.h"
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void config_init(struct config *c)
{
	config_fini(c);
	size_t count;
	const struct setting *rows = setting_rows(&count);
	for (size_t i = 0; i < count; i++)
		if (rows[i].initial &&
			config_value_parse(&rows[i], rows[i].initial,
				config_reader_base(&rows[i], &c->daemon, &c->defaults, &c->cluster),
				NULL) != 0)
			c->broken =
				true; /* a default that is no value: a test sees to it that there is none */
}

void config_fini(struct config *c)
{
	for (uint32_t i = 0; i < c->project_count; i++)
		free(c->projects[i].file);
	free(c->projects);
	*c = CONFIG_INIT;
}

/* ---- what values say together ---- */

/* X("Key that is too long", member, "Key that bounds it", member, "why") */
#define ORDER_TABLE(X)                                                                                       \
	X("ConfirmInterval", confirm_ms, "PollInterval", poll_ms, "a confirmation is a quicker look")        \
	X("IncidentInterval", incident_ms, "ClustersInterval", clusters_ms, "incidents are read more often") \
	X("PollInterval", poll_ms, "BlindAlert", blind_alert_ms,                                             \
		"else every key looks blind between two looks")

struct order {
	const char *key, *bound_key, *why;
	int64_t value, bound;
};

/* Where a complaint about two keys belongs: at the one that was written. Refuses: false if neither was, here.
 */
static bool order_origin(const struct config *c, const struct config_reader *r, const struct order *o,
	const char **ret_file, uint32_t *ret_line)
{
	size_t indices[] = {config_reader_index(o->key), config_reader_index(o->bound_key)};
	for (size_t i = 0; i < 2; i++) {
		uint32_t line = r ? r->lines[indices[i]] : c->origins[indices[i]].line;
		if (line > 0) {
			*ret_file = r ? r->file : c->origins[indices[i]].file;
			*ret_line = line;
			return true;
		}
	}
	return false;
}

/* `r`: of a project's file; NULL: the main files' defaults. A contradiction of the defaults is told once,
 * there. */
static void check_order(const struct config *c, const struct config_reader *r,
	const struct policy_settings *p, struct complaints *complaints)
{
	const struct order orders[] = {
#define X(key_, member, bound_key_, bound_member, why_)                                                      \
	{.key = key_, .bound_key = bound_key_, .why = why_, .value = p->member, .bound = p->bound_member},
		ORDER_TABLE(X)
#undef X
	};
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		const char *file;
		uint32_t line;
		if (orders[i].value > orders[i].bound && order_origin(c, r, &orders[i], &file, &line))
			complaints_add(complaints, file, line,
				"%s= is longer than %s=; expected it not to be: %s", orders[i].key,
				orders[i].bound_key, orders[i].why);
	}
}

static void check_project(struct config_reader *r)
{
	const struct project_settings *p = r->project;
	size_t id = config_reader_index("Id"), vendor = config_reader_index("VendorAccount");
	if (r->lines[id] == 0)
		complaints_add(r->complaints, r->file, 0,
			"Id= is missing in [Project]; expected the project's "
			"number in TiDB Cloud");
	if (r->lines[vendor] == 0)
		complaints_add(r->complaints, r->file, 0,
			"VendorAccount= is missing in [Project]; expected the "
			"AWS account in which TiDB Cloud runs the clusters");
	for (uint32_t i = 0; i < p->pin_count; i++) {
		struct account_id account;
		if (key_arn_parse(p->pins[i].text, strlen(p->pins[i].text), &(struct key_arn){{0}}, NULL,
			    &account) == 0 &&
			strcmp(account.text, p->vendor.text) == 0)
			complaints_add(r->complaints, r->file, r->pin_lines[i],
				"VendorAccount must not be the key's own account; expected the account of "
				"TiDB Cloud in VendorAccount=, and yours in Key=");
	}
	check_order(r->config, r, &p->policy, r->complaints);
}

/* ---- whole files ---- */

static bool is_too_long(const char *file, size_t len, struct complaints *complaints)
{
	if (len <= CONFIG_FILE_MAX_BYTES)
		return false;
	complaints_add(complaints, file, 0, "the file is too long; expected at most %u bytes",
		CONFIG_FILE_MAX_BYTES);
	return true;
}

int config_parse_main(
	struct config *c, const char *file, const char *text, size_t len, struct complaints *complaints)
{
	uint32_t before = complaints_total(complaints);
	struct config_reader r = {
		.config = c, .file = file, .main = true, .project = &c->defaults, .complaints = complaints};
	if (!is_too_long(file, len, complaints))
		ini_parse(text, len, file, config_reader_feed, &r, complaints);
	if (complaints_total(complaints) == before)
		return 0;
	c->broken = true;
	return 1;
}

static int config_grow(struct config *c)
{
	if (c->project_count < c->project_size)
		return 0;
	uint32_t size = c->project_size > 0 ? c->project_size * 2 : 4;
	struct config_project *projects = realloc(c->projects, size * sizeof *projects);
	if (!projects)
		return err_origin(-ENOMEM);
	c->projects = projects;
	c->project_size = size;
	return 0;
}

static int config_add(
	struct config *c, const char *file, const struct project_name *name, struct config_project **ret)
{
	char *copy = strdup(file);
	if (!copy)
		return err_origin(-ENOMEM);
	int r = config_grow(c);
	if (r < 0) {
		free(copy);
		return r;
	}
	struct config_project *p = &c->projects[c->project_count++];
	*p = (struct config_project){.settings = c->defaults, .file = copy};
	p->settings.name = *name;
	*ret = p;
	return 0;
}

static void break_project(struct config_project *p)
{
	struct project_name name = p->settings.name;
	p->settings = (struct project_settings){.name = name};
	p->broken = true;
}

int config_parse_project(struct config *c, const char *file, const struct project_name *name,
	const char *text, size_t len, struct complaints *complaints)
{
	uint32_t before = complaints_total(complaints);
	struct config_project *p;
	int r = config_add(c, file, name, &p);
	if (r < 0)
		return r;
	struct config_reader reader = {
		.config = c, .file = file, .project = &p->settings, .complaints = complaints};
	if (!is_too_long(file, len, complaints)) {
		ini_parse(text, len, file, config_reader_feed, &reader, complaints);
		check_project(&reader);
	}
	p->id_line = reader.lines[config_reader_index("Id")];
	if (complaints_total(complaints) == before)
		return 0;
	break_project(p);
	return 1;
}

int config_add_broken(struct config *c, const struct project_name *name)
{
	struct config_project *p;
	int r = config_add(c, name->text, name, &p);
	if (r < 0)
		return r;
	break_project(p);
	return 0;
}

static const struct setting *endpoint_row(void)
{
	size_t count;
	const struct setting *row = setting_rows(&count);
	while (row->section != SETTING_SECTION_AWS ||
		row->offset != offsetof(struct daemon_settings, aws_url))
		row++;
	return row;
}

int config_environment(struct config *c, config_variable_fn *variable, struct complaints *complaints)
{
	static const struct {
		const char *name;
		enum aws_service service; /* COUNT: all */
	} variables[] = {                 /* a later one wins */
		{"AWS_ENDPOINT_URL", AWS_SERVICE_COUNT}, {"AWS_ENDPOINT_URL_KMS", AWS_KMS},
		{"AWS_ENDPOINT_URL_STS", AWS_STS}, {"AWS_ENDPOINT_URL_SQS", AWS_SQS}};
	const char *ignore = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
	uint32_t before = complaints_total(complaints);
	if (c->daemon.aws_url[0] != '\0' || (ignore && strcasecmp(ignore, "true") == 0))
		return 0;
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		struct daemon_settings read;
		struct why why;
		const char *value = variable(variables[i].name);
		if (!value || value[0] == '\0')
			continue;
		if (config_value_parse(endpoint_row(), value, &read, &why) != 0) {
			complaints_add(complaints, "environment", 0, "%s: %s", variables[i].name, why.text);
			continue;
		}
		for (size_t j = 0; j < AWS_SERVICE_COUNT; j++)
			if (variables[i].service == AWS_SERVICE_COUNT || variables[i].service == j)
				memcpy(c->daemon.aws_urls.of[j], read.aws_url, sizeof read.aws_url);
	}
	if (complaints_total(complaints) == before)
		return 0;
	c->broken = true;
	return 1;
}

static int compare_ids(const void *a, const void *b)
{
	const struct config_project *const *pa = a, *const *pb = b;
	int r = strcmp((*pa)->settings.id.text, (*pb)->settings.id.text);
	return r != 0 ? r : strcmp((*pa)->settings.name.text, (*pb)->settings.name.text);
}

/* Both files are out: which of the two is meant cannot be told, and they may differ in Reaction=. */
static int check_duplicates(struct config *c, struct complaints *complaints)
{
	_cleanup_free_ struct config_project **sorted = calloc(c->project_count + 1u, sizeof *sorted);
	size_t count = 0;
	if (!sorted)
		return err_origin(-ENOMEM);
	for (uint32_t i = 0; i < c->project_count; i++)
		if (!c->projects[i].broken)
			sorted[count++] = &c->projects[i];
	qsort(sorted, count, sizeof *sorted, compare_ids);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1;
			end < count && project_id_equal(&sorted[i]->settings.id, &sorted[end]->settings.id);)
			end++;
		for (size_t j = i; end - i > 1 && j < end; j++) {
			const struct config_project *other = sorted[j == i ? i + 1 : i];
			complaints_add(complaints, sorted[j]->file, sorted[j]->id_line,
				"Id=%s is also the Id of %s; expected one file a project",
				sorted[i]->settings.id.text, other->file);
		}
		if (end - i > 1)
			for (size_t j = i; j < end; j++)
				sorted[j]->broken = true; /* cleared below: the ids are still compared */
	}
	for (uint32_t i = 0; i < c->project_count; i++)
		if (c->projects[i].broken)
			break_project(&c->projects[i]);
	return 0;
}

int config_finish(struct config *c, struct complaints *complaints)
{
	uint32_t before = complaints_total(complaints);
	check_order(c, NULL, &c->defaults.policy, complaints);
	if (complaints_total(complaints) != before)
		c->broken = true;
	for (size_t i = 0; i < AWS_SERVICE_COUNT && c->daemon.aws_url[0] != '\0'; i++)
		memcpy(c->daemon.aws_urls.of[i], c->daemon.aws_url, sizeof c->daemon.aws_url);
	int r = check_duplicates(c, complaints);
	if (r < 0)
		return r;
	return c->broken ? 1 : 0;
}

/* ---- printing ---- */

static void print_section(
	enum setting_section section, enum setting_place never, const void *base, struct buf *b)
{
	size_t count;
	const struct setting *rows = setting_rows(&count);
	for (size_t i = 0; i < count; i++)
		if (rows[i].section == section && rows[i].place != never)
			config_value_print(&rows[i], base, b);
}

void config_print_main(const struct config *c, struct buf *b)
{
	for (enum setting_section s = 0; s < SETTING_SECTION_COUNT; s++) {
		const void *base = &c->daemon;
		if (s == SETTING_SECTION_CLUSTER)
			continue;
		if (s == SETTING_SECTION_PROJECT)
			base = &c->defaults;
		buf_printf(b, "%s[%s]\n", s == 0 ? "" : "\n", setting_section_name(s));
		print_section(s, SETTING_PLACE_FILE, base, b);
	}
}

void config_print_project(const struct project_settings *p, struct buf *b)
{
	buf_printf(b, "[%s]\n", setting_section_name(SETTING_SECTION_PROJECT));
	print_section(SETTING_SECTION_PROJECT, SETTING_PLACE_MAIN, p, b);
	for (uint32_t i = 0; i < p->cluster_count; i++) {
		buf_printf(b, "\n[%s %s]\n", setting_section_name(SETTING_SECTION_CLUSTER),
			p->clusters[i].label);
		print_section(SETTING_SECTION_CLUSTER, SETTING_PLACE_MAIN, &p->clusters[i], b);
	}
}

void config_print(const struct config *c, struct buf *b)
{
	buf_add(b, "# cmekd.conf\n");
	config_print_main(c, b);
	static const char *const titles[] = {
#define X(e, name) #e,
		AWS_SERVICE_TABLE(X)
#undef X
	};
	for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
		if (c->daemon.aws_url[0] == '\0' && c->daemon.aws_urls.of[i][0] != '\0')
			buf_printf(b, "# the environment: %s is asked at %s\n", titles[i],
				c->daemon.aws_urls.of[i]);
	for (uint32_t i = 0; i < c->project_count; i++) {
		buf_printf(b, "\n# projects.d/%s.conf\n", c->projects[i].settings.name.text);
		if (c->projects[i].broken)
			buf_add(b, "# has errors: this project is not watched\n");
		else
			config_print_project(&c->projects[i].settings, b);
	}
}
