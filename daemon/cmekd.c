/* SPDX-License-Identifier: Apache-2.0 */
/* cmekd: the daemon's main: arguments, configuration, the hands, the loop. */
#include "base/buf.h"
#include "base/num.h"
#include "base/own.h"
#include "driver/engine.h"
#include "io/http.h"
#include "io/journal.h"
#include "io/process.h"
#include "rehearsal.h"
#include "wire/config_files.h"
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <uv.h>

#define PRINT_MAX_BYTES (64 * 1024 * 1024) /* the effective configuration of very many projects */

struct options {
	const char *config, *journal_file, *replay;
	uint32_t incident; /* to replay; 0: the last */
	bool check;
};

struct daemon {
	uv_loop_t loop;
	struct engine engine;
	uv_signal_t term, interrupt, hangup;
};

static const char usage[] =
	"Usage: cmekd [--config DIR|FILE] [--check-config]\n"
	"       cmekd --replay LEDGER [--config DIR|FILE] [--incident N]\n"
	"\n"
	"Watches the customer managed keys of TiDB Cloud projects, and pauses and resumes their clusters.\n"
	"\n"
	"      --config DIR|FILE    configuration (default " CMEKD_SYSCONFDIR "/cmekd)\n"
	"      --check-config       print all errors, or the effective configuration, and exit\n"
	"      --journal-file FILE  also append every journal line to FILE, as JSON\n"
	"      --replay LEDGER      print as JSON what this configuration would have made of an incident\n"
	"                           (for people: cmekctl replay), and exit\n"
	"      --incident N         replay that one instead of the last\n"
	"      --version            print the version and exit\n"
	"      --help               print this text and exit\n"
	"\n"
	"Signals: HUP reads the configuration again; TERM and INT end. See cmekd(8) and cmekd.conf(5).\n";

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct options *ret_options)
{
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", no_argument, NULL, 'k'},
		{"journal-file", required_argument, NULL, 'j'},
		{"replay", required_argument, NULL, 'r'},
		{"incident", required_argument, NULL, 'i'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*ret_options = (struct options){.config = CMEKD_SYSCONFDIR "/cmekd"};
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'c') {
			ret_options->config = optarg;
		} else if (c == 'k') {
			ret_options->check = true;
		} else if (c == 'j') {
			ret_options->journal_file = optarg;
		} else if (c == 'r') {
			ret_options->replay = optarg;
		} else if (c == 'i') {
			uint64_t n = 0;

			if (num_parse_u64(optarg, strlen(optarg), UINT32_MAX, &n) != 0 || n == 0) {
				fprintf(stderr, "cmekd: '%s' is no number of an incident\n", optarg);
				return 2;
			}
			ret_options->incident = (uint32_t)n;
		} else if (c == 'V') {
			puts("cmekd " PACKAGE_VERSION);
			return EXIT_SUCCESS;
		} else if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		} else {
			fputs("Try cmekd --help.\n", stderr);
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "cmekd: unexpected argument '%s'\nTry cmekd --help.\n", argv[optind]);
		return 2;
	}
	return -1;
}

/* ---- --check-config ---- */

static int check_config(const char *path)
{
	_cleanup_(config_fini) struct config config = CONFIG_INIT;
	_cleanup_(complaints_fini) struct complaints complaints = COMPLAINTS_INIT;
	_cleanup_(buf_fini) struct buf text = BUF_INIT(PRINT_MAX_BYTES);
	int r = config_load(path, &config, &complaints);

	for (uint32_t i = 0; i < complaints.count; i++) {
		char line[COMPLAINT_LINE_BYTES];

		complaint_format(&complaints.items[i], line);
		fprintf(stderr, "%s\n", line);
	}
	if (complaints.dropped > 0)
		fprintf(stderr, "and %u more\n", complaints.dropped);
	if (r < 0) {
		fprintf(stderr, "cmekd: %s: %s\n", path, strerror(-r));
		return EXIT_FAILURE;
	}
	if (r != 0 || complaints_total(&complaints) > 0)
		return EXIT_FAILURE;
	config_print(&config, &text);
	if (!text.data || text.trouble != 0) {
		fprintf(stderr, "cmekd: the configuration is good, but too long to print\n");
		return EXIT_FAILURE;
	}
	fputs(text.data, stdout);
	if (config.project_count == 0)
		fprintf(stderr, "cmekd: the configuration is good, but names no project: nothing would be "
				"watched; add "
				"projects.d/NAME.conf\n");
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- running ---- */

static void on_stopped(void *arg)
{
	struct daemon *d = arg;

	uv_close((uv_handle_t *)&d->term, NULL);
	uv_close((uv_handle_t *)&d->interrupt, NULL);
	uv_close((uv_handle_t *)&d->hangup, NULL);
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct daemon *d = signal->data;

	if (number == SIGHUP)
		engine_reload(&d->engine);
	else if (!d->engine.stopping)
		engine_stop(&d->engine, on_stopped, d);
}

static int watch_signals(struct daemon *d)
{
	uv_signal_t *const signals[] = {&d->term, &d->interrupt, &d->hangup};
	const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	int r = 0;

	for (size_t i = 0; i < 3; i++) {
		(void)uv_signal_init(&d->loop, signals[i]);
		signals[i]->data = d;
		if (r == 0)
			r = uv_signal_start(signals[i], on_signal, numbers[i]);
	}
	return r;
}

static void tell_not_started(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell_not_started(const char *format, ...)
{
	char detail[WHY_BYTES + COMPLAINT_LINE_BYTES];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(detail, sizeof(detail), format, ap);
	va_end(ap);
	journal_notice(NOTICE_NOT_STARTED, &(struct journal_fields){.detail = detail}, NULL);
}

/* False: the main configuration cannot be used, and that was said. */
static bool load_config(const char *path, struct config *config, struct complaints *complaints)
{
	int r = config_load(path, config, complaints);

	for (uint32_t i = 0; i < complaints->count; i++) {
		char line[COMPLAINT_LINE_BYTES];

		complaint_format(&complaints->items[i], line);
		journal_log(LOG_ERR, NULL, "%s", line);
	}
	if (r < 0)
		tell_not_started("%s: %s", path, strerror(-r));
	else if (r > 0)
		tell_not_started("the configuration (%s) has errors", path);
	return r == 0;
}

static int run(const char *path, struct config *config, const struct complaints *complaints)
{
	static struct daemon daemon; /* its handles must not move */
	struct why why = {"cannot start"};
	int r = uv_loop_init(&daemon.loop);

	if (r < 0) {
		tell_not_started("the event loop cannot be made: %s", uv_strerror(r));
		return EXIT_FAILURE;
	}
	r = watch_signals(&daemon);
	if (r < 0) {
		tell_not_started("signals cannot be watched: %s", uv_strerror(r));
		return EXIT_FAILURE;
	}
	r = engine_open(&daemon.engine, &daemon.loop, path, config, complaints, &why);
	config_fini(config); /* of ten thousand projects it is large, and nothing asks it any more */
	if (r == 0) {
		engine_run(&daemon.engine);
	} else {
		tell_not_started("%s", why.text);
		engine_stop(&daemon.engine, on_stopped, &daemon);
	}
	(void)uv_run(&daemon.loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&daemon.loop);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	_cleanup_(config_fini) struct config config = CONFIG_INIT;
	_cleanup_(complaints_fini) struct complaints complaints = COMPLAINTS_INIT;
	struct options options;
	int r = parse_options(argc, argv, &options);

	if (r >= 0)
		return r;
	if (options.check)
		return check_config(options.config);
	if (options.replay)
		return rehearsal_run(options.replay, options.config, options.incident);
	r = process_harden();
	if (r < 0) {
		fprintf(stderr, "cmekd: its secrets could not be kept from core dumps: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	r = http_global_init();
	if (r == 0)
		r = journal_open(options.journal_file);
	if (r < 0) {
		fprintf(stderr, "cmekd: %s: %s\n", options.journal_file ? options.journal_file : "libcurl",
			strerror(-r));
		return EXIT_FAILURE;
	}
	r = EXIT_FAILURE;
	if (load_config(options.config, &config, &complaints))
		r = run(options.config, &config, &complaints);
	journal_close();
	return r;
}
