/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: one JSON line a record, each holding the hash of the one before. Pure: bytes <-> records.
 *
 *   {"seq":2,"prev":"<64 hex>","at":"2026-11-24T03:49:26.123Z","type":"armed",...,"hash":"<64 hex>"}\n
 *
 * `hash` is the SHA-256 of every byte from '{' up to, not including, `,"hash":`. `prev` is the hash of the
 * record before; 64 zeros in the first. Only an unterminated last line is a torn tail and may be cut; a
 * complete line that does not fit is damage. Zero bytes after the last newline are preallocated room, no
 * damage.
 */
#pragma once
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "model/record.h"
#include <stddef.h>

#define LEDGER_LINE_MAX (16 * 1024) /* bytes of one record with its newline */

enum ledger_refusal {
	LEDGER_E_SYNTAX = 1, /* no JSON, or not canonical */
	LEDGER_E_SHAPE,      /* a member is missing, of the wrong type, or foreign */
	LEDGER_E_HASH,       /* the record's own hash does not fit its bytes */
	LEDGER_E_CHAIN,      /* prev or seq does not follow the record before */
	LEDGER_E_GENESIS,    /* the first record is no genesis, or a genesis comes later */
	LEDGER_E_LONG,       /* a line over LEDGER_LINE_MAX */
};

/* Where a chain ends. */
struct ledger_head {
	struct seq seq; /* of the last record; n == 0: empty */
	struct digest hash;
};

/* Appends the line of `record`, with its newline, to `out`. `record->seq` must be head->seq + 1. `texts` may
 * be NULL; a text is cut at RECORD_TEXT_MAX, or earlier if much of it must be escaped. On success `*head` is
 * moved on. Refuses: LEDGER_E_CHAIN. Fails: -ENOMEM; -EMSGSIZE (`out` is full); -EINVAL (a value that could
 * not be read back: an id that is none, a time out of range); -ENOTSUP. `head` is then as before. */
int ledger_encode(const struct record *record, const struct record_texts *texts, struct ledger_head *head,
	struct buf *out);

#define LEDGER_TEXTS 5 /* members of struct record_texts */

/* A decoded record with its texts: they point into `memory`, so an entry must not be copied as a value. */
struct ledger_entry {
	struct record record;
	struct record_texts texts;
	struct digest hash; /* of its line: what the next record's prev is */
	char memory[LEDGER_TEXTS * (RECORD_TEXT_MAX + 1)];
};

/* One complete line without its newline; checks it against `head` and moves `head` on. Strict: exactly the
 * members of the type, in the one way they are written. Refuses: LEDGER_E_*, with `reterr_why`. Fails:
 * -ENOMEM, -ENOTSUP.
 * `*ret_entry` is undefined unless 0 is returned. */
int ledger_decode(const char *line, size_t len, struct ledger_head *head, struct ledger_entry *ret_entry,
	struct why *reterr_why);

/* The same for a line that stands alone: its seq and prev are taken as they are, all else is checked. */
int ledger_decode_alone(const char *line, size_t len, struct ledger_entry *ret_entry, struct why *reterr_why);

/* Goes through a whole file's bytes. Called for each good record; a non-zero return stops and is passed up.
 */
typedef int ledger_each_fn(const struct ledger_entry *entry, void *arg);

struct ledger_report {
	struct ledger_head head; /* after the last good record */
	size_t good_bytes;       /* length of the good part: where appending goes on */
	size_t torn_bytes;       /* of an unterminated last line; 0: none */
	uint64_t line;           /* of the first damaged line, from 1; 0: none */
	uint64_t gap_first;      /* of a part: the record behind the gap; 0: no record is missing */
	struct digest gap_prev;  /* what that record says its predecessor's hash is */
};
/* How many records the good part has. */
uint64_t ledger_report_records(const struct ledger_report *r);

/* Refuses: LEDGER_E_* of the first damaged line, with `ret_report->line` and `reterr_why` set (the report is
 * written in every case). Fails: -ENOMEM, -ENOTSUP. */
int ledger_verify(const char *bytes, size_t len, ledger_each_fn *each, void *arg,
	struct ledger_report *ret_report, struct why *reterr_why);

/* The same for a part, as `ledger export` writes it: the genesis, and then records without a gap. What the second line says of its
 * predecessor is taken as it is, and told. */
int ledger_verify_part(const char *bytes, size_t len, ledger_each_fn *each, void *arg,
	struct ledger_report *ret_report, struct why *reterr_why);
