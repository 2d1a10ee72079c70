/* SPDX-License-Identifier: Apache-2.0 */
#include "io/credential_process.h"
#include "base/buf.h"
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define CHUNK_BYTES 4096

struct credential_process {
	uv_process_t process;
	uv_pipe_t out;
	uv_timer_t timer;
	struct buf text;
	char chunk[CHUNK_BYTES], why[WHY_BYTES];
	unsigned open; /* handles that libuv still holds */
	bool exited, ended;
	credential_process_fn *done;
	void *arg;
};

int credential_process_words(
	char *command, char *ret_words[CREDENTIAL_PROCESS_WORDS + 1], struct why *reterr_why)
{
	char *from = command, *to = command, quote = '\0';
	size_t count = 0;
	bool inside = false;

	for (; *from; from++) {
		char c = *from;

		if (!quote && (c == ' ' || c == '\t')) {
			if (inside)
				*to++ = '\0';
			inside = false;
			continue;
		}
		if (!inside) {
			if (count == CREDENTIAL_PROCESS_WORDS) {
				why_set(reterr_why, "credential_process has more than %d words",
					CREDENTIAL_PROCESS_WORDS);
				return 1;
			}
			ret_words[count++] = to;
			inside = true;
		}
		if (c == quote)
			quote = '\0';
		else if (!quote && (c == '"' || c == '\''))
			quote = c;
		else if (c == '\\' && quote != '\'' && from[1])
			*to++ = *++from;
		else
			*to++ = c;
	}
	if (quote) {
		why_set(reterr_why, "credential_process has a quote (%c) without its end", quote);
		return 1;
	}
	if (inside)
		*to = '\0';
	ret_words[count] = NULL;
	if (count > 0)
		return 0;
	why_set(reterr_why, "credential_process names no program");
	return 1;
}

/* ---- its end ---- */

static void on_closed(uv_handle_t *handle)
{
	struct credential_process *p = handle->data;

	if (--p->open > 0)
		return;
	p->done(p->arg, p->why[0] ? NULL : p->text.data ? p->text.data : "", p->text.len, p->why);
	if (p->text.data)
		explicit_bzero(p->text.data, p->text.size);
	buf_fini(&p->text);
	explicit_bzero(p->chunk, sizeof(p->chunk));
	free(p);
}

/* It has exited and said all, or is given up. */
static void end(struct credential_process *p)
{
	if (p->ended)
		return;
	p->ended = true;
	if (!p->exited)
		(void)kill(-p->process.pid, SIGKILL); /* with all that it started */
	uv_close((uv_handle_t *)&p->out, on_closed);
	uv_close((uv_handle_t *)&p->timer, on_closed);
	/* An unreaped one stays a zombie if its handle is closed: libuv then waits for nobody. */
	if (p->exited)
		uv_close((uv_handle_t *)&p->process, on_closed);
}

static void on_exit_of(uv_process_t *process, int64_t status, int signal)
{
	struct credential_process *p = process->data;

	p->exited = true;
	if (p->why[0]) { /* given up before */
	} else if (signal != 0) {
		(void)snprintf(p->why, sizeof(p->why),
			"the program of credential_process was ended by signal %d", signal);
	} else if (status != 0) {
		(void)snprintf(p->why, sizeof(p->why),
			"the program of credential_process ended with status %lld: see what it wrote to the "
			"journal",
			(long long)status);
	}
	if (p->ended)
		uv_close((uv_handle_t *)&p->process, on_closed);
	else if (p->why[0] || !uv_is_active((uv_handle_t *)&p->out))
		end(p);
}

static void on_timeout(uv_timer_t *timer)
{
	struct credential_process *p = timer->data;

	(void)snprintf(p->why, sizeof(p->why), "the program of credential_process did not end in time");
	end(p);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_room)
{
	struct credential_process *p = handle->data;

	(void)suggested;
	*ret_room = uv_buf_init(p->chunk, sizeof(p->chunk));
}

static void on_text(uv_stream_t *out, ssize_t n, const uv_buf_t *room)
{
	struct credential_process *p = out->data;

	if (n > 0)
		buf_append(&p->text, room->base, (size_t)n);
	if (n >= 0 && !p->text.trouble)
		return;
	if (p->text.trouble)
		(void)snprintf(p->why, sizeof(p->why),
			"the program of credential_process printed more than %d bytes",
			CREDENTIAL_PROCESS_MAX_BYTES);
	(void)uv_read_stop(out);
	if (p->exited || p->text.trouble)
		end(p);
}

void credential_process_cancel(struct credential_process *p)
{
	if (!p->why[0])
		(void)snprintf(p->why, sizeof(p->why), "cancelled");
	end(p);
}

/* ---- its start ---- */

int credential_process_start(struct uv_loop_s *loop, const char *command, int64_t timeout_ms,
	credential_process_fn *done, void *arg, struct credential_process **ret_process,
	struct why *reterr_why)
{
	struct credential_process *p = calloc(1, sizeof(*p));
	char *words[CREDENTIAL_PROCESS_WORDS + 1], *copy = strdup(command);
	uv_stdio_container_t stdio[3];
	uv_process_options_t options = {.exit_cb = on_exit_of,
		.stdio = stdio,
		.stdio_count = 3,
		.args = words,
		.flags = UV_PROCESS_DETACHED}; /* a group of its own */
	int r = 0;

	if (!p || !copy || credential_process_words(copy, words, reterr_why) != 0) {
		r = p && copy ? 1 : err_origin(-ENOMEM);
		free(p);
		free(copy);
		return r;
	}
	*p = (struct credential_process){
		.text = BUF_INIT(CREDENTIAL_PROCESS_MAX_BYTES), .done = done, .arg = arg, .open = 3};
	(void)uv_pipe_init(loop, &p->out, 0);
	(void)uv_timer_init(loop, &p->timer);
	p->process.data = p->out.data = p->timer.data = p;
	stdio[0].flags = UV_IGNORE;
	stdio[1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
	stdio[1].data.stream = (uv_stream_t *)&p->out;
	stdio[2].flags = UV_INHERIT_FD;
	stdio[2].data.fd = 2;
	options.file = words[0];
	r = uv_spawn(loop, &p->process, &options);
	if (r < 0) { /* told later, as all else */
		(void)snprintf(p->why, sizeof(p->why),
			"the program of credential_process, %.200s, cannot be started: %s", words[0],
			uv_strerror(r));
		p->exited = true;
		end(p);
	} else {
		(void)uv_timer_start(&p->timer, on_timeout, (uint64_t)timeout_ms, 0);
		(void)uv_read_start((uv_stream_t *)&p->out, on_room, on_text);
	}
	free(copy);
	*ret_process = p;
	return 0;
}
