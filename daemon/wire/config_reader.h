/* SPDX-License-Identifier: Apache-2.0 */
/* config_reader: one configuration file, line by line: finds the row of each setting and what is wrong with
 * it. */
#pragma once
#include "wire/config.h"
#include "wire/ini.h"

/* Reading of one file. */
struct config_reader {
	struct config *config;
	const char *file;
	bool main;                        /* a main file, else a project's */
	struct project_settings *project; /* where [Project] goes: the defaults, or the project */
	struct complaints *complaints;
	uint32_t lines[SETTING_ROWS_MAX]; /* where a row was given in this file; 0: not */
	uint32_t pin_lines[KEY_PIN_MAX];
	bool of_cluster;                  /* the section is a [Cluster NAME]; then: */
	struct cluster_settings *cluster; /* NULL: its header was complained about */
	uint32_t cluster_lines[CLUSTER_SECTION_MAX];
	struct vendor_context given[VENDOR_CONTEXT_MAX]; /* VendorContext= of this file */
	uint32_t given_count;
};

/* An ini_fn; `arg` is the struct config_reader. */
void config_reader_feed(void *arg, const struct ini_item *item);

/* The struct that the row's offset counts from. */
void *config_reader_base(const struct setting *row, struct daemon_settings *daemon,
	struct project_settings *project, struct cluster_settings *cluster);
/* Index of a row of [Project] in SETTING_TABLE. */
size_t config_reader_index(const char *key);
