/* SPDX-License-Identifier: Apache-2.0 */
/* replay: a recorded incident under a configuration. The core is cmekd's, so cmekd itself plays it: as a child that
 * reads two files and writes one document. Nothing is asked of the daemon that runs. */
#include "cmd.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/own.h"
#include "ledger_path.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#define DOCUMENT_MAX_BYTES (32 * 1024 * 1024)
#define DOCUMENT_MAX_NODES (1024 * 1024)

extern char **environ;

/* The cmekd that came with this cmekctl: beside it in a build tree, in its own folder when installed. */
static const char *find_cmekd(struct arena *a)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);

	while (len > 0 && self[len - 1] != '/')
		len--;
	if (len > 0) {
		const char *beside = arena_printf(a, "%.*scmekd", (int)len, self);
		if (access(beside, X_OK) == 0)
			return beside;
	}
	return CMEKD_SBINDIR "/cmekd";
}

static int start(const char *const *argv, pid_t *ret_pid, int *ret_out)
{
	posix_spawn_file_actions_t actions;
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	r = posix_spawn_file_actions_init(&actions);
	if (r == 0) {
		r = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
		if (r == 0)
			r = posix_spawn_file_actions_addopen(
				&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		if (r == 0)
			r = posix_spawn(
				ret_pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	(void)close(ends[1]);
	if (r == 0)
		*ret_out = ends[0];
	else
		(void)close(ends[0]);
	return -r;
}

/* All that it writes, and its exit status; 256 if it did not exit by itself. */
static int finish(pid_t pid, int from, struct buf *text)
{
	_cleanup_close_ int out = from;
	char chunk[16 * 1024];
	int status = 0;
	ssize_t n;

	while ((n = read(out, chunk, sizeof chunk)) != 0)
		if (n > 0)
			buf_append(text, chunk, (size_t)n);
		else if (errno != EINTR)
			break;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256;
}

static int told_trouble(struct session *s, const struct json_tree *tree, uint32_t error, int status)
{
	char id[64] = "failure";
	struct view_error e = {.text = NULL};
	struct why why = {""};

	(void)json_string(tree, json_member(tree, error, "id"), id, sizeof id, NULL);
	if (view_read(&s->out->arena, tree, error, VIEW_ERROR, &e, &why) != 0 || !e.text)
		e.text = "the replay failed";
	return output_trouble(
		s->out, status == EXIT_FORBIDDEN ? EXIT_FORBIDDEN : EXIT_ERROR, id, "%s", e.text);
}

static int show(struct session *s, const char *program, const struct buf *text, int status)
{
	const struct json_limits limits = {DOCUMENT_MAX_BYTES, DOCUMENT_MAX_NODES, 8};
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct view_replay replay;
	struct why why = {"it is no JSON"};
	uint32_t error;

	if (text->trouble != 0 || !text->data || json_scan(text->data, text->len, &limits, &tree, NULL) != 0)
		return output_trouble(s->out, EXIT_ERROR, "failure",
			"%s ended with status %d, and what it told cannot be read; is it of this version? "
			"(cmekctl version)",
			program, status);
	error = json_member(&tree, JSON_ROOT, "error");
	if (error != JSON_NONE || status != 0)
		return told_trouble(s, &tree, error, status);
	if (view_read(&s->out->arena, &tree, JSON_ROOT, VIEW_REPLAY, &replay, &why) != 0)
		return output_trouble(s->out, EXIT_ERROR, "failure",
			"%s told something else than a replay: %s", program, why.text);
	s->out->ops->replay(s->out, &replay, &(const struct wire){&tree, JSON_ROOT});
	return EXIT_GOOD;
}

int cmd_replay(struct session *s)
{
	const struct request *r = s->request;
	struct arena *a = &s->out->arena;
	_cleanup_(buf_fini) struct buf text = BUF_INIT(DOCUMENT_MAX_BYTES);
	const char *program = find_cmekd(a), *argv[8] = {program, "--replay"};
	size_t argc = 2;
	uint64_t incident;
	pid_t pid;
	int out, result;

	argv[argc++] = ledger_path(a, r->arguments[0], REQUEST_VALUE(r, STATE_DIR));
	if (REQUEST_VALUE(r, CONFIG)) {
		argv[argc++] = "--config";
		argv[argc++] = REQUEST_VALUE(r, CONFIG);
	}
	if (REQUEST_VALUE(r, INCIDENT)) {
		if (num_parse_u64(REQUEST_VALUE(r, INCIDENT), strlen(REQUEST_VALUE(r, INCIDENT)), UINT32_MAX,
			    &incident) != 0 ||
			incident == 0)
			return output_trouble(s->out, EXIT_USAGE, "usage",
				"\"%.64s\" is no number of an incident; expected --incident N, as in prod#N",
				REQUEST_VALUE(r, INCIDENT));
		argv[argc++] = "--incident";
		argv[argc++] = REQUEST_VALUE(r, INCIDENT);
	}
	if (a->failed)
		return output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
	result = start(argv, &pid, &out);
	if (result < 0)
		return output_trouble(s->out, EXIT_ERROR, "failure",
			"cannot run %s, which plays the incident: %s; install cmekd on this host", program,
			strerror(-result));
	return show(s, program, &text, finish(pid, out, &text));
}
