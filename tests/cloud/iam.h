/* SPDX-License-Identifier: Apache-2.0 */
/* iam: what an identity may do: by an IAM policy document of its own ("IAM JSON policy elements reference", IAM user guide), where
 * the key policy leaves that to the account. Much simpler than AWS's: a document with anything that is not known here grants
 * nothing, so that a test of such a document fails. */
#pragma once
#include "cmk.h"
#include "request.h"
#include "world.h"

/* `action`: "kms:DescribeKey". `in`: the request's body. An identity without a document may do everything. */
bool iam_permits(
	const struct access_key *k, const char *action, const char *resource, struct json_object *in);
/* The key policy gives the account all of its power, to be handed on by IAM: AWS's default statement. */
bool iam_delegated(const struct cmk *k);
