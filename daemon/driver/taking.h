/* SPDX-License-Identifier: Apache-2.0 */
/* taking: TiDB Cloud is taken out of a key policy, which is kept as a file first, or put back from what is kept. */
#pragma once
#include "base/digest.h"
#include "io/kept_policy.h"
#include "io/kms.h"
#include <stdbool.h>

struct project;

struct taking {
	uint32_t binding;
	struct incident_id incident;
	struct digest kept; /* of the policy of before */
	bool back;
	bool stood;       /* out: it was done before, or may have been: then it may be out by that */
	bool accept_loss; /* out: others may lose what they have */
};

/* Where it is kept. */
void taking_path(const struct project *p, const struct taking *t, char ret_path[KEPT_POLICY_PATH_BYTES]);

/* How a person does it, of the binding's open incident. */
struct buf;
void taking_by_hand(const struct project *p, uint32_t binding, bool back, struct buf *out);

/* As kms_take(). Besides: REFUSED if the policy cannot be kept, or, to put back, what is kept is gone or is not what it was. Anything but
 * 0: nothing was begun, `done` does not come; so too if the policy that was read last is not that of `kept`, unless it `stood`. */
int taking_start(
	struct project *p, const struct taking *t, kms_wanted_fn *wanted, kms_change_fn *done, void *arg);
