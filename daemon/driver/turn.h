/* SPDX-License-Identifier: Apache-2.0 */
/* turn: steps the core of one project: events in, effects out. One step at a time, never from inside a step:
 * an answer that comes while a step is under way waits in the inbox. */
#pragma once
#include "driver/inbox.h"
#include <stdbool.h>

struct project;

/* The answer to a deed; the entry is taken. Room was reserved when the deed was taken on. */
void turn_answer(struct project *p, struct inbox_entry *entry);
/* An operator's command. Fails: -ENOMEM, -EBUSY (PROJECT_COMMANDS_MAX); `texts` is taken only on success. */
int turn_command(struct project *p, const struct event *command, struct texts *texts);
/* Steps what waits. */
void turn_run(struct project *p);
/* The agenda's time has come. */
void turn_wake(struct project *p);
