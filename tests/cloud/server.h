/* SPDX-License-Identifier: Apache-2.0 */
/* server: HTTPS towards the services (libmicrohttpd, driven from outside by the main loop). */
#pragma once
#include "cloud.h"

struct server;

/* Serves on the listening socket `fd`, which it takes. NULL if libmicrohttpd refuses. */
struct server *server_new(struct cloud *cloud, int fd, const char *key_pem, const char *cert_pem);
void server_free(struct server *s);
int server_poll_fd(const struct server *s);
/* Does what can be done now. */
void server_run(struct server *s);
/* Monotonic time at which server_run is next needed without input; WORLD_NEVER. */
int64_t server_next_ms(const struct server *s);
