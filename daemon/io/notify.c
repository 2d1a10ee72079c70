/* SPDX-License-Identifier: Apache-2.0 */
#include "io/notify.h"
#include "base/err.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <uv.h>

#define NOTIFY_STATUS_BYTES 512
#define NOTIFY_START_US     60000000 /* from each message on, as TimeoutStartSec= of the unit gives at first */

struct notify {
	uv_timer_t watchdog;
	notify_health_fn *health;
	void *arg;
	char status[NOTIFY_STATUS_BYTES];
};

static void notify_on_watchdog(uv_timer_t *timer)
{
	struct notify *n = timer->data;

	if (n->health(n->arg))
		(void)sd_notify(0, "WATCHDOG=1");
}

int notify_new(struct uv_loop_s *loop, notify_health_fn *health, void *arg, struct notify **ret_notify)
{
	struct notify *n = calloc(1, sizeof(*n));
	uint64_t watchdog_us = 0;

	if (!n)
		return err_origin(-ENOMEM);
	n->health = health;
	n->arg = arg;
	(void)uv_timer_init(loop, &n->watchdog);
	n->watchdog.data = n;
	if (sd_watchdog_enabled(0, &watchdog_us) > 0) {
		uint64_t half_ms = watchdog_us / 2000 > 0 ? watchdog_us / 2000 : 1;

		(void)uv_timer_start(&n->watchdog, notify_on_watchdog, 0, half_ms);
		uv_unref((uv_handle_t *)&n->watchdog);
	}
	*ret_notify = n;
	return 0;
}

static void notify_on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void notify_close(struct notify *n)
{
	uv_close((uv_handle_t *)&n->watchdog, notify_on_closed);
}

bool notify_is_heard(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}

void notify_starting(unsigned done, unsigned all)
{
	(void)sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%d\nSTATUS=starting: %u of %u ledgers are read",
		NOTIFY_START_US, done, all);
}

void notify_ready(struct notify *n)
{
	(void)n;
	(void)sd_notify(0, "READY=1");
}

void notify_reloading(struct notify *n)
{
	(void)n;
	/* The time of this very message: systemd uses it to tell reloads apart (sd_notify(3)). */
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, uv_hrtime() / 1000);
}

void notify_stopping(struct notify *n)
{
	(void)n;
	(void)sd_notify(0, "STOPPING=1");
}

void notify_status(struct notify *n, const char *format, ...)
{
	char status[NOTIFY_STATUS_BYTES];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(status, sizeof(status), format, ap);
	va_end(ap);
	for (char *p = status; *p; p++)
		if ((unsigned char)*p < ' ') /* a newline would start another assignment */
			*p = ' ';
	if (strcmp(status, n->status) == 0)
		return;
	memcpy(n->status, status, sizeof(n->status));
	(void)sd_notifyf(0, "STATUS=%s", status);
}
