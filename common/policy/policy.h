/* SPDX-License-Identifier: Apache-2.0 */
/* policy: a KMS key policy: parse -> evaluate -> explain -> edit. Pure: text in, values out.
 *
 * Rules and their standing: doc/key-policy.md. What the rules leave open is undecided, never a guess: an
 * Allow that cannot be decided must not count as a cut, and neither must a Deny.
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
	POLICY_E_ABSENT,    /* edit: no Allow statement names the vendor */
	POLICY_E_EFFECT,    /* edit: the new text would not do what is wanted */
	POLICY_E_CONFLICT,  /* edit: what was taken out does not fit into the text any more */
	POLICY_E_CHARACTER, /* review: a character that KMS takes in no policy */
	POLICY_E_LOCKOUT,   /* review: the daemon could not describe the key, or read or put its policy */
	POLICY_E_DELETED,   /* review: names a deleted user or role, which KMS will probably refuse */
	POLICY_E_REQUEST,   /* simulate: a principal, action, resource or value that is none */
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
	/* As DescribeKey tells them; NULL or "": not known. "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS",
	 * "true" or "false". */
	const char *key_spec, *key_usage, *key_origin, *key_multi_region;
};

/* The vendor is said to be whoever owns the key: what the owner may do tells nothing of TiDB Cloud, and a cut would shut out the
 * owner. */
bool policy_vendor_owns(const struct policy_context *c);
#define POLICY_OWNER_TODO "set VendorAccount= to the AWS account in which TiDB Cloud runs the clusters"

/* The two purposes: cannot fail; constructs that are not understood are undecided, and everything is if policy_vendor_owns().
 * `ret_timed` (may be NULL): the answer depends on `now`, so it must not be kept. */
void policy_access(
	const struct policy *p, const struct policy_context *c, struct access *ret_access, bool *ret_timed);

enum policy_answer { POLICY_DENIED, POLICY_ALLOWED, POLICY_UNDECIDED };
const char *policy_answer_name(enum policy_answer a);

/* What the two purposes come to. X(ENUM, "name", "meaning") */
#define POLICY_SUMMARY_TABLE(X)                                                                              \
	X(USABLE, "usable", "every action of both purposes is allowed by key policy")                        \
	X(DEGRADED, "degraded", "some action of a purpose is missing")                                       \
	X(LOST, "lost", "neither Decrypt nor CreateGrant is allowed for ebs")                                \
	X(UNDECIDED, "undecided", "the policy does not say for sure")

enum policy_summary {
#define X(e, name, meaning) POLICY_SUMMARY_##e,
	POLICY_SUMMARY_TABLE(X)
#undef X
		POLICY_SUMMARY_COUNT
};
/* As the core judges a look: lost only if nothing vital may be allowed; undecided wherever it matters. */
enum policy_summary policy_summary_of(const struct access *a);
const char *policy_summary_name(enum policy_summary s);
const char *policy_summary_meaning(enum policy_summary s);

/* ---- any request ---- */

#define POLICY_VALUE_MAX_BYTES 2048 /* of a condition key's value in a request */

/* What is stated of one condition key; names ignore case. Keys that are not named are known to be absent. */
struct policy_key {
	const char *name;
	const char *const *values; /* one, or several of a multivalued key; none: absent */
	size_t count;
	bool is_unknown; /* neither its values nor its presence are known */
};

struct policy_request {
	/* An account (its number or root ARN), the ARN of a user, role, role session or federated user, or a
	 * service ("ec2.amazonaws.com"). */
	const char *principal;
	const char *action;   /* "kms:Decrypt" */
	const char *resource; /* the key's ARN; "": not known */
	const struct policy_key *keys;
	size_t key_count;
};

/* X(ENUM, "name", "meaning") */
#define POLICY_REASON_TABLE(X)                                                                               \
	X(ALLOW, "allow", "an Allow statement matches, and no Deny")                                         \
	X(EXPLICIT_DENY, "explicit-deny", "a Deny statement matches")                                        \
	X(NO_MATCH, "no-match", "no statement matches")                                                      \
	X(NOT_CROSS_ACCOUNT, "not-cross-account",                                                            \
		"an Allow statement matches, but KMS gives this action to the key's own account only")       \
	X(OPEN_DENY, "undecided-deny", "an Allow matches, and whether a Deny does is not known")             \
	X(OPEN_ALLOW, "undecided-allow", "no Deny matches, and whether an Allow does is not known")

enum policy_reason {
#define X(e, name, meaning) POLICY_REASON_##e,
	POLICY_REASON_TABLE(X)
#undef X
		POLICY_REASON_COUNT
};
const char *policy_reason_name(enum policy_reason r);
const char *policy_reason_meaning(enum policy_reason r);

struct policy_result {
	enum policy_answer answer;
	enum policy_reason reason;
	uint32_t
		statement; /* number from 1 of the deciding statement (if undecided: of the open one); 0: none */
	uint32_t line;     /* of that statement in the text, from 1; 0: none */
	const char *sid; /* its Sid; NULL: none. Belongs to the policy */
};
/* Whether it is what policy_request.principal may be. */
bool policy_is_principal(const char *text);
/* Refuses: POLICY_E_REQUEST. */
int policy_simulate(const struct policy *p, const struct policy_request *request,
	struct policy_result *ret_result, struct why *reterr_why);

/* ---- explanation ---- */

struct policy_decision {
	enum policy_answer answer;
	uint32_t statement; /* number from 1 of the deciding statement, 0: none matched */
	uint32_t line;      /* of that statement in the text, from 1 */
	char sid[128];      /* its Sid, cut; "" if none */
	char why[640];      /* one sentence */
	char remedy[320];   /* one sentence, or "" */
	/* The condition that failed or cannot be decided; "" if it is none. Texts are cut. */
	char condition[128];  /* "StringEquals kms:ViaService" */
	char in_policy[128];  /* its values in the policy: "ec2.eu-west-1.amazonaws.com", or "A" or "B" */
	char in_request[128]; /* what the request has, as a phrase */
};
/* Why one action is allowed, denied or undecided. For a denial without a Deny: of the Allow statement that comes
 * closest. */
void policy_explain(const struct policy *p, const struct policy_context *c, enum need need,
	struct policy_decision *ret_decision);

/* Accounts other than `own` ("": none) that Allow statements name, at most `max`: one of them may be the vendor's, which a
 * person has to confirm. Gives their number. */
size_t policy_named_accounts(
	const struct policy *p, const struct account_id *own, struct account_id *ret_accounts, size_t max);

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
/* Before a text is put: would KMS take it, and would the daemon (`own`: the ARN of its user, role or session; NULL: not
 * asked) still be able to undo it? Refuses: POLICY_E_JSON, _SHAPE, _CHARACTER, _LOCKOUT, and, if nothing else is wrong, _DELETED, which KMS
 * does only probably. Fails: -ENOMEM. */
int policy_review(const char *text, size_t len, const struct policy_context *c, const char *own,
	struct why *reterr_why);
/* Whether a statement with this Sid is there. */
bool policy_has_sid(const struct policy *p, const char *sid);
