/* SPDX-License-Identifier: Apache-2.0 */
/* control_socket: the listening socket, and who is at the other end of a connection. Blocking, without libuv:
 * uv_pipe_bind cuts a long path silently and leaves the mode to the umask. */
#pragma once
#include "base/err.h"
#include "io/control.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct control_socket {
	int fd;
	bool own;  /* made here, not passed by systemd */
	dev_t dev; /* of the path, if own: it is removed only while it is still this one */
	ino_t ino;
};

/* The socket that systemd passed, or a new one at `path`, mode 0666. Not listening yet, if it is new.
 * Refuses: CONTROL_E_*. Fails: errno. `reterr_why` is set in both cases. */
int control_socket_open(const char *path, struct control_socket *ret_socket, struct why *reterr_why);
/* Removes the path of an own socket. The descriptor is not touched. */
void control_socket_remove(const struct control_socket *s, const char *path);

/* The peer as the kernel knows it. */
struct control_groups {
	gid_t *items; /* owned: supplementary groups */
	size_t count;
};
/* Fails: errno. */
int control_socket_peer(int fd, struct control_peer *ret_peer, struct control_groups *ret_groups);
