/* SPDX-License-Identifier: Apache-2.0 */
/* journal: one line to journald with fields, or to stderr where there is no journal. Never fails the daemon.
 */
#pragma once
#include "model/notice.h"
#include <stdbool.h>

#define JOURNAL_IDENTIFIER "cmekd" /* SYSLOG_IDENTIFIER: journalctl -t cmekd */

/* Fields beside MESSAGE, PRIORITY, MESSAGE_ID, SYSLOG_IDENTIFIER and NOTICE. X(member, "FIELD") */
#define JOURNAL_FIELD_TABLE(X)                                                                               \
	X(project, "PROJECT")                                                                                \
	X(region, "REGION")                                                                                  \
	X(key_arn, "KEY_ARN")                                                                                \
	X(cluster, "CLUSTER")                                                                                \
	X(incident, "INCIDENT")                                                                              \
	X(reason, "REASON")                                                                                  \
	X(outcome, "OUTCOME")                                                                                \
	X(request_id, "REQUEST_ID")                                                                          \
	X(who, "WHO")                                                                                        \
	X(detail, "DETAIL") /* a service's words */                                                          \
	X(ledger_seq, "LEDGER_SEQ")                                                                          \
	X(ledger_head, "LEDGER_HEAD")

/* All texts are borrowed; NULL or "" = the field is left out. */
struct journal_fields {
#define X(member, field) const char *member;
	JOURNAL_FIELD_TABLE(X)
#undef X
};

/* Under journald ($JOURNAL_STREAM) the target is the journal, else the console: "<5>cmekd: text" lines on stderr.
 * `capture_file` (may be NULL): every line is also appended there as a JSON object a line, for tests. Fails:
 * negative errno of opening `capture_file`. */
int journal_open(const char *capture_file);
void journal_close(void);
/* Sends what journald would not take before (io/journal_native); to be called every second or so. */
void journal_flush(void);

/* Drops lines less important than this (syslog(3) number), at least JOURNAL_LEVEL_LEAST: an alert is told at any level. At start:
 * LOG_INFO. Refuses: 1 for a level less than that, or that is none. */
#define JOURNAL_LEVEL_LEAST 3 /* LOG_ERR */
int journal_set_level(int priority);
int journal_level(void);
/* By the names of systemd: "err", "warning", "notice", "info", "debug". -1: no name of a level. */
const char *journal_level_name(int priority);
int journal_level_of(const char *name);

/* Where lines go. X(ENUM, "name") */
#define JOURNAL_TARGET_TABLE(X)                                                                              \
	X(JOURNAL, "journal") /* with fields; to stderr where there is none */                               \
	X(CONSOLE, "console") /* stderr */
enum journal_target {
#define X(e, name) JOURNAL_TARGET_##e,
	JOURNAL_TARGET_TABLE(X)
#undef X
		JOURNAL_TARGET_COUNT
};
const char *journal_target_name(enum journal_target target);
/* "auto" is what journal_open() found. False: no such target. */
bool journal_target_of(const char *name, enum journal_target *ret_target);
void journal_set_target(enum journal_target target);
enum journal_target journal_target(void);

/* A notice: its row gives priority, MESSAGE_ID and text; `what` (may be NULL) says to what it happened. `fields`
 * may be NULL. */
void journal_notice(enum notice notice, const struct journal_fields *fields, const char *what, ...)
	__attribute__((format(printf, 3, 4)));
/* Anything else: details, and what is for who searches a fault. `fields` may be NULL. */
void journal_log(int priority, const struct journal_fields *fields, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
