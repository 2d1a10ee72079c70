/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "base/own.h"
#include <errno.h>
#include <string.h>

static cmd_fn *const cmds[GRAMMAR_COUNT] = {
	[GRAMMAR_STATUS] = cmd_status,
	[GRAMMAR_EXPLAIN] = cmd_explain,
	[GRAMMAR_CHECK] = cmd_check,
	[GRAMMAR_DRILL] = cmd_drill,
	[GRAMMAR_CREDENTIALS] = cmd_credentials,
	[GRAMMAR_REVOKE] = cmd_revoke,
	[GRAMMAR_RESTORE] = cmd_restore,
	[GRAMMAR_APPROVE] = cmd_approve,
	[GRAMMAR_DECLINE] = cmd_decline,
	[GRAMMAR_SUSPEND] = cmd_suspend,
	[GRAMMAR_UNSUSPEND] = cmd_unsuspend,
	[GRAMMAR_ROTATION] = cmd_rotation,
	[GRAMMAR_ROTATION_NOW] = cmd_rotation_now,
	[GRAMMAR_ROTATION_ENABLE] = cmd_rotation_enable,
	[GRAMMAR_KEY_CANCEL_DELETION] = cmd_key_cancel_deletion,
	[GRAMMAR_PROJECTS] = cmd_projects,
	[GRAMMAR_POLICY] = cmd_policy,
	[GRAMMAR_POLICY_APPLY] = cmd_policy_apply,
	[GRAMMAR_PROJECT_CREATE] = cmd_project_create,
	[GRAMMAR_CMEK_CONFIGURE] = cmd_cmek_configure,
	[GRAMMAR_CLUSTER_CREATE] = cmd_cluster_create,
	[GRAMMAR_SETUP] = cmd_setup,
	[GRAMMAR_VENDOR] = cmd_vendor,
	[GRAMMAR_VERIFY] = cmd_verify,
	[GRAMMAR_INCIDENTS] = cmd_incidents,
	[GRAMMAR_SHOW] = cmd_show,
	[GRAMMAR_REPORT] = cmd_report,
	[GRAMMAR_LEDGER_EXPORT] = cmd_ledger_export,
	[GRAMMAR_LEDGER_ADOPT] = cmd_ledger_adopt,
	[GRAMMAR_MONITOR] = cmd_monitor,
	[GRAMMAR_TIMES] = cmd_times,
	[GRAMMAR_REPLAY] = cmd_replay,
	[GRAMMAR_PING] = cmd_ping,
	[GRAMMAR_VERSION] = cmd_version,
	[GRAMMAR_HELP] = cmd_help,
};

static int run(const struct request *request, struct output *out, FILE *in)
{
	_cleanup_(session_fini) struct session s;

	session_init(&s, request, out, in);
	int code = cmds[request->verb](&s);
	if (out->arena.failed)
		return output_trouble(
			out, EXIT_ERROR, "failure", "out of memory: what was shown may lack texts");
	return code;
}

/* A full disk or a closed pipe must not look like an answer. */
static int flush(FILE *to, FILE *error, int code)
{
	errno = 0;
	if (fflush(to) == 0 && !ferror(to))
		return code;
	(void)fprintf(error, "cmekctl: the answer could not be written: %s\n", strerror(errno ? errno : EIO));
	return EXIT_ERROR;
}

int cmd_run(int argc, char **argv, FILE *in, FILE *to, FILE *error)
{
	_cleanup_(output_fini) struct output out = {.ops = NULL};
	struct request request = {.options = 0};
	struct why why = {""};
	int refused = grammar_parse(argc, argv, &request, &why);
	int code;

	output_init(&out, REQUEST_HAS(&request, JSON) ? &output_json : &output_text, to, error,
		!REQUEST_HAS(&request, NO_COLOR));
	if (refused != 0)
		code = output_trouble(&out, EXIT_USAGE, "usage", "%s", why.text);
	else
		code = run(&request, &out, in);
	out.ops->end(&out);
	return flush(to, error, code);
}
