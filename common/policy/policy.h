/* SPDX-License-Identifier: Apache-2.0 */
/* policy: a KMS key policy: parse -> evaluate -> explain -> edit. Pure: text in, values out.
 *
 * Rules and their standing: doc/key-policy.md. What the rules leave open is undecided, never a guess: an
 * Allow that cannot be decided must not count as a cut, and neither must a Deny. This version decides TiDB
 * Cloud's documented policy and its common variants (Principal, Action, Resource,
 * StringEquals/StringLike/ArnLike/Bool... on the known keys); any other construct makes its statement
 * undecided.
 */
#pragma once
#include "base/err.h"
#include "model/ids.h"
#include "model/key.h"
#include "model/moment.h"
#include "model/settings.h"
#include <stddef.h>

#define POLICY_MAX_BYTES 32768 /* KMS quota on a key policy (AWS KMS quotas), not adjustable */

enum policy_refusal {
	POLICY_E_JSON = 1,  /* not strict JSON (duplicate members included), or too large */
	POLICY_E_SHAPE,     /* JSON, but no policy document */
	POLICY_E_NO_SID,    /* edit: the statement to remove is not there */
	POLICY_E_TOO_LARGE, /* edit: the new text would exceed POLICY_MAX_BYTES */
	POLICY_E_PRESENT,   /* edit: a statement with this Sid is there already */
};

struct policy; /* parsed document */

/* Refuses: POLICY_E_JSON, POLICY_E_SHAPE, with line and column in `reterr_why`. Fails: -ENOMEM.
 * `text` is copied. */
int policy_parse(const char *text, size_t len, struct policy **ret_policy, struct why *reterr_why);
struct policy *policy_free(struct policy *p); /* returns NULL */

/* What is known of the vendor's requests. All pointers are borrowed. */
struct policy_context {
	struct account_id vendor, own; /* own: the key's account */
	struct region region;
	struct key_arn key;
	struct walltime now;
	const struct vendor_context *context; /* VendorContext= of the configuration */
	size_t context_count;
	const struct ledger_id *own_ledger; /* may be NULL */
	const struct ledger_id *siblings;   /* ledgers of the daemon's other projects */
	size_t sibling_count;
};

/* The two purposes: cannot fail; constructs that are not understood are undecided. `ret_timed` (may be NULL):
 * the answer depends on `now`, so it must not be kept. */
void policy_access(
	const struct policy *p, const struct policy_context *c, struct access *ret_access, bool *ret_timed);

enum policy_answer { POLICY_DENIED, POLICY_ALLOWED, POLICY_UNDECIDED };
const char *policy_answer_name(enum policy_answer a);

struct policy_decision {
	enum policy_answer answer;
	uint32_t statement; /* number from 1 of the deciding statement, 0: none matched */
	uint32_t line;      /* of that statement in the text, from 1 */
	char sid[128];      /* its Sid, cut; "" if none */
	char why[384];      /* one sentence */
	char remedy[256];   /* one sentence, or "" */
};
/* Why one action is allowed, denied or undecided. */
void policy_explain(const struct policy *p, const struct policy_context *c, enum need need,
	struct policy_decision *ret_decision);

/* May `principal` (an IAM user, role or assumed-role ARN of account `c->own`) call `action` directly, by the
 * key policy or by delegation to the account (then the answer rests on IAM, which cannot be seen: ALLOWED)?
 */
enum policy_answer policy_self(
	const struct policy *p, const struct policy_context *c, const char *principal, const char *action);

/* The Sid of a cut: "CmekdCut" LEDGER "I" INCIDENT, letters and digits only. */
#define POLICY_SID_BYTES 48
void policy_cut_sid(
	const struct ledger_id *ledger, struct incident_id incident, char ret_sid[POLICY_SID_BYTES]);

/* Adds the Deny statement {"AWS":"*"} kms:* with StringEquals kms:CallerAccount = vendor as the last
 * statement; every other byte stays. Refuses: POLICY_E_JSON, _SHAPE, _TOO_LARGE, _PRESENT. Fails: -ENOMEM, -EINVAL (a Sid that is not letters and digits).
 * Caller frees `*ret_text`. */
int policy_add_cut(const char *text, size_t len, const char *sid, const struct account_id *vendor,
	char **ret_text, struct why *reterr_why);
/* Removes the statement with exactly this Sid; every other byte stays but the comma and blanks that joined
 * it. remove(add(text)) == text. Refuses: POLICY_E_JSON, _SHAPE (also if the Sid is there twice, or is
 * the one statement of a policy without an array), _NO_SID. Fails: -ENOMEM. Caller frees `*ret_text`. */
int policy_remove_cut(const char *text, size_t len, const char *sid, char **ret_text, struct why *reterr_why);
/* Whether a statement with this Sid is there. */
bool policy_has_sid(const struct policy *p, const char *sid);
