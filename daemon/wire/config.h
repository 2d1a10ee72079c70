/* SPDX-License-Identifier: Apache-2.0 */
/* config: configuration files as settings. Pure: bytes in, values and complaints out; wire/config_files.h
 * reads files.
 *
 * In this order: config_init(); config_parse_main() of cmekd.conf, then of each drop-in (a later file
 * overrides an earlier one); config_parse_project() of each project's file; config_environment(); config_finish().
 *
 * Every error is a complaint with file and line. Errors of a main file make the whole configuration unusable;
 * those of a project's file take only that project out.
 */
#pragma once
#include "base/buf.h"
#include "model/settings.h"
#include "wire/complaints.h"
#include "wire/settings_table.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_FILE_MAX_BYTES (256u * 1024u)
#define CONFIG_PROJECTS_MAX   32768u

struct config_project {
	struct project_settings settings;
	char *file;       /* for complaints; owned */
	uint32_t id_line; /* of Id= in it */
	bool broken;      /* its file has errors: only settings.name is good; it must not be acted for */
};

/* Where a main setting was written. */
struct config_origin {
	char file[COMPLAINT_FILE_BYTES];
	uint32_t line; /* 0: nowhere, it is the default */
};

struct config {
	struct daemon_settings daemon;
	struct cluster_settings cluster;  /* what a [Cluster NAME] begins with */
	struct project_settings defaults; /* what cmekd.conf's [Project] says for all; no name, id, vendor */
	bool broken;                      /* a main file has errors: nothing here must be used */
	struct config_project *projects;  /* in the order of parsing; owned */
	uint32_t project_count, project_size;
	struct config_origin origins[SETTING_ROWS_MAX]; /* by row of SETTING_TABLE */
};
#define CONFIG_INIT ((struct config){.projects = NULL})

/* Fills in the defaults of the table. `c` is CONFIG_INIT or was used before. */
void config_init(struct config *c);
void config_fini(struct config *c);

/* `file` is for complaints. Refuses: 1 if it complained; `c->broken` is then set. */
int config_parse_main(
	struct config *c, const char *file, const char *text, size_t len, struct complaints *complaints);
/* Adds a project, broken or not. After all main files. Refuses: 1 if it complained. Fails: -ENOMEM. */
int config_parse_project(struct config *c, const char *file, const struct project_name *name,
	const char *text, size_t len, struct complaints *complaints);
/* Adds a project whose file could not even be read, as broken; the caller has complained. Fails: -ENOMEM. */
int config_add_broken(struct config *c, const struct project_name *name);
/* What a variable of the environment holds; NULL: it is not set. */
typedef const char *config_variable_fn(const char *name);
/* AWS_ENDPOINT_URL_KMS, _STS, and AWS_ENDPOINT_URL for both, unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is "true" (AWS SDKs
 * and Tools Reference Guide, service-specific endpoints). They count where EndpointURL= is empty, and then what is no
 * endpoint is a complaint about the environment. Refuses: 1 if it complained; `c->broken` is then set. */
int config_environment(struct config *c, config_variable_fn *variable, struct complaints *complaints);
/* Contradictions over files: main settings, one project id in two files (both are broken then).
 * Refuses: 1 if `c->broken`. Fails: -ENOMEM. */
int config_finish(struct config *c, struct complaints *complaints);

/* The effective configuration in a form that parses back to the same values. */
void config_print_main(const struct config *c, struct buf *b);
void config_print_project(const struct project_settings *p, struct buf *b);
/* Both, for people: each file's part under a comment that names it. */
void config_print(const struct config *c, struct buf *b);
