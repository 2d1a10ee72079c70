/* SPDX-License-Identifier: Apache-2.0 */
/* drive: what follows from the state and the time alone, after every event: incidents move on, acts become
 * due, looks and lists are asked for. */
#pragma once
#include "core/emit.h"

void drive(struct step *s);

/* Most effects that drive() and one event may make, per binding and per cluster, and besides. */
#define DRIVE_EFFECTS_BINDING 32
#define DRIVE_EFFECTS_CLUSTER 16
#define DRIVE_EFFECTS_BASE    32

#define DRIVE_READS_MAX     8                  /* reads of single clusters asked for at a time */
#define DRIVE_ARM_NOTICE_MS (24 * 3600 * 1000) /* "would not react" is said so often */
