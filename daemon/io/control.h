/* SPDX-License-Identifier: Apache-2.0 */
/* control: the Varlink socket. It decides who may ask, never what is done: a handler gets a call and answers
 * it; it sees no socket. org.varlink.service and its errors are answered here.
 *
 * Anyone may connect (mode 0666). Who they are comes from the kernel (SO_PEERCRED, SO_PEERGROUPS). Root may
 * all; members of the operate group may all; members of the read group may read; anyone else gets
 * io.cmekd.NotPermitted with what is needed, and nothing else. org.varlink.service is open to all.
 *
 * On one connection calls are answered in order, one at a time: the next is read when the last was answered.
 */
#pragma once
#include "base/err.h"
#include "base/json_scan.h"
#include "proto/verbs.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct json_object;

#define CONTROL_CONNECTIONS_MAX 128                /* at the same time */
#define CONTROL_ROOT_RESERVE    16                 /* of them: only for root */
#define CONTROL_UID_MAX         32                 /* of one uid other than root */
#define CONTROL_QUEUE_MAX       (16 * 1024 * 1024) /* bytes waiting for a slow reader, who is then disconnected */
#define CONTROL_GROUPS_MAX      65536              /* groups of a peer (NGROUPS_MAX of Linux) */

enum control_refusal {
	CONTROL_E_PATH = 1, /* not absolute, or longer than a socket address holds (107 bytes) */
	CONTROL_E_BUSY,     /* somebody listens there: another cmekd */
	CONTROL_E_FILE,     /* something that is no socket is there */
};

/* (gid_t)-1: no such group: only root. Resolved by the caller, at start and on reload. */
struct control_rights {
	gid_t read, operate;
};
#define CONTROL_ONLY_ROOT ((struct control_rights){(gid_t)-1, (gid_t)-1})

#define CONTROL_WHO_BYTES 64
struct control_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;                   /* for showing only: it can be somebody else's by now */
	char who[CONTROL_WHO_BYTES]; /* "uid=0(root)", for records; the name only in calls that need OPERATE
				      */
};

struct control;
struct control_call;

struct control_config {
	const char *path; /* copied; not used if systemd passed a socket */
	struct control_rights rights;
	const char *version, *url; /* for GetInfo; static */
	/* A permitted call of a known method, with its parameters still unread. It is answered now or later,
	 * by exactly one last reply (unless it is gone first). Never called from inside a reply function. */
	void (*call)(struct control_call *call, void *arg);
	void *arg;
};

/* Refuses: CONTROL_E_*. Fails: errno. `reterr_why` is set in both cases. Takes the socket that systemd passed
 * (socket activation), if there is one; removes a stale socket only if nobody answers on it. */
int control_start(uv_loop_t *loop, const struct control_config *config, struct control **ret_control,
	struct why *reterr_why);
/* Takes effect with the next call, on open connections too. */
void control_set_rights(struct control *c, struct control_rights rights);
/* Closes all connections (their calls are gone), removes a socket of our own, frees; `closed` (may be NULL)
 * comes once, later. Replies that were given before are still written, for at most CONTROL_LINGER_MS. */
#define CONTROL_LINGER_MS 1000
void control_stop(struct control *c, void (*closed)(void *arg), void *arg);
uint32_t control_connections(const struct control *c);

/* ---- a call: valid until its last reply, or until `gone` returns ---- */

enum verb control_call_verb(const struct control_call *call);
bool control_call_more(const struct control_call *call);
const struct control_peer *control_call_peer(const struct control_call *call);
/* The tree that holds the parameters, and their node: an object, or JSON_NONE if none were given. */
const struct json_tree *control_call_tree(const struct control_call *call, uint32_t *ret_parameters);
/* The value of a parameter; JSON_NONE if it is absent or null. */
uint32_t control_call_member(const struct control_call *call, const char *name);

/* The driver's own word on a call. `gone` comes when the client has left, or was disconnected, before the
 * last reply; the call must not be used after it. Not called after a last reply. */
typedef void control_gone_fn(struct control_call *call, void *data);
void control_call_set(struct control_call *call, control_gone_fn *gone, void *data);
void *control_call_data(const struct control_call *call);

/* The last reply; the call is no more. `parameters` is taken, NULL: {}. Trouble (a slow reader, no memory)
 * ends in a disconnection, not in an error here. */
void control_reply(struct control_call *call, struct json_object *parameters);
/* `error`: full name, "io.cmekd.NoSuchProject". */
void control_reply_error(struct control_call *call, const char *error, struct json_object *parameters);
/* org.varlink.service.InvalidParameter. */
void control_reply_invalid(struct control_call *call, const char *parameter);
/* One more reply before the last; only if control_call_more(). `sent` (may be NULL) comes once, later, when
 * it was handed to the kernel, and never after a last reply or `gone`: send the next frame of a long list
 * from there, and do not queue what the reader has not asked for. A frame is at most PROTO_REPLY_MAX. */
typedef void control_sent_fn(struct control_call *call, void *data);
void control_reply_continues(
	struct control_call *call, struct json_object *parameters, control_sent_fn *sent);
