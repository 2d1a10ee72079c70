/* SPDX-License-Identifier: Apache-2.0 */
/* cut: whose cmekd Deny statement is it? Told by its Sid. */
#pragma once
#include "model/key.h"
#include "policy/policy.h"

/* CUT_BY_NONE if the Sid is none of cmekd's. */
enum cut_by cut_of_sid(const char *sid, const struct policy_context *c);
