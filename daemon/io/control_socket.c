/* SPDX-License-Identifier: Apache-2.0 */
#include "io/control_socket.h"
#include "base/own.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

/* 1: systemd passed a socket; 0: none. */
static int take_passed(struct control_socket *ret_socket, struct why *reterr_why)
{
	int n = sd_listen_fds(1);
	if (n < 0) {
		why_set(reterr_why, "cannot take the sockets that systemd passed: %s", strerror(-n));
		return err_origin(n);
	}
	if (n == 0)
		return 0;
	if (n > 1 || sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0) {
		why_set(reterr_why,
			"systemd passed %d sockets, but cmekd takes exactly one, a listening Unix stream: "
			"see ListenStream= in cmekd.socket",
			n);
		return -EINVAL;
	}
	*ret_socket = (struct control_socket){.fd = SD_LISTEN_FDS_START, .own = false};
	return 1;
}

/* Makes room at the path: a socket on which nobody answers goes, anything else stays. */
static int clear_path(const struct sockaddr_un *address, struct why *reterr_why)
{
	struct stat st;
	const char *path = address->sun_path;
	if (lstat(path, &st) < 0) {
		if (errno == ENOENT)
			return 0;
		int r = err_origin(-errno);
		why_set(reterr_why, "cannot look at %s: %s", path, strerror(-r));
		return r;
	}
	if (!S_ISSOCK(st.st_mode)) {
		why_set(reterr_why, "%s is no socket: move it away, or set another Socket=", path);
		return CONTROL_E_FILE;
	}
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_origin(-errno);
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN) {
		why_set(reterr_why,
			"somebody listens on %s: another cmekd runs; stop it first, or set another Socket=",
			path);
		return CONTROL_E_BUSY;
	}
	if (errno != ECONNREFUSED) {
		int r = err_origin(-errno);
		why_set(reterr_why, "cannot find out who listens on %s: %s", path, strerror(-r));
		return r;
	}
	if (unlink(path) < 0 && errno != ENOENT) {
		int r = err_origin(-errno);
		why_set(reterr_why, "cannot remove the stale socket %s: %s", path, strerror(-r));
		return r;
	}
	return 0;
}

int control_socket_open(const char *path, struct control_socket *ret_socket, struct why *reterr_why)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	int r = take_passed(ret_socket, reterr_why);
	if (r != 0)
		return r < 0 ? r : 0;
	size_t len = strlen(path);
	if (path[0] != '/' || len >= sizeof address.sun_path) {
		why_set(reterr_why, "Socket=%s: an absolute path of at most %zu bytes is needed", path,
			sizeof address.sun_path - 1);
		return CONTROL_E_PATH;
	}
	memcpy(address.sun_path, path, len + 1);
	r = clear_path(&address, reterr_why);
	if (r != 0)
		return r;
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
		r = err_origin(-errno);
		why_set(reterr_why, "cannot make the socket %s: %s", path, strerror(-r));
		return r;
	}
	/* Anyone may connect: to be told what they may not. */
	if (chmod(path, 0666) < 0 || lstat(path, &st) < 0) {
		r = err_origin(-errno);
		why_set(reterr_why, "cannot open the socket %s to all: %s", path, strerror(-r));
		(void)unlink(path);
		return r;
	}
	*ret_socket = (struct control_socket){.fd = fd, .own = true, .dev = st.st_dev, .ino = st.st_ino};
	fd = -1;
	return 0;
}

void control_socket_remove(const struct control_socket *s, const char *path)
{
	struct stat st;
	if (s->own && lstat(path, &st) == 0 && st.st_dev == s->dev && st.st_ino == s->ino)
		(void)unlink(path);
}

int control_socket_peer(int fd, struct control_peer *ret_peer, struct control_groups *ret_groups)
{
	struct ucred cred;
	socklen_t len = sizeof cred;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return err_origin(-errno);
	struct control_peer peer = {.uid = cred.uid, .gid = cred.gid, .pid = cred.pid};
	int n = snprintf(
		peer.who, sizeof peer.who, "uid=%u%s", (unsigned)cred.uid, cred.uid == 0 ? "(root)" : "");
	if (n < 0)
		return err_origin(-EINVAL);

	/* Asked without room it tells the size (ERANGE); without any group there is nothing to ask. */
	len = 0;
	_cleanup_free_ gid_t *groups = NULL;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) < 0) {
		if (errno != ERANGE)
			return err_origin(-errno);
		if (len > CONTROL_GROUPS_MAX * sizeof *groups)
			return err_origin(-E2BIG);
		groups = malloc(len);
		if (!groups)
			return err_origin(-ENOMEM);
		if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
			return err_origin(-errno);
	}
	*ret_peer = peer;
	*ret_groups = (struct control_groups){.items = own_take(groups), .count = len / sizeof(gid_t)};
	return 0;
}
