/* SPDX-License-Identifier: Apache-2.0 */
#include "io/log_bus.h"
#include "base/err.h"
#include "io/journal.h"
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-bus.h>
#include <uv.h>

#define LOG_BUS_PATH      "/org/freedesktop/LogControl1"
#define LOG_BUS_INTERFACE "org.freedesktop.LogControl1"
#define LOG_BUS_TURNS     64 /* messages at a time: then the rest of the loop has its turn */
#define LOG_BUS_ANSWER_US                                                                                    \
	(2 * UINT64_C(1000000)) /* so long the bus itself may take: it is asked who sets a level */
#define LOG_BUS_REPLY_DONE 1    /* DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER */

struct log_bus {
	uv_loop_t *loop;
	uv_timer_t timer; /* the next try, or what the connection waits for */
	uv_poll_t *poll;  /* of the connection; libuv wants its memory for longer than we do */
	sd_bus *bus;      /* NULL: not connected */
	int64_t wait_ms;  /* before the next try */
	bool refused;     /* the name was not given to us */
	bool told;        /* and that was said */
};

static void log_bus_connect(struct log_bus *b);
static void log_bus_turn(struct log_bus *b);

/* ---- what can be asked ---- */

static int log_bus_get_level(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *arg, sd_bus_error *reterr)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)arg, (void)reterr;
	return sd_bus_message_append(reply, "s", journal_level_name(journal_level()));
}

static int log_bus_get_target(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *arg, sd_bus_error *reterr)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)arg, (void)reterr;
	return sd_bus_message_append(reply, "s", journal_target_name(journal_target()));
}

static int log_bus_get_identifier(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *reply, void *arg, sd_bus_error *reterr)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)arg, (void)reterr;
	return sd_bus_message_append(reply, "s", JOURNAL_IDENTIFIER);
}

static int log_bus_set_level(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *value, void *arg, sd_bus_error *reterr)
{
	const char *name, *before = journal_level_name(journal_level());
	int r = sd_bus_message_read(value, "s", &name);

	(void)bus, (void)path, (void)interface, (void)property, (void)arg;
	if (r < 0)
		return r;
	if (journal_set_level(journal_level_of(name)) != 0)
		return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS,
			"LogLevel: err, warning, notice, info or debug is expected; cmekd's alerts cannot be "
			"silenced");
	if (journal_level_of(name) != journal_level_of(before))
		journal_log(LOG_NOTICE, NULL, "the log level is %s until the next start, it was %s", name,
			before);
	return 0;
}

static int log_bus_set_target(sd_bus *bus, const char *path, const char *interface, const char *property,
	sd_bus_message *value, void *arg, sd_bus_error *reterr)
{
	enum journal_target before = journal_target(), target;
	const char *name;
	int r = sd_bus_message_read(value, "s", &name);

	(void)bus, (void)path, (void)interface, (void)property, (void)arg;
	if (r < 0)
		return r;
	if (!journal_target_of(name, &target))
		return sd_bus_error_setf(
			reterr, SD_BUS_ERROR_INVALID_ARGS, "LogTarget: journal, console or auto is expected");
	if (target == before)
		return 0;
	/* To both: who reads the one is to see where it went. */
	journal_log(
		LOG_NOTICE, NULL, "the log goes to the %s until the next start", journal_target_name(target));
	journal_set_target(target);
	journal_log(LOG_NOTICE, NULL, "the log went to the %s before", journal_target_name(before));
	return 0;
}

/* Only root and our own user may set them: sd-bus asks the bus who it is, for there is no SD_BUS_VTABLE_UNPRIVILEGED. The policy of
 * the bus says the same. */
static const sd_bus_vtable log_bus_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", log_bus_get_level, log_bus_set_level, 0, 0),
	SD_BUS_WRITABLE_PROPERTY("LogTarget", "s", log_bus_get_target, log_bus_set_target, 0, 0),
	SD_BUS_PROPERTY("SyslogIdentifier", "s", log_bus_get_identifier, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_VTABLE_END,
};

/* ---- the connection ---- */

static void log_bus_on_timer(uv_timer_t *timer)
{
	struct log_bus *b = timer->data;

	if (b->bus)
		log_bus_turn(b);
	else
		log_bus_connect(b);
}

static void log_bus_on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void log_bus_disconnect(struct log_bus *b)
{
	if (b->poll) {
		(void)uv_poll_stop(b->poll); /* before its descriptor is closed */
		uv_close((uv_handle_t *)b->poll, log_bus_on_poll_closed);
	}
	b->poll = NULL;
	b->bus = sd_bus_close_unref(b->bus);
}

static void log_bus_try_later(struct log_bus *b, int error)
{
	log_bus_disconnect(b);
	journal_log(LOG_DEBUG, NULL, "no bus (%s): tried again in %lld s", strerror(-error),
		(long long)b->wait_ms / 1000);
	(void)uv_timer_start(&b->timer, log_bus_on_timer, (uint64_t)b->wait_ms, 0);
	b->wait_ms = 2 * b->wait_ms < LOG_BUS_SELDOM_MS ? 2 * b->wait_ms : LOG_BUS_SELDOM_MS;
}

static int log_bus_on_name(sd_bus_message *reply, void *arg, sd_bus_error *reterr)
{
	struct log_bus *b = arg;
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	uint32_t got = 0;

	(void)reterr;
	if (!error && sd_bus_message_read(reply, "u", &got) >= 0 && got == LOG_BUS_REPLY_DONE) {
		b->wait_ms = LOG_BUS_RETRY_MS;
		b->told = false;
		journal_log(LOG_DEBUG, NULL, "on the bus as " LOG_BUS_NAME);
		return 0;
	}
	b->refused = true;
	if (!b->told)
		journal_log(LOG_NOTICE, NULL,
			"the bus does not give cmekd its name " LOG_BUS_NAME
			" (%s): systemctl service-log-level does "
			"not work; nothing else needs it. Install io.cmekd.conf into "
			"/usr/share/dbus-1/system.d",
			error && error->message ? error->message : "another process has it");
	b->told = true;
	return 0;
}

static void log_bus_on_ready(uv_poll_t *poll, int status, int events)
{
	(void)status, (void)events; /* what it is, sd-bus finds out */
	log_bus_turn(poll->data);
}

/* Waits for what the connection wants next. Fails: negative errno. */
static int log_bus_wait(struct log_bus *b)
{
	int events = sd_bus_get_events(b->bus), wanted = 0;
	uint64_t until_us = UINT64_MAX, now_us = uv_hrtime() / 1000;
	int r = events < 0 ? events : sd_bus_get_timeout(b->bus, &until_us);

	if (r < 0)
		return r;
	if (events & POLLIN)
		wanted |= UV_READABLE;
	if (events & POLLOUT)
		wanted |= UV_WRITABLE;
	r = uv_poll_start(b->poll, wanted, log_bus_on_ready);
	if (r < 0)
		return r;
	if (until_us == UINT64_MAX)
		return uv_timer_stop(&b->timer);
	uv_update_time(b->loop);
	return uv_timer_start(
		&b->timer, log_bus_on_timer, until_us > now_us ? (until_us - now_us) / 1000 + 1 : 0, 0);
}

static void log_bus_turn(struct log_bus *b)
{
	int r = 1;

	for (int i = 0; i < LOG_BUS_TURNS && r > 0; i++)
		r = sd_bus_process(b->bus, NULL);
	if (r >= 0 && b->refused)
		r = -EACCES;
	if (r >= 0)
		r = log_bus_wait(b);
	if (r < 0)
		log_bus_try_later(b, r);
}

/* Nothing here waits for an answer: what comes of it is found by log_bus_turn(). */
static int log_bus_open(struct log_bus *b)
{
	int r = sd_bus_open_system_with_description(&b->bus, "cmekd");

	if (r >= 0)
		r = sd_bus_set_method_call_timeout(b->bus, LOG_BUS_ANSWER_US);
	if (r >= 0)
		r = sd_bus_add_object_vtable(
			b->bus, NULL, LOG_BUS_PATH, LOG_BUS_INTERFACE, log_bus_vtable, b);
	if (r >= 0)
		r = sd_bus_request_name_async(b->bus, NULL, LOG_BUS_NAME, 0, log_bus_on_name, b);
	if (r >= 0)
		r = sd_bus_get_fd(b->bus);
	if (r < 0)
		return r;
	b->poll = malloc(sizeof(*b->poll));
	if (!b->poll)
		return err_origin(-ENOMEM);
	r = uv_poll_init(b->loop, b->poll, r);
	if (r < 0) {
		free(b->poll); /* nothing of it is on the loop */
		b->poll = NULL;
		return r;
	}
	b->poll->data = b;
	return 0;
}

static void log_bus_connect(struct log_bus *b)
{
	int r = log_bus_open(b);

	b->refused = false;
	if (r < 0)
		log_bus_try_later(b, r);
	else
		log_bus_turn(b);
}

int log_bus_new(uv_loop_t *loop, struct log_bus **ret_log_bus)
{
	struct log_bus *b = calloc(1, sizeof(*b));

	if (!b)
		return err_origin(-ENOMEM);
	b->loop = loop;
	b->wait_ms = LOG_BUS_RETRY_MS;
	(void)uv_timer_init(loop, &b->timer);
	b->timer.data = b;
	log_bus_connect(b);
	*ret_log_bus = b;
	return 0;
}

static void log_bus_on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void log_bus_close(struct log_bus *b)
{
	log_bus_disconnect(b);
	uv_close((uv_handle_t *)&b->timer, log_bus_on_closed);
}
