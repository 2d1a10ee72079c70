/* SPDX-License-Identifier: Apache-2.0 */
/* sts: AWS STS over the query protocol (service model sts 2011-06-15), as far as GetCallerIdentity goes. */
#pragma once
#include "request.h"
#include "world.h"

#define STS_TYPE "text/xml"

void sts_route(struct request *r);
bool sts_admit(struct world *w, struct request *r, struct reply *p);
void sts_act(struct world *w, struct request *r, struct reply *p);
void sts_error(struct reply *p, unsigned status, const char *code, const char *message);
