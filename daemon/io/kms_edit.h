/* SPDX-License-Identifier: Apache-2.0 */
/* kms_edit: the text of a change of the key policy: made, checked before it is put, and found again after it. Pure. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>

struct digest;
struct policy_context;

/* TiDB Cloud's statements are merged into the policy (policy/give.h). */
struct kms_give {
	const struct digest *shown; /* of the policy that a person was shown; NULL: none was */
	bool accept_loss;           /* others may lose what they have */
};

/* A statement of others that keeps the vendor out is removed (policy/adopt.h). */
struct kms_adopt {
	const char *sid;
	const struct digest *shown; /* of the statement that a person was shown; NULL: none was */
};

/* The vendor's own principals and values are taken out of the policy, or put back into it (policy/vendor.h). */
struct kms_take {
	const char *kept; /* the policy as it was before, and stays kept */
	size_t kept_len;
	bool back;        /* they are put back */
	bool stood;       /* out: the caller took them out before, or may have */
	bool accept_loss; /* out: others may lose what they have */
};

/* What is changed. */
struct kms_edit {
	const struct kms_give *give;   /* not NULL: this; `sid` and `cut` are not looked at */
	const struct kms_adopt *adopt; /* the same */
	const struct kms_take *take;   /* the same */
	const struct policy_context *context;
	/* cmekd's own principal; NULL or "": not known, and whether it keeps its rights is not asked. */
	const char *own;
	const char *sid;
	bool cut; /* the statement is added, else removed */
};

enum kms_edit_result {
	KMS_EDIT_READY, /* `text` may be put */
	KMS_EDIT_MOVED, /* to take out: the policy is not the one that is kept any more: `why`; it must be kept anew first */
	KMS_EDIT_ALREADY, /* the policy is as wanted: nothing is to be put */
	KMS_EDIT_REFUSED, /* nothing must be put: `why` */
};

struct kms_edit_made {
	enum kms_edit_result result;
	char *text;     /* READY: owned by the caller */
	bool had_none;  /* the policy gave the vendor nothing before */
	struct why why; /* REFUSED: what is wrong, and what to do */
	struct why
		loss; /* READY: of `give` and `take`, what others lose; of `adopt`, what the vendor still lacks; "" if nothing */
	struct why doubt; /* READY: why KMS will probably not take the text; "" if it should */
};

/* Edits `old`, the policy in force. READY only if the text cuts the vendor off for sure (cut), KMS takes it as far as is known, and
 * cmekd itself could still undo it: describe the key, read and put its policy. To remove the statement takes nothing from
 * anybody, so that it is not refused for cmekd's own rights. To give is READY only if the vendor then surely has all that it needs, if
 * nobody else loses anything unless that is accepted, and if the policy is the one that was shown. To adopt is READY only if the
 * statement is a Deny that keeps out the vendor alone, and is the one that was shown. To take out is READY only of the very policy
 * that is kept, and if nobody else loses anything unless that is accepted; where the vendor is surely out of another one it is ALREADY if
 * the caller may have done that, for what others took out is theirs. To put back is READY if the vendor then has all that it had, whatever
 * else was edited since, and if it had anything; it is ALREADY where it has that. Fails: -ENOMEM. */
int kms_edit_make(const struct kms_edit *e, const char *old, size_t len, struct kms_edit_made *ret_made);

/* Whether a policy that was read is what the change was for: by what it does, for KMS may write principals in another
 * form than they were put. */
bool kms_edit_is_in_force(const struct kms_edit *e, const char *text, size_t len);

/* What `to` has that `from` has not, and the other way round, statement by statement: a line that names one, then lines that begin
 * with "+ " or "- ". Only texts that are policies; what they hold is cleaned. Fails: -ENOMEM. */
struct buf;
int kms_edit_diff(const char *from, size_t from_len, const char *to, struct buf *out);

/* Whether what was read means something else than what was put: somebody else changed it too. `reterr_why` names the
 * first difference. */
bool kms_edit_differs(const char *put, const char *read, size_t len, struct why *reterr_why);
