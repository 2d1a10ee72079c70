/* SPDX-License-Identifier: Apache-2.0 */
/* cmd: what each verb does. All have one shape: the request is in the session; the result is the exit code, of which
 * the trouble was shown. */
#pragma once
#include "session.h"

typedef int cmd_fn(struct session *s);

int cmd_status(struct session *s);
int cmd_check(struct session *s);
int cmd_drill(struct session *s);
int cmd_credentials(struct session *s);
int cmd_explain(struct session *s);
int cmd_revoke(struct session *s);
int cmd_restore(struct session *s);
int cmd_restore_adopt(struct session *s); /* restore --adopt */
int cmd_approve(struct session *s);
int cmd_decline(struct session *s);
int cmd_suspend(struct session *s);
int cmd_unsuspend(struct session *s);
int cmd_rotation(struct session *s);
int cmd_rotation_now(struct session *s);
int cmd_rotation_enable(struct session *s);
int cmd_key_cancel_deletion(struct session *s);
int cmd_projects(struct session *s);
int cmd_policy(struct session *s);
int cmd_policy_apply(struct session *s);
int cmd_project_create(struct session *s);
int cmd_cmek_configure(struct session *s);
int cmd_cluster_create(struct session *s);
int cmd_setup(struct session *s);
int cmd_vendor(struct session *s);
int cmd_verify(struct session *s);
int cmd_incidents(struct session *s);
int cmd_show(struct session *s);
int cmd_report(struct session *s);
int cmd_ledger_export(struct session *s);
int cmd_ledger_adopt(struct session *s);
int cmd_monitor(struct session *s);
int cmd_times(struct session *s);
int cmd_replay(struct session *s);
int cmd_ping(struct session *s);
int cmd_version(struct session *s);
int cmd_help(struct session *s);

/* Runs argv; reads confirmations from `in` (NULL: nobody can be asked). The exit code. */
int cmd_run(int argc, char **argv, FILE *in, FILE *to, FILE *error);
