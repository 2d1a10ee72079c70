/* SPDX-License-Identifier: Apache-2.0 */
#include "ask.h"
#include "base/err.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_LINE_BYTES 4096 /* a terminal gives no longer line */

int ask_line(
	FILE *in, const struct page *page, const char *text, const char *prompt, char *ret_line, size_t size)
{
	page_flow(page, 0, 0, text);
	(void)fputs(prompt, page->to);
	(void)fflush(page->to);
	if (!fgets(ret_line, (int)size, in)) {
		(void)fputc('\n', page->to);
		return ASK_E_ENDED;
	}
	size_t len = strcspn(ret_line, "\r\n");
	bool whole = ret_line[len] != '\0' || feof(in);
	ret_line[len] = '\0';
	return whole ? 0 : ASK_E_LONG;
}

/* ---- without echo ---- */

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define SIGNALS (sizeof signals / sizeof *signals)

/* Blocked but for the wait, so that none is missed; stopped with the echo off, a shell would be left blind. */
struct guard {
	struct sigaction before[SIGNALS], before_stop;
	sigset_t mask;
	struct termios terminal;
	int fd;
};

static int guard_begin(struct guard *g, int fd)
{
	const struct sigaction mine = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
	struct termios quiet;
	sigset_t block;

	g->fd = fd;
	if (fd < 0 || tcgetattr(fd, &g->terminal) != 0)
		return ASK_E_BLIND;
	caught = 0;
	(void)sigemptyset(&block);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaddset(&block, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &block, &g->mask);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &mine, &g->before[i]);
	(void)sigaction(SIGTSTP, &ignore, &g->before_stop);
	quiet = g->terminal;
	quiet.c_lflag &= (tcflag_t) ~(ECHO | ECHONL);
	quiet.c_lflag |= ICANON;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	return 0;
}

static void guard_end(struct guard *g)
{
	(void)tcsetattr(g->fd, TCSAFLUSH, &g->terminal);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &g->before[i], NULL);
	(void)sigaction(SIGTSTP, &g->before_stop, NULL);
	if (caught)
		(void)raise(caught); /* taken once the mask is what it was */
	(void)sigprocmask(SIG_SETMASK, &g->mask, NULL);
}

/* A line of the terminal, past stdio: no copy stays in its buffer. Gives its length; 0: it ended. */
static ssize_t read_line(const struct guard *g, char *line, size_t size)
{
	struct pollfd p = {.fd = g->fd, .events = POLLIN};

	for (;;) {
		if (caught)
			return 0;
		if (ppoll(&p, 1, NULL, &g->mask) < 0) {
			if (errno != EINTR)
				return err_origin(-errno);
			continue;
		}
		ssize_t n = read(g->fd, line, size);
		if (n >= 0 || errno != EINTR)
			return n < 0 ? err_origin(-errno) : n;
	}
}

int ask_secret(
	FILE *in, const struct page *page, const char *prompt, size_t max_bytes, struct secret *ret_secret)
{
	char line[SECRET_LINE_BYTES];
	struct guard g;
	int result = guard_begin(&g, fileno(in));

	if (result != 0)
		return result;
	(void)fputs(prompt, page->to);
	(void)fflush(page->to);
	ssize_t n = read_line(&g, line, sizeof line);
	(void)fputc('\n', page->to);
	(void)fflush(page->to);
	guard_end(&g);
	size_t len = n > 0 ? (size_t)n : 0;
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (n <= 0)
		result = n < 0 ? (int)n : ASK_E_ENDED;
	else if (len > max_bytes)
		result = ASK_E_LONG;
	else
		result = len > 0 ? secret_set(ret_secret, line, len) : 0;
	explicit_bzero(line, sizeof line);
	return result;
}
