/* SPDX-License-Identifier: Apache-2.0 */
/* cut_means: by what an operator's revoke cuts the key, what of it may stand, and whose doing a disabled key is. A key that is
 * disabled tells nobody who did it: so it is ours only from a DisableKey of this incident that was taken, or may have been,
 * until the key is seen enabled again. */
#pragma once
#include "core/emit.h"

/* What a revoke that was asked for so is to be cut by. */
enum cut_means cut_means_wanted(uint8_t how);

/* A revoke that is in force may be asked again by other means: the key is disabled besides, or what a person would have to do
 * by hand is done otherwise. */
bool cut_means_may_change(const struct incident *i, uint8_t how);
/* What was made, or could not be, is not what is wanted by now. */
bool cut_means_differs(const struct incident *i);

/* To be undone next; false: nothing of this incident may stand any more. */
bool cut_means_next(const struct incident *i, enum cut_means *ret_means);

/* What stands besides is to be undone before this one is tried again; itself where nothing does. */
enum cut_means cut_means_after(const struct incident *i);
/* Of the change that is sent next. */
enum cut_means cut_means_due(const struct incident *i);

/* A change is about to be sent: from here on it may have been taken, even if nothing is ever heard of it. */
void cut_means_sent(struct binding *b);
/* After a restart. */
void cut_means_start(const struct core *core, struct incident *i);
/* It was taken, or may have been: not ours, if it was so before that. */
void cut_means_taken(struct binding *b);
/* It surely was not. */
void cut_means_not_taken(struct binding *b);
/* Nothing is known of its end: a DisableKey may come after an EnableKey that is sent now, and would stand for good, for no name tells
 * whose it is. */
void cut_means_unclear(const struct core *core, struct incident *i);
bool cut_means_may_come(const struct core *core, const struct incident *i);
/* What was made by `means` is undone, and seen so. */
void cut_means_undone(struct step *s, struct binding *b);

/* The key policy must be kept before the vendor is taken out of it, and was never read: then that has to wait for a look. */
bool cut_means_lacks_policy(const struct binding *b);
/* A policy in which nothing lets the vendor in tells nobody who took it out: it is ours from when this incident was to do so until access
 * was confirmed after it was put back. Says so in the look. */
void cut_means_mark(const struct binding *b, struct look *look);
/* It was, perhaps: what is taken out from here on others took out. */
void cut_means_given_back(struct binding *b);

/* Who disabled the key that this look shows. */
enum cut_by cut_means_off_by(const struct core *core, const struct binding *b, const struct look *look);
/* What a look says of who disabled the key; true: it is not ours any more, for somebody enabled it. */
bool cut_means_looked(struct step *s, struct binding *b, const struct look *look);
