/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "base/own.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void secret_fini(struct secret *s)
{
	if (s->bytes)
		explicit_bzero(s->bytes, s->len);
	free(s->bytes);
	*s = SECRET_INIT;
}

int secret_set(struct secret *s, const void *bytes, size_t len)
{
	struct secret fresh = {.bytes = len < SIZE_MAX ? malloc(len + 1) : NULL, .len = len};

	if (!fresh.bytes)
		return err_origin(-ENOMEM);
	if (len > 0)
		memcpy(fresh.bytes, bytes, len);
	fresh.bytes[len] = '\0';
	secret_fini(s);
	*s = fresh;
	return 0;
}

/* Below $CREDENTIALS_DIRECTORY, and no ".." that could lead out of it. */
static bool is_credential(const char *path)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	size_t len = dir ? strlen(dir) : 0;

	while (len > 0 && dir[len - 1] == '/')
		len--;
	if (len == 0 || strncmp(path, dir, len) != 0 || path[len] != '/')
		return false;
	for (const char *p = path + len; (p = strstr(p, "/..")); p += 3)
		if (p[3] == '/' || p[3] == '\0')
			return false;
	return true;
}

/* Refuses what may not be read as a secret; else its size. */
static int check_file(
	int fd, const char *path, bool guarded, size_t max_bytes, size_t *ret_bytes, struct why *reterr_why)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		why_set(reterr_why, "%s: not a regular file; name a file that holds the secret", path);
		return SECRET_E_UNREADABLE;
	}
	if (guarded && (st.st_mode & 077) != 0 && !is_credential(path)) {
		why_set(reterr_why, "%s: mode %04o lets others than its owner in; run: chmod 600 %s", path,
			(unsigned)(st.st_mode & 07777), path);
		return SECRET_E_MODE;
	}
	if ((uintmax_t)st.st_size > max_bytes) {
		why_set(reterr_why, "%s: longer than the %zu bytes allowed; is it the right file?", path,
			max_bytes);
		return SECRET_E_SIZE;
	}
	*ret_bytes = (size_t)st.st_size;
	return 0;
}

static int load(
	const char *path, bool guarded, size_t max_bytes, struct secret *ret_secret, struct why *reterr_why)
{
	_cleanup_(secret_fini) struct secret fresh = SECRET_INIT;
	_cleanup_close_ int fd = -1;
	size_t size = 0, used = 0;
	int r;

	/* O_NONBLOCK: a FIFO without a writer must not stop the daemon. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		why_set(reterr_why, "%s: %s; check the path and the rights of the daemon's user", path,
			strerrordesc_np(errno));
		return SECRET_E_UNREADABLE;
	}
	r = check_file(fd, path, guarded, max_bytes, &size, reterr_why);
	if (r != 0)
		return r;
	fresh.bytes = malloc(size + 1);
	if (!fresh.bytes)
		return err_origin(-ENOMEM);
	fresh.len = size;
	while (used < size) {
		ssize_t n = read(fd, fresh.bytes + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			why_set(reterr_why, "%s: %s while being read; try again", path,
				n < 0 ? strerrordesc_np(errno) : "became shorter");
			return SECRET_E_UNREADABLE;
		}
		used += (size_t)n;
	}
	if (size > 0 && fresh.bytes[size - 1] == '\n')
		size--;
	fresh.bytes[size] = '\0';
	fresh.len = size;
	if (size == 0 || memchr(fresh.bytes, '\0', size)) {
		why_set(reterr_why, "%s: %s; write the secret as one line of text", path,
			size == 0 ? "empty" : "holds a NUL byte");
		return SECRET_E_EMPTY;
	}
	secret_fini(ret_secret);
	*ret_secret = fresh;
	fresh = SECRET_INIT;
	return 0;
}

int secret_load_file(const char *path, size_t max_bytes, struct secret *ret_secret, struct why *reterr_why)
{
	return load(path, true, max_bytes, ret_secret, reterr_why);
}

int secret_load_shared(const char *path, size_t max_bytes, struct secret *ret_secret, struct why *reterr_why)
{
	return load(path, false, max_bytes, ret_secret, reterr_why);
}
