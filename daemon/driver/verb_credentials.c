/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: as whom cmekd speaks to both clouds. */
#include "base/num.h"
#include "driver/clients.h"
#include "driver/engine.h"
#include "driver/hub.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/tree.h"
#include "driver/verb_rows.h"
#include "io/control.h"
#include "io/credential.h"
#include "io/kms.h"
#include "io/tidb.h"
#include <string.h>

static void put_unless_empty(struct tree *t, struct json_object *o, const char *name, const char *text)
{
	if (*text)
		tree_text(t, o, name, text);
}

static void add(
	struct tree *t, struct json_object *list, const char *service, const struct credential_state *c)
{
	struct json_object *o = tree_object(t);
	char expires[NUM_TIME_BYTES];

	tree_text(t, o, "service", service);
	put_unless_empty(t, o, "source", c->source);
	put_unless_empty(t, o, "keyId", c->id);
	put_unless_empty(t, o, "identity", c->identity);
	if (walltime_is_known(c->expires)) {
		num_format_time_ms(c->expires.ms, expires);
		tree_text(t, o, "expires", expires);
	}
	put_unless_empty(t, o, "trouble", c->trouble);
	tree_add(t, list, o);
}

void verb_CREDENTIALS(struct engine *e, struct control_call *call)
{
	struct credential_state state;
	struct json_object *o, *list;
	struct tree t = {0};
	struct project *p;
	struct tidb *tidb;
	struct kms *kms;

	if (!request_project(call, e, &p))
		return;
	if (p->broken) {
		request_not_ready(call, "project %s has no configuration that could be read: %s",
			p->name.text, p->trouble);
		return;
	}
	kms = clients_kms(p->hub->clients, p->aws_credentials_file, p->aws_profile);
	tidb = clients_tidb(p->hub->clients, p->api_key_file);
	o = tree_object(&t);
	list = tree_array(&t);
	if (kms) {
		kms_credentials(kms, &state);
		add(&t, list, "aws", &state);
	}
	if (tidb) {
		tidb_credentials(tidb, &state);
		add(&t, list, "tidb_cloud", &state);
	}
	tree_put(&t, o, "credentials", list);
	request_reply(call, tree_done(&t, o));
}
