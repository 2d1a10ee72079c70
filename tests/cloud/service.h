/* SPDX-License-Identifier: Apache-2.0 */
/* service: which of the clouds' services a request to the cloud port is for; each is functions from a request
 * and the world to a reply. */
#pragma once
#include "cloud.h"
#include "request.h"

const char *service_name(enum service s); /* "none", "kms", "sts", "sqs", "v1beta", "dedicated", "metadata" */
/* Finds the service, and what of it is meant. False: nobody's path. */
bool service_route(const struct world *w, struct request *r);
/* Checks who asks. False: `p` holds the refusal. */
bool service_admit(struct cloud *cloud, struct request *r, struct reply *p);
/* Carries the request out. The reply's manner may become REPLY_LATER: then it is to be called again. */
void service_act(struct cloud *cloud, struct request *r, struct reply *p);
