/* SPDX-License-Identifier: Apache-2.0 */
/* kms: AWS KMS over AWS JSON 1.1 (service model kms 2014-11-01; AWS KMS developer guide for states). */
#pragma once
#include "request.h"
#include "world.h"

#define KMS_TYPE "application/x-amz-json-1.1"

/* Reads operation and key from the request. */
void kms_route(const struct world *w, struct request *r);
/* Checks the signature. False: `p` holds the refusal. */
bool kms_admit(struct world *w, struct request *r, struct reply *p);
void kms_act(struct world *w, struct request *r, struct reply *p);
void kms_error(struct reply *p, unsigned status, const char *code, const char *message);
void kms_denied(const struct world *w, const struct request *r, struct reply *p);
