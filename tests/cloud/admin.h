/* SPDX-License-Identifier: Apache-2.0 */
/* admin: plain HTTP on loopback for scripts. README.md describes every request. */
#pragma once
#include "cloud.h"

struct admin;

struct admin *admin_new(struct cloud *cloud, int fd); /* takes `fd`; NULL if libmicrohttpd refuses */
void admin_free(struct admin *a);
int admin_poll_fd(const struct admin *a);
void admin_run(struct admin *a);

/* One call: `path` without query. Fills `p`. */
void admin_serve(struct cloud *cloud, struct request *r, struct reply *p);

/* admin_acts.c, admin_queue.c. `in` is an object. Refuses: 1 bad, 2 not found, with `reterr_why`. `out` may be added to. */
typedef int admin_act_fn(struct cloud *cloud, struct json_object *in, struct json_object *out,
	char reterr_why[FIELD_WHY_BYTES]);
admin_act_fn admin_config, admin_key, admin_cluster, admin_project, admin_fault, admin_fault_clear,
	admin_access_key, admin_api_key, admin_log_clear, admin_queue;

/* admin_state.c */
struct json_object *admin_state(const struct cloud *cloud);
struct json_object *admin_state_config(const struct cloud *cloud);
