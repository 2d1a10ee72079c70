/* SPDX-License-Identifier: Apache-2.0 */
/* errand_setup: how the errands of setting up are sent: a key is configured in TiDB Cloud, TiDB Cloud is let in by the key
 * policy, a cluster is created. Each looks first, sends once, and looks again: there is no key that would make a repetition
 * harmless, and a configured key can never be changed by the API. */
#pragma once

struct errand_order;
struct key_arn;
struct kms_target;
struct project;

/* As errand_order_send(), which has put `wanted`, `done` and `arg` into the order. */
int errand_setup_send(struct errand_order *o);

/* A target for a key that the project has perhaps not configured yet; the caller closes it. NULL: no memory. */
struct kms_target *errand_setup_target(struct project *p, const struct key_arn *arn);
