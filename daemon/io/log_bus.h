/* SPDX-License-Identifier: Apache-2.0 */
/* log_bus: org.freedesktop.LogControl1 on the system bus, for `systemctl service-log-level cmekd` and `service-log-target`: level and
 * target of io/journal, until the next start. Nothing of the daemon rests on the bus: where there is none, it is looked for again
 * and again, and one that went away is found when it is back. */
#pragma once

struct uv_loop_s;
struct log_bus;

#define LOG_BUS_NAME      "io.cmekd" /* BusName= of the unit; systemd/io.cmekd.conf lets us own it */
#define LOG_BUS_RETRY_MS  1000       /* at first; then ever longer, up to: */
#define LOG_BUS_SELDOM_MS 30000

/* Fails: -ENOMEM. */
int log_bus_new(struct uv_loop_s *loop, struct log_bus **ret_log_bus);
void log_bus_close(struct log_bus *b); /* frees itself in the loop */
