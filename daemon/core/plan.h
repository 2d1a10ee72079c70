/* SPDX-License-Identifier: Apache-2.0 */
/* plan: questions about the clusters of one binding. Pure. core_plan() of core.h lives here too. */
#pragma once
#include "core/core.h"

/* The incident paused something, may have, or changed the key policy: it ends only through RESUMING. */
bool plan_took_something(const struct core *core, uint32_t binding);
/* The incident paused it, or may have: it is given back at restore. */
bool plan_is_ours(const struct cluster *c);
/* Something is still to be paused, or its pause to be seen. */
bool plan_pause_open(const struct core *core, uint32_t binding);
/* Something is still to be resumed, or its resume to be seen. */
bool plan_resume_open(const struct core *core, uint32_t binding);
/* Acts may be sent at all: what they rest on can be written down, and nobody has to say first that the ledger is ours. */
bool plan_may_act(const struct core *core);
/* Pauses and resumes in flight, over the whole project. */
uint32_t plan_acts_in_flight(const struct core *core);
/* The complete list was read since the incident was opened. */
bool plan_list_fresh(const struct core *core, const struct incident *i);
/* An operator's revoke stands behind what is done to it. */
bool plan_by_operator(const struct core *core, const struct cluster *c);
/* Neither an operator nor an approval stands behind the incident. */
bool plan_by_itself(const struct incident *i);
/* In an automatic incident a cluster that people create afterwards is theirs. */
bool plan_born_later(const struct core *core, const struct cluster *c);
/* On its way back to running, or perhaps: it would have to be paused again. */
bool plan_is_given_back(const struct cluster *c);
/* It is not paused by itself: its Reaction=, or it was left out when the rest was counted or approved. */
bool plan_holds_back(const struct core *core, const struct cluster *c);
/* It is not paused as things are: excluded, or held back. */
bool plan_spares(const struct core *core, const struct cluster *c);
/* To be paused by itself: it counts for the budget. */
bool plan_budgets(const struct core *core, const struct cluster *c);
/* How many first pauses the plan asks the budget for: what it would pause by itself, and what the configuration leaves out while whether
 * that comes up is open, for once it is up the configuration may be another. */
uint32_t plan_to_budget(const struct core *core, uint32_t binding);
/* Nothing would be paused by itself, and something by an approval. */
bool plan_all_wait(const struct core *core, uint32_t binding);
/* An approval would pause more. */
bool plan_waits_for_person(const struct core *core, uint32_t binding);
/* Something is to be paused, and its pause was not sent. */
bool plan_owes_pause(const struct core *core, uint32_t binding);
/* At the end of an incident nothing is owed to a cluster any more. */
void plan_forget_clusters(struct core *core, uint32_t binding);
