/* SPDX-License-Identifier: Apache-2.0 */
/* kms: looks at keys in AWS KMS, and changes a key policy when an operator revokes.
 *
 * `struct kms` is a client with one set of AWS credentials, shared by its targets; `struct kms_target` is one
 * key with what must be known to evaluate its policy. Every operation calls back exactly once, later, never
 * from inside its start; operations of one target may overlap. The texts given to a callback are good during
 * it. Requests keep to the rates of io/kms_lane, and those that only read are tried again where that may help (io/retry):
 * what a callback is told is what remained.
 */
#pragma once
#include "base/digest.h"
#include "base/err.h"
#include "io/kms_lane.h"
#include "model/cluster.h"
#include "model/errand.h"
#include "model/ids.h"
#include "model/key.h"
#include "model/moment.h"
#include "model/settings.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct http;
struct buf;
struct kms;
struct kms_target;

#define KMS_REQUEST_ID_BYTES 128
#define KMS_IDENTITY_MS      60000 /* how long an answer of GetCallerIdentity counts as fresh */

struct kms_init {
	struct uv_loop_s *loop;
	struct http *http;            /* borrowed, outlives the client */
	const char *credentials_file; /* CredentialsFile=, copied; see io/credential.h */
	const char *profile;          /* Profile=, copied */
	const struct aws_urls *urls;  /* copied */
	int64_t timeout_ms;           /* RequestTimeout= */
};

/* Credentials that cannot be loaded are no reason to fail: looks then say FAULT_CREDENTIALS, and
 * kms_credentials_text() says why. Fails: -ENOMEM. */
int kms_new(const struct kms_init *init, struct kms **ret_kms);
/* Reads the credentials again. Refuses: CREDENTIAL_E_*; the old ones then stay in use. */
int kms_reload(struct kms *k, struct why *reterr_why);
/* Ends every operation with FAULT_CANCELLED or, for changes, ACT_RESULT_NOT_SENT or _LOST; its memory goes
 * when the last one has ended. The targets must be closed too, before or after. */
void kms_close(struct kms *k);
/* One sentence: where the credentials come from, or why there are none. Never a secret. Good until the next call. */
const char *kms_credentials_text(struct kms *k);
struct credential_state;
void kms_credentials(const struct kms *k, struct credential_state *ret_state);
/* Where KMS is asked; "" = by region. Good until the next kms_reload(). */
const char *kms_endpoint(const struct kms *k);
/* Own ARN as GetCallerIdentity last told; "" if never answered. The first look that is answered asks. */
const char *kms_own_arn(const struct kms *k);

/* Each lane of it that was ever used. `key_id`: "" without credentials; `operations`: "GetKeyPolicy, GetKeyRotationStatus". */
typedef void kms_lane_fn(const char *key_id, const struct region *region, const char *operations,
	const struct kms_lane_state *state, void *arg);
void kms_each_lane(struct kms *k, kms_lane_fn *each, void *arg);

/* The ledgers of all projects of this daemon: whose cmekd statements are siblings. The driver's memory, which
 * may change between looks; `generation` must change with it. */
struct kms_family {
	const struct ledger_id *ledgers;
	size_t count;
	uint64_t generation;
};

struct kms_target_init {
	struct key_arn arn; /* region and own account are taken from it */
	struct account_id vendor;
	const struct vendor_context *context; /* copied */
	size_t context_count;
	struct ledger_id own_ledger;
	const struct kms_family *family; /* borrowed, outlives the target; may be NULL */
};
/* Refuses: 1 if the ARN is none. Fails: -ENOMEM. */
int kms_target_new(struct kms *k, const struct kms_target_init *init, struct kms_target **ret_target);
/* As kms_close(), for one target. */
void kms_target_close(struct kms_target *t);

/* For people and the ledger; "" if there is nothing. */
struct kms_texts {
	char message[WHY_BYTES];                /* the service's words, or what went wrong */
	char request[2 * KMS_REQUEST_ID_BYTES]; /* request ids, blank between */
};

/* DescribeKey; GetKeyPolicy unless DescribeKey failed; evaluation unless text and context are those of the
 * last look. */
typedef void kms_look_fn(void *arg, const struct look *look, const struct kms_texts *texts);
/* Fails: -ENOMEM; then no callback. */
int kms_look(struct kms_target *t, enum kms_lane_priority priority, kms_look_fn *done, void *arg);
/* A look under way becomes KMS_LANE_CONFIRMATION, if it was less: an incident may wait for it by now. */
void kms_target_hasten(struct kms_target *t);

/* The policy text of the last look that read one, for explain; NULL if never read. Good until the next loop
 * turn. */
const char *kms_target_policy(const struct kms_target *t, size_t *ret_len, struct walltime *ret_read_at);
/* What kms_look() evaluates with, for policy_explain(); borrowed from the target. */
struct policy_context;
void kms_target_context(const struct kms_target *t, struct policy_context *ret_context);

/* GetKeyRotationStatus, and ListKeyRotations where rotation applies: routine. */
#define KMS_ON_DEMAND_MAX 25 /* AWS KMS API reference, RotateKeyOnDemand; older servers: 10 */
struct kms_rotation {
	enum fault fault;
	bool applicable; /* false: imported material or a custom key store (UnsupportedOperationException) */
	bool enabled;
	uint32_t period_days;                 /* 0: not told */
	struct walltime next;                 /* WALLTIME_UNKNOWN: not told */
	struct walltime on_demand_since;      /* of one in progress */
	enum fault history_fault;             /* of what follows; CANCELLED: not asked for */
	uint32_t on_demand_count;             /* of KMS_ON_DEMAND_MAX in a key's life */
	struct walltime last, last_on_demand; /* WALLTIME_UNKNOWN: none */
};
typedef void kms_rotation_fn(void *arg, const struct kms_rotation *rotation, const struct kms_texts *texts);
int kms_rotation(struct kms_target *t, kms_rotation_fn *done, void *arg);

/* ListGrants, all pages. `alive`: grants whose grantee, retiring principal or issuing account is the
 * vendor's. A grant whose account cannot be told counts as well: it may be the vendor's. Without a fault
 * texts->message says what they permit: "Decrypt, CreateGrant"; "" if there are none. */
struct kms_grants_seen {
	uint32_t alive;    /* of the vendor, and those whose account cannot be told */
	uint32_t batch;    /* of the former: the first by their ids, KMS_GRANTS_BATCH at most */
	struct digest ids; /* of these: each with a newline behind it */
};
typedef void kms_grants_fn(
	void *arg, enum fault fault, const struct kms_grants_seen *seen, const struct kms_texts *texts);
int kms_grants(struct kms_target *t, enum kms_lane_priority priority, kms_grants_fn *done, void *arg);

/* Adds (cut) or removes (uncut) our Deny statement: reads the policy, edits and checks it (io/kms_edit.h), puts it, and
 * reads back until the change is seen (it takes seconds to spread in KMS). Nothing is put if the statement is there
 * (cut) or gone (uncut) already. REFUSED and DENIED come with a sentence for a person in texts->message; ACCEPTED
 * with one if somebody else changed the policy at the same time. `policy`: of the text in force, if ACCEPTED. */
typedef void kms_change_fn(
	void *arg, enum act_result result, const struct digest *policy, const struct kms_texts *texts);
/* Asked right before PutKeyPolicy leaves, with the same `arg`; false: ACT_RESULT_NOT_SENT, nothing is put. NULL: always
 * wanted. It must not call into the client. */
typedef bool kms_wanted_fn(void *arg);
int kms_cut(struct kms_target *t, const char *sid, kms_wanted_fn *wanted, kms_change_fn *done, void *arg);
int kms_uncut(struct kms_target *t, const char *sid, kms_wanted_fn *wanted, kms_change_fn *done, void *arg);

/* Disables or enables the key: looks, sends, and looks until it is so. LOST if what was sent got no answer, whatever is seen then, for a
 * look may show the past: to be asked for again, which does nothing twice. A key that is pending deletion, or that cmekd surely could
 * not enable again, is not disabled: REFUSED. Nor is one that is found enabled, if `claims` is false: NOT_SENT; the
 * caller believed that it is disabled, and has not written down that it may be by this. `was_so`, if ACCEPTED or LOST: it was
 * disabled before that was sent. */
typedef void kms_switch_fn(void *arg, enum act_result result, bool was_so, const struct kms_texts *texts);
int kms_switch(
	struct kms_target *t, bool on, bool claims, kms_wanted_fn *wanted, kms_switch_fn *done, void *arg);
/* What will surely come in the way of that, by the policy that was read last. */
bool kms_foresee_switch(const struct kms_target *t, bool on, struct why *ret_why);
/* Whom the policy that was read last lets use the key, beside TiDB Cloud and the key's own account; each once, fit to be shown. */
typedef void kms_user_fn(void *arg, const char *principal);
void kms_switch_users(const struct kms_target *t, kms_user_fn *each, void *arg);
/* How a person does it. */
void kms_switch_by_hand(const struct kms_target *t, bool on, struct buf *out);

/* As kms_cut() for TiDB Cloud's documented statements, which are merged into the policy: set-up. REFUSED too if somebody else would lose
 * something that is not accepted, or if the policy is not the one that was shown. The message of ACCEPTED names what others lost. */
struct kms_give;
int kms_give(struct kms_target *t, const struct kms_give *give, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg);

/* The same for a Deny statement of others, which is removed. ACCEPTED without a put if it is gone already. */
struct kms_adopt;
int kms_adopt(struct kms_target *t, const struct kms_adopt *adopt, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg);
/* What it would take out of the policy that was read last: as adopt_remove(). */
struct adopt_removed;
int kms_foresee_adopt(const struct kms_target *t, const char *sid, struct adopt_removed *ret_removed,
	struct why *reterr_why);
/* The Deny statement that keeps the vendor out, as the last look that read a policy saw it; NULL: none does. */
struct adopt_found;
const struct adopt_found *kms_target_keeps_out(const struct kms_target *t);

/* The same where the vendor's own principals and values are taken out of the policy, or put back (kms_edit.h). NOT_SENT too if the policy is
 * not the one that is kept any more, with that in the message. ACCEPTED without a put if it is so already. `take->kept` is copied. */
struct kms_take;
int kms_take(struct kms_target *t, const struct kms_take *take, kms_wanted_fn *wanted, kms_change_fn *done,
	void *arg);
/* As kms_foresee(), with what it would change, as lines, and what others would lose. `take->kept` NULL: the policy that was read last. */
bool kms_foresee_take(const struct kms_target *t, const struct kms_take *take, struct buf *diff,
	struct why *ret_loss, struct why *ret_why);

/* One change of the key that an operator asks for (ERRAND_OF_KEY). Reads first where that can tell that it is so already:
 * then nothing is sent, ACCEPTED, and texts->message says so. LOST: nobody knows whether KMS took it. */
struct kms_errand {
	enum errand errand;
	uint32_t period_days;  /* enable_rotation; 0: not said */
	struct walltime since; /* rotate_key: one of that time may have been taken; WALLTIME_UNKNOWN: none */
};
typedef void kms_errand_fn(void *arg, enum act_result result, const struct kms_texts *texts);
int kms_errand(struct kms_target *t, const struct kms_errand *errand, kms_wanted_fn *wanted,
	kms_errand_fn *done, void *arg);

/* What will probably come in the way of such a change, found out on the policy that was read last: cmekd would not
 * put the text, or KMS not take it. False: nothing, or no policy was read yet. */
bool kms_foresee(const struct kms_target *t, const char *sid, bool cut, struct why *ret_why);

#define KMS_GRANTS_BATCH 200 /* grants that are revoked at a time: 8 s at half of KMS's quota */

/* Lists the vendor's grants again, and revokes one by one the batch whose ids have this digest: if the list begins with others, none
 * (NOT_SENT). One that is gone already is no failure. `count`: were revoked, however it ended. ACCEPTED: none of the batch is left;
 * texts->message names the first of them. `wanted` is asked before each. */
typedef void kms_revoke_fn(void *arg, enum act_result result, uint32_t count, const struct kms_texts *texts);
int kms_revoke_grants(struct kms_target *t, const struct digest *ids, kms_wanted_fn *wanted,
	kms_revoke_fn *done, void *arg);
/* How a person does it. */
void kms_revoke_by_hand(const struct kms_target *t, struct buf *out);

/* cmekd's statement, as it is added to a policy that holds nothing else. */
void kms_statement(const struct kms_target *t, const char *sid, struct buf *out);
/* What a person must apply by hand where cmekd may not: the statement to add, or the Sid to remove, and how.
 */
void kms_by_hand(const struct kms_target *t, const char *sid, bool cut, struct buf *out);
/* The same where the vendor is taken out of the policy, or put back as it stood in the file `kept`. */
void kms_by_hand_take(const struct kms_target *t, const char *kept, bool back, struct buf *out);
