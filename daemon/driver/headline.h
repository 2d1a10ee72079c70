/* SPDX-License-Identifier: Apache-2.0 */
/* headline: a project in one word for the eye, and what is wrong with it in sentences. */
#pragma once
#include "base/err.h"
#include "model/moment.h"
#include <stdint.h>

struct incident;
struct project;

/* From good to bad: a project shows the worst of its bindings. X(ENUM, "name") */
#define HEADLINE_TABLE(X)                                                                                    \
	X(USABLE, "usable")       /* seen usable, and cmekd would react */                                   \
	X(SUSPENDED, "suspended") /* usable, but an operator switched automatic acts off */                  \
	X(STARTING, "starting")   /* not judged since start */                                               \
	X(UNARMED, "unarmed")     /* never seen usable: cmekd would not react */                             \
	X(DEGRADED, "degraded")   /* some actions are withheld */                                            \
	X(DARK, "dark")           /* cut, and every cluster read as PAUSED */                                \
	X(RESTORING, "restoring") /* access seems back; clusters are or will be resumed */                   \
	X(BLIND, "blind")         /* cannot be judged */                                                     \
	X(PAUSING, "pausing")     /* being paused, or paused and yet not dark */                             \
	X(LOST, "lost")           /* access is lost, clusters run */                                         \
	X(WAITING, "waiting")     /* a person has to decide */                                               \
	X(BROKEN, "broken")       /* not watched, or nothing would be done: its ledger cannot be used */

enum headline {
#define X(e, name) HEADLINE_##e,
	HEADLINE_TABLE(X)
#undef X
		HEADLINE_COUNT
};
const char *headline_name(enum headline h);

enum headline headline_of_project(const struct project *p);
enum headline headline_of_binding(const struct project *p, uint32_t binding);

/* Why the binding is not dark, or that it is; names the clusters that the configuration excludes. */
void headline_dark(const struct project *p, uint32_t binding, struct why *ret_why);

/* People have to revoke the vendor's grants: cmekd may not, and some are alive, or it is not known. */
bool headline_grants_by_hand(const struct incident *in);

/* Each problem as a sentence; their number. `each` may be NULL: only count. */
typedef void headline_problem_fn(const char *sentence, void *arg);
uint32_t headline_problems(const struct project *p, headline_problem_fn *each, void *arg);
