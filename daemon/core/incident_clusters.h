/* SPDX-License-Identifier: Apache-2.0 */
/* incident_clusters: what an incident asks of all of its clusters, in the order in which it has to be written down. */
#pragma once
#include "core/cluster_machine.h"
#include "core/emit.h"

void incident_each_cluster(struct step *s, struct binding *b, enum cluster_event event);
/* What was not sent is not sent any more. */
void incident_stop_counted(struct step *s, struct binding *b);
/* What was left out is counted anew, but only once it is written down that pausing has stopped: a kill in between must not make it
 * a part of what was counted before. */
void incident_stop_left_out(struct step *s, struct binding *b);
/* What is gone, excluded, waits for a person, was paused by people or is still paused by us is in no budget, and no approved plan has
 * it paused: known as such before that is, so that a kill in between cannot make it a part of what was counted, should it come back, be
 * resumed by people or be configured otherwise. */
void incident_leave_out(struct step *s, struct binding *b);
