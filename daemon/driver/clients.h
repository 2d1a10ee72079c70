/* SPDX-License-Identifier: Apache-2.0 */
/* clients: the connections to both clouds, shared by the projects: one KMS client (and rate lanes) for each set of AWS
 * credentials, one TiDB Cloud client (and rate lane) for each API key. */
#pragma once
#include "model/settings.h"
#include <stdbool.h>
#include <uv.h>

struct clients;
struct hint;
struct hint_queue;
struct kms;
struct tidb;

/* Fails: -ENOMEM. */
int clients_new(uv_loop_t *loop, const struct daemon_settings *settings, struct clients **ret_clients);

/* `file`: the project's own, "" = the daemon's; `profile` "" with the daemon's file: the daemon's. NULL: no memory. */
struct kms *clients_kms(struct clients *c, const char *file, const char *profile);
struct tidb *clients_tidb(struct clients *c, const char *file);

typedef void clients_tidb_fn(struct tidb *tidb, void *arg);
/* Each client of TiDB Cloud, one an API key, in the order of their making. */
void clients_each_tidb(const struct clients *c, clients_tidb_fn *each, void *arg);
typedef void clients_kms_fn(struct kms *kms, void *arg);
/* The same of KMS, one a set of credentials. */
void clients_each_kms(const struct clients *c, clients_kms_fn *each, void *arg);

/* Listens to the queues of the settings from now on, once. `hint`: see io/hint_queue.h. What cannot be listened to for want
 * of memory is logged. */
void clients_listen(struct clients *c, bool (*hint)(void *arg, const struct hint *hint), void *arg);
typedef void clients_queue_fn(const struct hint_queue *queue, void *arg);
void clients_each_queue(const struct clients *c, clients_queue_fn *each, void *arg);

/* Whether these settings need other connections than `c` has. */
bool clients_differ(const struct clients *c, const struct daemon_settings *settings);
/* Reads all secrets again. What cannot be read stays as it was, and is logged. */
void clients_reload(struct clients *c);

/* Ends all operations and frees; `closed` (may be NULL) comes once, later. */
void clients_close(struct clients *c, void (*closed)(void *arg), void *arg);
