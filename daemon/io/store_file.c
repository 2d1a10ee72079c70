/* SPDX-License-Identifier: Apache-2.0 */
#include "io/store_file.h"
#include "base/err.h"
#include "base/own.h"
#include "io/store.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void store_file_fini(struct store_file *f)
{
	free(f->path);
	*f = (struct store_file){.path = NULL};
}

static int write_all(int fd, const char *bytes, size_t len, uint64_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, bytes, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_origin(n < 0 ? -errno : -EIO);
		bytes += n;
		len -= (size_t)n;
		at += (size_t)n;
	}
	return 0;
}

/* The folder's own entry for the file, made durable. */
static int sync_folder(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	if (!copy)
		return err_origin(-ENOMEM);
	_cleanup_close_ int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return err_origin(-errno);
	return 0;
}

static int write_fresh(const char *fresh, const void *bytes, size_t len, bool sync)
{
	(void)unlink(fresh); /* of a start that did not end; the folder's lock is ours */
	_cleanup_close_ int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_origin(-errno);
	int r = write_all(fd, bytes, len, 0);
	if (r == 0 && sync && fsync(fd) < 0)
		r = err_origin(-errno);
	if (r < 0)
		(void)unlink(fresh);
	return r;
}

static char *fresh_path(const struct store_file *f)
{
	char *fresh;
	return asprintf(&fresh, "%s" STORE_FILE_FRESH, f->path) < 0 ? NULL : fresh;
}

int store_file_prepare(struct store_file *f, const void *bytes, size_t len, bool sync)
{
	_cleanup_free_ char *fresh = fresh_path(f);
	f->step = "create";
	return fresh ? write_fresh(fresh, bytes, len, sync) : err_origin(-ENOMEM);
}

int store_file_name(struct store_file *f)
{
	_cleanup_free_ char *fresh = fresh_path(f);
	if (!fresh)
		return err_origin(-ENOMEM);
	/* link(), not rename(): it never replaces a ledger */
	int r = link(fresh, f->path) < 0 ? err_origin(-errno) : 0;
	(void)unlink(fresh);
	return r;
}

int store_file_create(struct store_file *f, const void *bytes, size_t len)
{
	int r = store_file_prepare(f, bytes, len, true);
	if (r == 0)
		r = store_file_name(f);
	return r < 0 ? r : sync_folder(f->path);
}

int store_file_read(struct store_file *f, size_t max_bytes, char **ret_bytes, size_t *ret_len)
{
	struct stat st;
	f->step = "read";
	/* O_NONBLOCK: a FIFO must not keep the daemon from starting */
	_cleanup_close_ int fd = open(f->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? -errno : err_origin(-errno);
	if (fstat(fd, &st) < 0)
		return err_origin(-errno);
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	if (st.st_size > (off_t)max_bytes)
		return -EFBIG;
	size_t len = 0, size = (size_t)st.st_size;
	_cleanup_free_ char *bytes = malloc(size + 1);
	if (!bytes)
		return err_origin(-ENOMEM);
	while (len < size) {
		ssize_t n = read(fd, bytes + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_origin(-errno);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	*ret_bytes = own_take(bytes);
	*ret_len = len;
	return 0;
}

/* Opens the file that was loaded, and no other. */
static int open_same(struct store_file *f, struct stat *ret_st, int *ret_fd)
{
	f->step = "open";
	_cleanup_close_ int fd = open(f->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_origin(-errno);
	if (fstat(fd, ret_st) < 0)
		return err_origin(-errno);
	if (ret_st->st_dev != f->dev || ret_st->st_ino != f->ino ||
		(uint64_t)ret_st->st_size < f->durable_bytes)
		return err_origin(-ESTALE);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int sync_data(struct store_file *f, int fd)
{
	f->step = "sync";
	return fdatasync(fd) < 0 ? err_origin(-errno) : 0;
}

/* Keeps STORE_ROOM_BYTES allocated behind the end. A file system that cannot is no failure, nor is a full
 * one: the room that is left is then what an incident is finished with. */
static void keep_room(struct store_file *f, int fd)
{
	struct stat st;
	f->room_left = SIZE_MAX;
	if (fstat(fd, &st) < 0)
		return;
	int64_t room =
		(int64_t)st.st_blocks * 512 - (int64_t)st.st_size; /* st_blocks: of 512 bytes, stat(3) */
	if (room >= STORE_ROOM_BYTES / 2)
		return;
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, st.st_size, STORE_ROOM_BYTES) < 0 &&
		(errno == ENOSPC || errno == EDQUOT))
		f->room_left = room > 0 ? (size_t)room : 0;
}

/* The end of the durable part is the end of the record whose hash we know. */
static int check_tail(struct store_file *f, int fd)
{
	char hex[DIGEST_HEX_BYTES], wanted[DIGEST_HEX_BYTES + 4], found[sizeof wanted];
	f->step = "check";
	digest_format(&f->hash, hex);
	int len = snprintf(wanted, sizeof wanted, "%s\"}\n", hex);
	if ((uint64_t)len > f->durable_bytes)
		return err_origin(-ESTALE);
	ssize_t n = pread(fd, found, (size_t)len, (off_t)(f->durable_bytes - (uint64_t)len));
	if (n < 0)
		return err_origin(-errno);
	return n == len && memcmp(found, wanted, (size_t)len) == 0 ? 0 : err_origin(-ESTALE);
}

int store_file_cut(struct store_file *f)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = open_same(f, &st, &fd);
	if (r == 0)
		r = check_tail(f, fd);
	if (r < 0)
		return r;
	/* Only if needed: truncate(2) to the same length would give the room away. */
	if ((uint64_t)st.st_size > f->durable_bytes) {
		if (!f->behind)
			return err_origin(-ESTALE);
		f->step = "cut";
		if (ftruncate(fd, (off_t)f->durable_bytes) < 0)
			return err_origin(-errno);
		r = sync_data(f, fd);
		if (r < 0)
			return r;
	}
	f->behind = false;
	keep_room(f, fd);
	return 0;
}

int store_file_append(struct store_file *f, const void *bytes, size_t len, const struct digest *hash_after)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = open_same(f, &st, &fd);
	if (r < 0)
		return r;
	if ((uint64_t)st.st_size != f->durable_bytes)
		return err_origin(-ESTALE);
	f->step = "write to";
	f->behind = true;
	r = write_all(fd, bytes, len, f->durable_bytes);
	if (r == 0)
		r = sync_data(f, fd);
	if (r < 0)
		return r;
	f->durable_bytes += len;
	f->hash = *hash_after;
	f->behind = false;
	keep_room(f, fd);
	return 0;
}

int store_file_prove(struct store_file *f)
{
	static const char zeros[LEDGER_LINE_MAX];
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = open_same(f, &st, &fd);
	if (r < 0)
		return r;
	if ((uint64_t)st.st_size != f->durable_bytes)
		return err_origin(-ESTALE);
	f->step = "write to";
	f->behind = true;
	r = write_all(fd, zeros, sizeof zeros, f->durable_bytes);
	if (r == 0)
		r = sync_data(f, fd);
	int cut = store_file_cut(f);
	return r < 0 ? r : cut;
}
