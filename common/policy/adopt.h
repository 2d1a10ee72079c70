/* SPDX-License-Identifier: Apache-2.0 */
/* adopt: a Deny statement that people or another cmekd put into the policy to keep the vendor out, and that an operator takes over
 * by its Sid, to have it removed. Only one that keeps out nobody but the vendor: to remove another would let in others. */
#pragma once
#include "base/digest.h"
#include "policy/policy.h"

#define ADOPT_SID_BYTES 128 /* a longer Sid is none that can be named */

/* The statement that keeps the vendor out. */
struct adopt_found {
	uint32_t statement, line;  /* number and line from 1 */
	char sid[ADOPT_SID_BYTES]; /* "" if none that can be named */
	bool may;                  /* adopt_remove() would take it */
	struct why why;            /* if not: why, and what to do */
};

/* The first Deny statement that surely refuses the vendor Decrypt or CreateGrant for ebs; one that may be adopted before one that may
 * not. False: there is none. */
bool adopt_find(const struct policy *p, const struct policy_context *c, struct adopt_found *ret_found);

struct adopt_removed {
	char *text;           /* the policy without it; owned by the caller */
	char *statement;      /* what was taken out, byte for byte; owned by the caller */
	struct digest digest; /* of `statement` */
	struct access access; /* what the policy gives the vendor without it */
	uint32_t number, line;
};
#define ADOPT_REMOVED_INIT ((struct adopt_removed){.text = NULL})
void adopt_removed_fini(struct adopt_removed *r);

/* Removes the one statement with exactly this Sid; every other byte stays, as policy_remove_cut() says. It must be a Deny that surely
 * refuses the vendor something that it needs, and names nobody else.
 * Refuses: POLICY_E_JSON, _SHAPE (twice there, or all that the policy has), _NO_SID, _EFFECT (no such Deny, or the cut of a sibling).
 * Fails: -ENOMEM, -ENOTSUP. */
int adopt_remove(const char *text, size_t len, const struct policy_context *c, const char *sid,
	struct adopt_removed *ret_removed, struct why *reterr_why);

/* Can stand in a command line as it is, or between single quotes. */
bool adopt_is_plain(const char *sid);
