/* SPDX-License-Identifier: Apache-2.0 */
/* session: one run of cmekctl: asks cmekd, and turns what goes wrong into a text and an exit code.
 *
 * Functions that give an `int` here give 0, or an enum exit_code of which the trouble was shown already. */
#pragma once
#include "connection.h"
#include "grammar.h"
#include "output.h"
#include "proto/verbs.h"
#include "view.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_object;

#define SESSION_READ_MS (15 * 1000) /* questions */
#define SESSION_ACT_MS  (60 * 1000) /* verbs that are durable in the ledger before they are answered */
#define SESSION_ERRAND_MS                                                                                    \
	(180 * 1000)    /* what ends only at the cloud: it waits for its turn, reads and is sent */
#define SESSION_NAMES 8 /* names that an error proposes */

struct session {
	const struct request *request;
	struct output *out; /* its arena holds what the session makes */
	const char *socket;
	struct connection connection;
	struct proto_reply reply; /* the last one; borrows from the connection */
	FILE *in;                 /* for answers; NULL: nobody can be asked */
};

void session_init(struct session *s, const struct request *request, struct output *out, FILE *in);
void session_fini(struct session *s);

/* Parameters: members that are NULL or "" are left out. The result is for one session_send. NULL: no memory. */
struct json_object *session_parameters(const char *project, const char *region, const char *reason);

/* Connects if need be, and sends. Takes `parameters` (may be NULL). */
int session_send(struct session *s, const char *method, struct json_object *parameters, bool more);
/* The next reply, read as `kind` into the output's arena; `ret_view` NULL: its parameters are not looked at. An error
 * of cmekd becomes trouble. */
int session_receive(struct session *s, int64_t timeout_ms, enum view_kind kind, void *ret_view);
/* Both, for a question. */
int session_ask(struct session *s, enum verb verb, struct json_object *parameters, enum view_kind kind,
	void *ret_view);
/* Both, for Plan. Refused with `tolerated`: see session_act. */
int session_plan(struct session *s, struct json_object *parameters, const char *tolerated,
	struct view_plans *ret_plans, bool *ret_tolerated);
/* Both, for a verb that acts: if no answer comes, it may have begun, and that is said. Refused with `tolerated` (an
 * answer of the core; NULL: none) is no trouble: `*ret_tolerated` is then true and nothing is read. */
int session_act(struct session *s, enum verb verb, struct json_object *parameters, const char *tolerated,
	enum view_kind kind, void *ret_view, bool *ret_tolerated);

/* The same for an errand: `ret_end` is how it ended. */
int session_errand(
	struct session *s, enum verb verb, struct json_object *parameters, struct view_errand *ret_end);

/* The parameters of the last reply. */
struct wire session_wire(const struct session *s);
/* Whether the last reply was this error of io.cmekd, e.g. "Refused", with this answer (NULL: any). */
bool session_was_refused(const struct session *s, const char *error, const char *answer);

/* Whether somebody can be asked, or need not be. Gives 0, or an exit code of which the trouble was shown. */
int session_may_ask(struct session *s);
/* Asks for the project's name as a confirmation; --yes needs no answer. */
int session_confirm(struct session *s, const char *what);
/* The same with the name of something else: of what, `of` says. */
int session_confirm_name(struct session *s, const char *what, const char *of, const char *name);
