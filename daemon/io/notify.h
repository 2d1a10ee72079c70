/* SPDX-License-Identifier: Apache-2.0 */
/* notify: tells systemd how the daemon is (sd_notify(3)). All of it does nothing outside systemd. */
#pragma once
#include <stdbool.h>

struct uv_loop_s;
struct notify;

/* True if the loop's work goes on: looks end, whatever their outcome. Asked at half of WATCHDOG_USEC; false:
 * the watchdog is not fed. An outage of a cloud is no reason for false. */
typedef bool notify_health_fn(void *arg);

/* Fails: -ENOMEM, or negative errno of the timer. */
int notify_new(struct uv_loop_s *loop, notify_health_fn *health, void *arg, struct notify **ret_notify);
void notify_close(struct notify *n); /* frees itself in the loop */

bool notify_is_heard(void); /* systemd, or what stands for it, listens */
/* Before READY=1: the start goes on, and has a minute from now (EXTEND_TIMEOUT_USEC=). `done` of `all` ledgers are read. */
void notify_starting(unsigned done, unsigned all);
void notify_ready(struct notify *n); /* READY=1; also ends a reload */
void notify_reloading(
	struct notify *n); /* RELOADING=1 with MONOTONIC_USEC (systemd 253 Type=notify-reload) */
void notify_stopping(struct notify *n);
/* STATUS=; sent only when it differs from the last one. */
void notify_status(struct notify *n, const char *format, ...) __attribute__((format(printf, 2, 3)));
