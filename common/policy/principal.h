/* SPDX-License-Identifier: Apache-2.0 */
/* principal: whom a statement is about. */
#pragma once
#include "policy/document.h"
#include "policy/request.h"
#include "policy/tri.h"

/* Whether the statement's Principal (or NotPrincipal) takes in the caller. */
enum tri principal_eval(const struct policy *p, const struct statement *s, const struct request *r);

/* The account of a principal ("123456789012" or an IAM or STS ARN of any kind). Refuses: 1 for all else. */
int principal_account(const char *text, struct account_id *ret_account);
/* Whether it names the account as a whole: its number or its root ARN. */
bool principal_is_account(const char *text);
/* Unique ids ("AIDA...", "AROA...") are what a deleted user or role leaves behind: they match nobody, and KMS will
 * probably refuse a text with them. */
bool principal_is_deleted(const char *text);
