/* SPDX-License-Identifier: Apache-2.0 */
/* verbs: what can be asked of cmekd. One table: dispatch and rights of the daemon, cmekctl's verbs with their
 * help, and the manual come from it; a test compares it with io.cmekd.varlink. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Who may: root always; members of OperateGroup= all; members of ReadGroup= what needs READ; others nothing.
 */
enum verb_needs { VERB_NEEDS_READ, VERB_NEEDS_OPERATE };

/* X(ENUM, "Method", NEEDS, STREAMS, "cmekctl words", "arguments", "help")
 * STREAMS: may be called with "more". The method is called "io.cmekd." "Method". */
#define VERB_TABLE(X)                                                                                        \
	X(PING, "Ping", READ, false, "ping", "", "ask whether cmekd answers")                                \
	X(STATUS, "Status", READ, true, "status", "[PROJECT]",                                               \
		"show projects, keys, incidents and clusters")                                               \
	X(MONITOR, "Monitor", READ, true, "monitor", "PROJECT", "show a project again whenever it changes")  \
	X(EXPLAIN, "Explain", READ, false, "explain", "PROJECT[/REGION]",                                    \
		"say why the verdict is what it is, and what would change it")                               \
	X(PLAN, "Plan", READ, false, "plan", "revoke|restore PROJECT[/REGION]",                              \
		"show what revoke or restore would do now; changes nothing")                                 \
	X(REVOKE, "Revoke", OPERATE, false, "revoke", "PROJECT[/REGION]",                                    \
		"cut the vendor from the key, then pause the clusters that depend on it")                    \
	X(RESTORE, "Restore", OPERATE, false, "restore", "PROJECT[/REGION]",                                 \
		"give access back, then resume the clusters that the incident paused")                       \
	X(APPROVE, "Approve", OPERATE, false, "approve", "PROJECT INCIDENT",                                 \
		"let an incident that waits for a person pause its clusters")                                \
	X(DECLINE, "Decline", OPERATE, false, "decline", "PROJECT INCIDENT",                                 \
		"keep the clusters running although access is lost")

/* What cmekctl does without the daemon. X(ENUM, "cmekctl words", "arguments", "help") */
#define OFFLINE_VERB_TABLE(X)                                                                                \
	X(VERIFY, "verify", "LEDGER...", "check the hash chain of ledger files, offline")                    \
	X(VERSION, "version", "", "show the version")

enum verb {
#define X(e, method, needs, streams, words, arguments, help) VERB_##e,
	VERB_TABLE(X)
#undef X
		VERB_COUNT
};

#define VERB_INTERFACE "io.cmekd"

/* Static texts of a row. */
const char *verb_method(enum verb v); /* "io.cmekd.Ping" */
const char *verb_words(enum verb v);
const char *verb_arguments(enum verb v);
const char *verb_help(enum verb v);
enum verb_needs verb_needs(enum verb v);
const char *verb_needs_name(enum verb_needs n); /* "read", "operate" */
bool verb_streams(enum verb v);
/* From a full method name, "io.cmekd.Ping". False if no row has it. */
bool verb_parse_method(const char *method, enum verb *ret_verb);
