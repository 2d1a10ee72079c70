/* SPDX-License-Identifier: Apache-2.0 */
/* journal: one line to journald with fields, or to stderr where there is no journal. Never fails the daemon.
 */
#pragma once
#include "model/notice.h"
#include <stdbool.h>

/* Fields beside MESSAGE, PRIORITY, MESSAGE_ID, SYSLOG_IDENTIFIER=cmekd and NOTICE. X(member, "FIELD") */
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

/* Under journald ($JOURNAL_STREAM) fields go to the journal, else "<5>cmekd: text" lines to stderr.
 * `capture_file` (may be NULL): every line is also appended there as a JSON object a line, for tests. Fails:
 * negative errno of opening `capture_file`. */
int journal_open(const char *capture_file);
void journal_close(void);

/* Drops lines less important than this (syslog(3) number, 0..7). At start: 6. */
void journal_set_level(int priority);
int journal_level(void);

/* A notice: its row gives priority, MESSAGE_ID and text; `what` (may be NULL) says to what it happened. */
void journal_notice(enum notice notice, const struct journal_fields *fields, const char *what, ...)
	__attribute__((format(printf, 3, 4)));
/* Anything else. `fields` may be NULL. */
void journal_log(int priority, const struct journal_fields *fields, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
