/* SPDX-License-Identifier: Apache-2.0 */
/* The store on a real folder. fdatasync and pwrite are wrapped at link time, so that they can fail at will; a full
 * disk is played by a limit on the file's size, which cuts a write in the middle just so. */
#include "io/store.h"
#include "base/own.h"
#include "io/genesis.h"
#include "io/store_many.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
ssize_t __real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);

static atomic_int sync_error, sync_calls, write_error, write_calls;
static atomic_llong disk_bytes = INT64_MAX; /* a file may not grow beyond it */

int __wrap_fdatasync(int fd)
{
	sync_calls++;
	if (sync_error) {
		errno = sync_error;
		return -1;
	}
	return __real_fdatasync(fd);
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	write_calls++;
	if (write_error) {
		errno = write_error;
		return -1;
	}
	if (at >= disk_bytes) {
		errno = ENOSPC;
		return -1;
	}
	if (at + (off_t)len > disk_bytes)
		len = (size_t)(disk_bytes - at);
	return __real_pwrite(fd, bytes, len, at);
}

static int syncfs_error;

int __wrap_syncfs(int fd);
int __wrap_syncfs(int fd)
{
	if (syncfs_error) {
		errno = syncfs_error;
		return -1;
	}
	return fsync(fd); /* the machine's own files are not this test's */
}

/* ---- a world: a folder, a loop, what was told ---- */

struct world {
	char dir[64], path[96];
	uv_loop_t loop;
	struct store *store;
	struct store_report report;
	struct why why;
	uint64_t seen; /* records given at load */
	unsigned told, failed;
	uint64_t last_seq;
	int last_error;
	bool inside; /* a call of store_append is on the stack */
};

static const struct project_name name = {"lab"};
static const struct project_id project = {"1372813089209061633"};
static const struct walltime now = {1795492166000};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	assert_non_null(w);
	strcpy(w->dir, "/tmp/cmekd-store-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof w->path, "%s/lab.ledger", w->dir);
	assert_int_equal(uv_loop_init(&w->loop), 0);
	sync_error = write_error = syncfs_error = 0;
	disk_bytes = INT64_MAX;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	if (w->store)
		store_close(w->store, NULL, NULL);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	DIR *d = opendir(w->dir);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
	return 0;
}

static int count_record(const struct ledger_entry *entry, void *arg)
{
	struct world *w = arg;
	w->seen++;
	assert_int_equal(entry->record.seq.n, w->seen);
	return 0;
}

static int open_store(struct world *w)
{
	w->seen = 0;
	w->why.text[0] = '\0';
	return store_open(
		&w->loop, w->dir, &name, &project, now, count_record, w, &w->store, &w->report, &w->why);
}

static void close_store(struct world *w)
{
	store_close(w->store, NULL, NULL);
	w->store = NULL;
	uv_run(&w->loop, UV_RUN_DEFAULT);
}

static void on_done(struct store *s, struct seq seq, int error, void *arg)
{
	struct world *w = arg;
	(void)s;
	assert_false(w->inside);
	w->told++;
	w->failed += error != 0;
	if (error == 0)
		assert_true(seq.n > w->last_seq); /* in order */
	w->last_seq = seq.n;
	w->last_error = error;
}

static int append(struct world *w, const char *note)
{
	struct record r;
	memset(&r, 0, sizeof r);
	r.type = RECORD_DARK;
	r.seq.n = store_next_seq(w->store);
	r.at = now;
	strcpy(r.region.text, "us-west-2");
	w->inside = true;
	int result = store_append(w->store, &r, &(struct record_texts){.note = note}, on_done, w);
	w->inside = false;
	return result;
}

static void run(struct world *w)
{
	uv_run(&w->loop, UV_RUN_DEFAULT);
}

static off_t file_size(struct world *w)
{
	struct stat st;
	assert_int_equal(stat(w->path, &st), 0);
	return st.st_size;
}

/* ---- opening ---- */

static void test_a_new_ledger(void **state)
{
	struct world *w = *state;
	struct stat st;
	assert_int_equal(open_store(w), 0);
	assert_true(w->report.created);
	assert_false(w->report.foreign);
	assert_int_equal(strlen(w->report.id.text), 16);
	assert_int_equal(w->report.last_at.ms, now.ms);
	assert_int_equal(w->seen, 1);
	assert_int_equal(store_next_seq(w->store), 2);
	assert_string_equal(store_path(w->store), w->path);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	struct ledger_id id = w->report.id;
	close_store(w);

	assert_int_equal(open_store(w), 0);
	assert_false(w->report.created);
	assert_string_equal(w->report.id.text, id.text);
	assert_int_equal(w->seen, 1);
}

static void test_ids_differ(void **state)
{
	struct world *w = *state;
	struct record a, b;
	(void)w;
	assert_int_equal(genesis_make(&project, now, &a), 0);
	assert_int_equal(genesis_make(&project, now, &b), 0);
	assert_string_not_equal(a.ledger.text, b.ledger.text);
	assert_string_equal(a.machine, b.machine);
	assert_int_equal(strlen(a.machine), 32);
}

static void test_a_second_daemon_is_refused(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int first = -1, second = -1;
	struct why why;
	assert_int_equal(store_lock(w->dir, &first, &why), 0);
	assert_int_equal(store_lock(w->dir, &second, &why), STORE_E_LOCKED);
	assert_int_equal(second, -1);
	assert_non_null(strstr(why.text, "another cmekd"));
	own_close(&first);
	assert_int_equal(store_lock(w->dir, &second, &why), 0);
	_cleanup_close_ int third = -1;
	assert_int_equal(store_lock("/proc/nowhere/at/all", &third, &why), -ENOENT);
	assert_non_null(strstr(why.text, "/proc/nowhere"));
}

static void test_what_is_no_ledger(void **state)
{
	struct world *w = *state;
	assert_int_equal(symlink("/dev/null", w->path), 0);
	assert_int_equal(open_store(w), STORE_E_FILE);
	assert_int_equal(unlink(w->path), 0);
	assert_int_equal(mkfifo(w->path, 0600), 0);
	assert_int_equal(open_store(w), STORE_E_FILE);
	assert_int_equal(unlink(w->path), 0);

	int fd = open(w->path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(open_store(w), STORE_E_DAMAGED); /* empty: never made so by cmekd */
	assert_non_null(strstr(w->why.text, "genesis"));
	assert_int_equal(ftruncate(fd, (off_t)STORE_LEDGER_MAX + 1), 0);
	assert_int_equal(open_store(w), STORE_E_LARGE);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(write(fd, "garbage\n", 8), 8);
	assert_int_equal(open_store(w), STORE_E_DAMAGED);
	assert_int_equal(w->report.ledger.line, 1);
	assert_int_equal(file_size(w), 8);
	close(fd);
	assert_null(w->store);
}

static void test_another_projects_ledger(void **state)
{
	struct world *w = *state;
	struct project_id other = {"2"};
	assert_int_equal(open_store(w), 0);
	close_store(w);
	assert_int_equal(
		store_open(&w->loop, w->dir, &name, &other, now, NULL, NULL, &w->store, &w->report, &w->why),
		STORE_E_PROJECT);
	assert_non_null(strstr(w->why.text, "another project"));
}

/* Begun on another machine, and then adopted by this one, and by the other again. */
static void machines_ledger(struct world *w, int adopted)
{
	_cleanup_(buf_fini) struct buf line = BUF_INIT(3 * LEDGER_LINE_MAX);
	struct ledger_head head = {{0}, {{0}}};
	struct record r;
	char here[RECORD_MACHINE_BYTES];
	assert_int_equal(genesis_make(&project, now, &r), 0);
	strcpy(here, r.machine);
	for (int i = 0; i <= adopted; i++) {
		strcpy(r.machine, i % 2 ? here : "0123456789abcdef0123456789abcdef");
		assert_int_equal(ledger_encode(&r, NULL, &head, &line), 0);
		r.type = RECORD_ADOPTED;
		r.seq.n++;
	}
	int fd = open(w->path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, line.data, line.len), (ssize_t)line.len);
	close(fd);
	assert_int_equal(open_store(w), 0);
}

static void test_another_machines_ledger(void **state)
{
	struct world *w = *state;
	for (int adopted = 0; adopted < 3; adopted++) {
		machines_ledger(w, adopted);
		assert_int_equal(w->report.foreign, adopted != 1);
		close_store(w);
		assert_int_equal(unlink(w->path), 0);
	}
}

/* ---- appending ---- */

static void test_append_and_tell(void **state)
{
	struct world *w = *state;
	assert_int_equal(open_store(w), 0);
	struct digest before = store_head(w->store)->hash;
	assert_int_equal(append(w, "one"), 0);
	assert_int_equal(w->told, 0);
	assert_int_equal(store_next_seq(w->store), 3);
	assert_int_equal(store_head(w->store)->seq.n, 1); /* not durable yet */
	run(w);
	assert_int_equal(w->told, 1);
	assert_int_equal(w->failed, 0);
	assert_int_equal(store_head(w->store)->seq.n, 2);
	assert_memory_not_equal(&before, &store_head(w->store)->hash, sizeof before);
	close_store(w);
	assert_int_equal(open_store(w), 0);
	assert_int_equal(w->seen, 2);
}

static void test_waiting_records_share_a_sync(void **state)
{
	struct world *w = *state;
	assert_int_equal(open_store(w), 0);
	sync_calls = 0;
	for (int i = 0; i < 100; i++)
		assert_int_equal(append(w, "many"), 0);
	run(w);
	assert_int_equal(w->told, 100);
	assert_int_equal(w->failed, 0);
	assert_int_equal(sync_calls, 2); /* the first alone, the others together */
	assert_int_equal(store_head(w->store)->seq.n, 101);
	close_store(w);
	assert_int_equal(open_store(w), 0);
	assert_int_equal(w->seen, 101);
}

static void test_close_writes_what_waits(void **state)
{
	struct world *w = *state;
	assert_int_equal(open_store(w), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(append(w, "last words"), 0);
	close_store(w);
	assert_int_equal(w->told, 3);
	assert_int_equal(open_store(w), 0);
	assert_int_equal(w->seen, 4);
}

static void append_again(struct store *s, struct seq seq, int error, void *arg)
{
	struct world *w = arg;
	(void)s;
	assert_int_equal(error, 0);
	if (seq.n < 5) {
		struct record r;
		memset(&r, 0, sizeof r);
		r.type = RECORD_DARK;
		r.seq.n = seq.n + 1;
		strcpy(r.region.text, "us-west-2");
		assert_int_equal(store_append(s, &r, NULL, append_again, w), 0);
	}
	w->told++;
}

static void test_append_from_inside_a_callback(void **state)
{
	struct world *w = *state;
	struct record r;
	assert_int_equal(open_store(w), 0);
	memset(&r, 0, sizeof r);
	r.type = RECORD_DARK;
	r.seq.n = 2;
	strcpy(r.region.text, "us-west-2");
	assert_int_equal(store_append(w->store, &r, NULL, append_again, w), 0);
	run(w);
	assert_int_equal(w->told, 4);
	/* a record that does not follow */
	r.seq.n = 99;
	assert_int_equal(store_append(w->store, &r, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(store_next_seq(w->store), 6);
}

/* ---- kill -9 and power loss ---- */

static void test_killed_at_each_byte(void **state)
{
	struct world *w = *state;
	static char bytes[16384];
	size_t starts[5];
	assert_int_equal(open_store(w), 0);
	starts[0] = (size_t)file_size(w);
	for (int i = 1; i < 4; i++) {
		assert_int_equal(append(w, "x"), 0);
		run(w);
		starts[i] = (size_t)file_size(w);
	}
	close_store(w);
	int fd = open(w->path, O_RDWR);
	ssize_t len = read(fd, bytes, sizeof bytes);
	assert_int_equal(len, starts[3]);
	size_t line = 0;
	w->last_seq = 0;
	for (size_t cut = starts[0]; cut <= (size_t)len; cut++) {
		if (line < 3 && cut == starts[line + 1])
			line++;
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(__real_pwrite(fd, bytes, cut, 0), (ssize_t)cut);
		if (cut % 3 == 0) /* and room behind it that was seen as zeros */
			assert_int_equal(ftruncate(fd, (off_t)cut + 5000), 0);
		assert_int_equal(open_store(w), 0);
		assert_int_equal(w->seen, line + 1);
		assert_int_equal(w->report.ledger.torn_bytes, cut - starts[line]);
		assert_int_equal(file_size(w), starts[line]);
		assert_int_equal(append(w, "after"), 0);
		close_store(w);
		assert_int_equal(w->last_error, 0);
		w->last_seq = 0;
	}
	close(fd);
	assert_int_equal(open_store(w), 0);
	assert_int_equal(w->seen, 5);
}

/* Of a project that is not watched: nothing is made, and nothing is cut. */
static void test_only_read(void **state)
{
	struct world *w = *state;
	w->seen = 0;
	assert_int_equal(store_read(w->dir, &name, count_record, w, &w->why), -ENOENT);
	assert_int_equal(access(w->path, F_OK), -1);
	assert_int_equal(open_store(w), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(append(w, "x"), 0);
	close_store(w);
	int fd = open(w->path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "{\"seq\":", 7), 7); /* a torn tail */
	off_t size = file_size(w);
	w->seen = 0;
	assert_int_equal(store_read(w->dir, &name, count_record, w, &w->why), 0);
	assert_int_equal(w->seen, 4);
	assert_int_equal(file_size(w), size);
	assert_int_equal(write(fd, "\n", 1), 1);
	close(fd);
	w->seen = 0;
	assert_int_equal(store_read(w->dir, &name, count_record, w, &w->why), STORE_E_DAMAGED);
	assert_non_null(strstr(w->why.text, "is damaged"));
	assert_int_equal(w->seen, 4);
	assert_int_equal(file_size(w), size + 1);
}

static void test_damage_is_left_alone(void **state)
{
	struct world *w = *state;
	assert_int_equal(open_store(w), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(append(w, "x"), 0);
	close_store(w);
	off_t size = file_size(w);
	int fd = open(w->path, O_RDWR);
	char byte;
	assert_int_equal(pread(fd, &byte, 1, size / 2), 1);
	byte ^= 1;
	assert_int_equal(__real_pwrite(fd, &byte, 1, size / 2), 1);
	close(fd);
	assert_int_equal(open_store(w), STORE_E_DAMAGED);
	assert_true(w->report.ledger.line > 1);
	assert_int_equal(w->seen, w->report.ledger.line - 1);
	assert_non_null(strstr(w->why.text, "damaged: line "));
	assert_int_equal(file_size(w), size);
}

/* ---- a disk that fails ---- */

static void on_probe(struct store *s, struct seq seq, int error, void *arg)
{
	int *result = arg;
	(void)s;
	(void)seq;
	*result = error;
}

static void test_a_failed_sync_is_told_and_not_repeated(void **state)
{
	struct world *w = *state;
	struct why why;
	int probe = 1;
	assert_int_equal(open_store(w), 0);
	assert_int_equal(append(w, "good"), 0);
	run(w);
	off_t durable = file_size(w);
	store_why(w->store, &why);
	assert_string_equal(why.text, "");

	sync_error = EIO;
	assert_int_equal(append(w, "lost?"), 0);
	assert_int_equal(append(w, "lost too?"), 0);
	run(w);
	assert_int_equal(w->failed, 2);
	assert_int_equal(w->last_error, -EIO);
	assert_int_equal(store_error(w->store), -EIO);
	store_why(w->store, &why);
	assert_non_null(strstr(why.text, "cannot sync the ledger"));
	assert_non_null(strstr(why.text, w->path));
	assert_int_equal(file_size(w), durable); /* cut back */
	assert_int_equal(store_head(w->store)->seq.n, 2);

	/* while it is failed: told so, later, and nothing is tried by itself */
	int syncs = sync_calls;
	assert_int_equal(append(w, "meanwhile"), 0);
	assert_int_equal(w->failed, 2);
	run(w);
	assert_int_equal(w->failed, 3);
	assert_int_equal(sync_calls, syncs);

	assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
	assert_int_equal(store_probe(w->store, on_probe, &probe), -EBUSY);
	assert_int_equal(probe, 1);
	run(w);
	assert_int_equal(probe, -EIO);
	assert_int_equal(store_error(w->store), -EIO);

	/* it works again: what waited is written first, in its order */
	sync_error = 0;
	assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
	assert_int_equal(append(w, "during the probe"), 0);
	w->last_seq = 0;
	run(w);
	assert_int_equal(probe, 0);
	assert_int_equal(store_error(w->store), 0);
	assert_int_equal(w->last_error, 0);
	assert_int_equal(w->failed, 3);
	assert_int_equal(store_head(w->store)->seq.n, 6);
	close_store(w);
	assert_int_equal(open_store(w), 0);
	assert_int_equal(w->seen, 6);
}

static void test_a_full_disk(void **state)
{
	struct world *w = *state;
	int probe = 1;
	assert_int_equal(open_store(w), 0);
	/* the write is cut at each place in the record */
	for (int more = 0; more < 1000; more += 7) {
		off_t durable = file_size(w);
		disk_bytes = durable + more;
		assert_int_equal(append(w, "a note that takes some room"), 0);
		run(w);
		if (w->last_error == 0) { /* it fits as a whole */
			assert_true(more > 200);
			break;
		}
		assert_int_equal(w->last_error, -ENOSPC);
		assert_int_equal(store_error(w->store), -ENOSPC);
		assert_int_equal(file_size(w), durable);
		assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
		run(w);
		assert_int_equal(probe, -ENOSPC);
		disk_bytes = INT64_MAX;
		assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
		run(w);
		assert_int_equal(probe, 0);
	}
	uint64_t next = store_next_seq(w->store);
	close_store(w);
	assert_int_equal(open_store(w), 0);
	assert_int_equal(w->seen, next - 1);
}

static void test_probe_of_a_good_store(void **state)
{
	struct world *w = *state;
	int probe = 1;
	assert_int_equal(open_store(w), 0);
	off_t size = file_size(w);
	assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
	run(w);
	assert_int_equal(probe, 0);
	assert_int_equal(file_size(w), size);
	write_error = EROFS;
	assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
	run(w);
	assert_int_equal(probe, -EROFS);
	assert_int_equal(store_error(w->store), -EROFS);
	write_error = 0;
}

static void test_restart_after_a_failure(void **state)
{
	struct world *w = *state;
	assert_int_equal(open_store(w), 0);
	assert_int_equal(append(w, "good"), 0);
	run(w);
	write_error = EIO;
	assert_int_equal(append(w, "never"), 0);
	close_store(w);
	assert_int_equal(w->last_error, -EIO);
	write_error = 0;
	assert_int_equal(open_store(w), 0);
	assert_int_equal(w->seen, 2);
}

static void test_the_backlog_is_bounded(void **state)
{
	struct world *w = *state;
	int r = 0, probe = 1;
	unsigned taken = 0;
	assert_int_equal(open_store(w), 0);
	write_error = EIO;
	char note[RECORD_TEXT_MAX + 1];
	memset(note, 'n', sizeof note - 1);
	note[sizeof note - 1] = '\0';
	while (r == 0 && taken < 10000) {
		r = append(w, note);
		run(w);
		taken += r == 0;
	}
	assert_int_equal(r, -ENOBUFS);
	assert_int_equal(w->failed, taken);
	assert_true(taken > 500 && taken < 1500);
	write_error = 0;
	assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
	run(w);
	assert_int_equal(probe, 0);
	assert_int_equal(store_head(w->store)->seq.n, taken + 1);
	assert_int_equal(append(w, "again"), 0);
	close_store(w);
	assert_int_equal(open_store(w), 0);
	assert_int_equal(w->seen, taken + 2);
}

static void test_a_file_that_others_touched(void **state)
{
	struct world *w = *state;
	struct why why;
	assert_int_equal(open_store(w), 0);
	int fd = open(w->path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(append(w, "no"), 0);
	run(w);
	assert_int_equal(w->last_error, -ESTALE);
	store_why(w->store, &why);
	assert_non_null(strstr(why.text, "another program"));
	/* it is not ours to cut, not even by a probe */
	int probe = 1;
	off_t size = file_size(w);
	assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
	run(w);
	assert_int_equal(probe, -ESTALE);
	assert_int_equal(file_size(w), size);
	assert_int_equal(ftruncate(fd, size - 1), 0);
	close(fd);
	assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
	run(w);
	assert_int_equal(probe, 0);

	char away[128];
	snprintf(away, sizeof away, "%s/away", w->dir);
	assert_int_equal(rename(w->path, away), 0);
	assert_int_equal(append(w, "no"), 0);
	run(w);
	assert_int_equal(w->last_error, -ENOENT);
	fd = open(w->path, O_WRONLY | O_CREAT, 0600); /* another file of that name */
	close(fd);
	assert_int_equal(append(w, "no"), 0);
	assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
	run(w);
	assert_int_equal(probe, -ESTALE);
	assert_int_equal(rename(away, w->path), 0);
	assert_int_equal(store_probe(w->store, on_probe, &probe), 0);
	run(w);
	assert_int_equal(probe, 0);
	assert_int_equal(store_head(w->store)->seq.n, 4);
}

static void test_room_is_kept(void **state)
{
	struct world *w = *state;
	struct stat st;
	assert_int_equal(open_store(w), 0);
	assert_int_equal(append(w, "x"), 0);
	run(w);
	assert_int_equal(store_room_left(w->store), SIZE_MAX);
	assert_int_equal(stat(w->path, &st), 0);
	int fd = open(w->path, O_RDWR);
	bool able = fallocate(fd, FALLOC_FL_KEEP_SIZE, st.st_size, 4096) == 0;
	close(fd);
	if (!able)
		skip(); /* a file system without it */
	assert_true(st.st_blocks * 512 - st.st_size >= STORE_ROOM_BYTES / 2);
}

/* ---- many at once ---- */

#define MANY 20

static struct project_name names[MANY];
static struct project_id ids[MANY];
static struct store_owner owners[MANY];

static void make(const struct world *w, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(names[i].text, sizeof names[i].text, "p%zu", i);
		(void)snprintf(ids[i].text, sizeof ids[i].text, "13728130892090%05zu", i);
		owners[i] = (struct store_owner){i == 7 ? &name : &names[i], i == 7 ? &project : &ids[i]};
	}
	store_make_many(w->dir, owners, count, now);
}

/* "lab", which has a ledger, in the middle of others. */
static void make_beside_lab(struct world *w, size_t count)
{
	assert_int_equal(open_store(w), 0);
	assert_int_equal(append(w, "kept"), 0);
	run(w);
	close_store(w);
	make(w, count);
}

static unsigned count_files(const struct world *w, const char *end)
{
	unsigned count = 0;
	DIR *d = opendir(w->dir);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		count += len > strlen(end) && strcmp(e->d_name + len - strlen(end), end) == 0;
	}
	closedir(d);
	return count;
}

static void test_many_are_made_at_once(void **state)
{
	struct world *w = *state;
	make_beside_lab(w, MANY);
	assert_int_equal(count_files(w, ".ledger"), MANY);
	assert_int_equal(count_files(w, ".new"), 0);
	for (size_t i = 0; i < MANY; i++) {
		w->seen = 0;
		assert_int_equal(store_open(&w->loop, w->dir, owners[i].name, owners[i].project, now,
					 count_record, w, &w->store, &w->report, &w->why),
			0);
		assert_false(w->report.created);
		assert_false(w->report.foreign);
		assert_int_equal(w->seen, i == 7 ? 2 : 1);
		close_store(w);
	}
}

static void test_many_that_cannot_be_synced_are_none(void **state)
{
	struct world *w = *state;
	syncfs_error = EIO;
	make_beside_lab(w, MANY);
	assert_int_equal(count_files(w, ".ledger"), 1); /* the one that was there */
	assert_int_equal(count_files(w, ".new"), 0);
}

static void test_many_on_a_full_disk_are_none(void **state)
{
	struct world *w = *state;
	write_error = ENOSPC;
	make(w, MANY);
	assert_int_equal(count_files(w, ".ledger"), 0);
	assert_int_equal(count_files(w, ".new"), 0);
}

static void test_few_are_left_to_the_opening(void **state)
{
	struct world *w = *state;
	make_beside_lab(w, STORE_MANY_LEAST); /* one of them has a ledger */
	assert_int_equal(count_files(w, ".ledger"), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_a_new_ledger),
		T(test_ids_differ),
		T(test_a_second_daemon_is_refused),
		T(test_what_is_no_ledger),
		T(test_another_projects_ledger),
		T(test_another_machines_ledger),
		T(test_append_and_tell),
		T(test_waiting_records_share_a_sync),
		T(test_close_writes_what_waits),
		T(test_append_from_inside_a_callback),
		T(test_killed_at_each_byte),
		T(test_only_read),
		T(test_damage_is_left_alone),
		T(test_a_failed_sync_is_told_and_not_repeated),
		T(test_a_full_disk),
		T(test_probe_of_a_good_store),
		T(test_restart_after_a_failure),
		T(test_the_backlog_is_bounded),
		T(test_a_file_that_others_touched),
		T(test_room_is_kept),
		T(test_many_are_made_at_once),
		T(test_many_that_cannot_be_synced_are_none),
		T(test_many_on_a_full_disk_are_none),
		T(test_few_are_left_to_the_opening),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
