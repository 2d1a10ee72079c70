/* SPDX-License-Identifier: Apache-2.0 */
/* store: one project's ledger on disk: load, append and tell when durable.
 *
 * Loading is done at once, before the loop runs. Appending is done on libuv's thread pool: one write +
 * fdatasync in flight a ledger, records that come meanwhile share the next one. Each write opens the file
 * anew and closes it: no descriptor is kept, so that ten thousand projects need none; what keeps a second
 * daemon out is one lock on the folder (store_lock). A write finds a file that is no longer the one that was
 * loaded, or has another length, and fails.
 *
 * A failed write or fdatasync is never repeated as if it had worked: the file is opened anew, cut back to the
 * last length known to be durable, its last record checked, and the failure is reported for every record in
 * flight and waiting; the store has then *failed*. Records keep their place in the chain: they wait in memory
 * (up to STORE_BACKLOG_MAX) and are written before any other when store_probe finds that writing works again.
 * So a record whose failure was reported may become durable later: as history, never as permission to act.
 *
 * STORE_ROOM_BYTES of disk are kept allocated behind the end of each ledger (the file's length does not show
 * them), so that an incident can be finished on a full disk.
 */
#pragma once
#include "base/err.h"
#include "ledger/ledger.h"
#include "model/ids.h"
#include "model/moment.h"
#include "model/record.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define STORE_LEDGER_MAX  (256 * 1024 * 1024) /* bytes of a ledger file that is loaded */
#define STORE_ROOM_BYTES  (64 * 1024)         /* kept allocated behind the end */
#define STORE_BACKLOG_MAX (1024 * 1024)       /* bytes of records in memory that are not durable */

enum store_refusal {
	STORE_E_LOCKED = 1, /* another cmekd uses this folder */
	STORE_E_DAMAGED,    /* a complete line does not fit, or there is no genesis: observe only */
	STORE_E_LARGE,      /* longer than STORE_LEDGER_MAX */
	STORE_E_FILE,       /* no regular file, or a link */
	STORE_E_PROJECT,    /* a ledger of another project */
};

struct store;

/* Takes the lock of a folder of ledgers: DIR/.lock, an open file description lock, held until `*ret_fd` is
 * closed. Makes the folder (mode 0700) if there is none. Refuses: STORE_E_LOCKED. Fails: errno. `reterr_why`
 * is set in both cases. */
int store_lock(const char *dir, int *ret_fd, struct why *reterr_why);

struct store_report {
	struct ledger_report ledger;
	struct ledger_id id;     /* of the genesis; "" if there is none to be read */
	bool created;            /* there was no ledger: this one is new and holds its genesis */
	bool foreign;            /* genesis, or who adopted it last, is another machine */
	struct walltime last_at; /* of the last good record */
};

/* Opens DIR/NAME.ledger; makes it (mode 0600, with its genesis, durable under its name) if there is none.
 * Each record, the genesis too, is given to `each` in order (a negative return of it is passed up). A torn
 * tail is cut, durably. `now` is for the genesis. Refuses: STORE_E_DAMAGED (the good records before the
 * damage were given; the report tells the line; nothing on disk is changed), STORE_E_LARGE, STORE_E_FILE,
 * STORE_E_PROJECT. Fails: errno. `reterr_why` is set in all these cases, and `*ret_report` in every case. */
int store_open(uv_loop_t *loop, const char *dir, const struct project_name *name,
	const struct project_id *project, struct walltime now, ledger_each_fn *each, void *arg,
	struct store **ret_store, struct store_report *ret_report, struct why *reterr_why);

/* Reads DIR/NAME.ledger, whosever it is, and leaves it as it is: each record of its good part is given to `each`. Refuses: STORE_E_DAMAGED,
 * STORE_E_LARGE, STORE_E_FILE. Fails: errno (-ENOENT: there is none), or what `each` returned. `reterr_why` is set in all these cases. */
int store_read(const char *dir, const struct project_name *name, ledger_each_fn *each, void *arg,
	struct why *reterr_why);

/* Once, later, from the loop. `error`: 0: the record is durable; negative errno: it is not, and nothing that
 * needs it may be done. */
typedef void store_done_fn(struct store *s, struct seq seq, int error, void *arg);

/* Appends a record; record->seq must be store_next_seq(). `texts` may be NULL; both are copied. `done` may be
 * NULL. Fails: -ENOMEM, -EINVAL (the sequence number does not follow, or an id is no id), -ENOBUFS
 * (STORE_BACKLOG_MAX): then nothing has changed and `done` will not come. */
int store_append(struct store *s, const struct record *record, const struct record_texts *texts,
	store_done_fn *done, void *arg);

/* Each record that becomes durable from now on, in order: its line without the newline. Comes from the loop, before the
 * record's `done`. */
typedef void store_line_fn(const char *line, size_t len, void *arg);
void store_listen(struct store *s, store_line_fn *line, void *arg);

uint64_t store_next_seq(const struct store *s);
/* Of the last durable record: anchors each alert. */
const struct ledger_head *store_head(const struct store *s);
const char *store_path(const struct store *s);

/* 0, or the negative errno with which it failed last. */
int store_error(const struct store *s);
/* What failed, on which file, and what to do next; "" if nothing did. */
void store_why(const struct store *s, struct why *ret_why);
/* Disk is full: the room behind the end could not be made anew; bytes of it that are left. SIZE_MAX: not so.
 */
size_t store_room_left(const struct store *s);

/* Finds out whether writing works again, and if so writes what waits. `done` (seq: the last durable one)
 * comes once, later. For a failed store; harmless otherwise. Fails: -EBUSY (a probe is under way). */
int store_probe(struct store *s, store_done_fn *done, void *arg);

/* Lets what was appended end, then frees; `closed` (may be NULL) comes once, later. No call after this one.
 */
void store_close(struct store *s, void (*closed)(void *arg), void *arg);
