/* SPDX-License-Identifier: Apache-2.0 */
/* notices: what people are told through the journal, with its fields: to what it happened, why, and the head
 * of the ledger that proves it. */
#pragma once
#include "model/notice.h"

struct deed;
struct hub;
struct project;

/* An FX_NOTICE of the core. */
void notices_tell(const struct project *p, const struct deed *deed);
/* About a project, from the driver itself; `detail` says why. */
void notices_project(const struct project *p, enum notice notice, const char *detail);
/* The daily line of a project; the head of its ledger is added to it. */
void notices_summary(const struct project *p, enum notice notice, const char *detail);
/* About the daemon. `detail` may be NULL. */
void notices_daemon(struct hub *hub, enum notice notice, const char *detail);
