/* SPDX-License-Identifier: Apache-2.0 */
/* vendor: the documented way to revoke: the vendor is taken out of the Allow statements, and put back later. */
#pragma once
#include "base/err.h"
#include "policy/policy.h"

/* Takes out the vendor's own principals and the values of kms:CallerAccount, aws:PrincipalAccount and aws:PrincipalArn that are
 * its own. A statement that lets nobody else in goes as a whole; one that admits others keeps them. Every other byte stays.
 * Grants that were made before stay alive: an Allow that is gone is no grant revoked.
 * Refuses: POLICY_E_JSON, _SHAPE (nothing would be left, which KMS does not take), _ABSENT, _EFFECT (the vendor would
 * still be let in, or may be: `reterr_why` names the statement). Fails: -ENOMEM. Caller frees `*ret_text`. */
int vendor_remove(const char *text, size_t len, const struct policy_context *c, char **ret_text,
	struct why *reterr_why);

/* Puts back into `text` what vendor_remove() took out of `old`. If `text` means what that gave, the result is `old`, byte for
 * byte; else each statement is put back where its rest still stands, and whole ones at the end; all other edits stay.
 * Refuses: POLICY_E_JSON, _SHAPE, _ABSENT, _TOO_LARGE, _CONFLICT (the rest of a statement was changed or removed), _EFFECT (the
 * vendor would not get back all that it had). Fails: -ENOMEM. Caller frees `*ret_text`. */
int vendor_restore(const char *text, size_t len, const char *old, size_t old_len,
	const struct policy_context *c, char **ret_text, struct why *reterr_why);

/* Whether a statement, an Allow or a Deny, names the vendor's principals and nobody else, or has a condition that only the vendor's
 * calls can meet. */
struct statement;
bool vendor_is_alone(const struct policy *p, const struct statement *s, const struct account_id *vendor);

#define VENDOR_LOSSES_MAX                                                                                    \
	128 /* principals that are looked at; of more than that it is told that there are more */
/* Told of each action that somebody else could, or perhaps could, call by `before` and can no more by `after`. `principal`
 * is an account, an ARN, a service, or a phrase for all who call without naming an account (`action` is then "*"). */
typedef void vendor_loss_fn(void *arg, const char *principal, const char *action);
void vendor_losses(const struct policy *before, const struct policy *after, const struct policy_context *c,
	vendor_loss_fn *tell, void *arg);
