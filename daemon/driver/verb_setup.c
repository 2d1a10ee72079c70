/* SPDX-License-Identifier: Apache-2.0 */
/* What setting up a project asks: whether a key will do and what its policy would become (PlanKey, which changes nothing), and
 * the errands that configure it, let TiDB Cloud in, and create a cluster. */
#include "base/digest.h"
#include "driver/clients.h"
#include "driver/engine.h"
#include "driver/errand_order.h"
#include "driver/errand_setup.h"
#include "driver/preflight.h"
#include "driver/project.h"
#include "driver/request.h"
#include "driver/sharing.h"
#include "driver/tree.h"
#include "driver/verb_rows.h"
#include "driver/view.h"
#include "io/control.h"
#include "io/kms_edit.h"
#include "io/tidb.h"
#include "policy/policy.h"
#include "wire/cluster_spec.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parameters ---- */

/* False: the call is answered. */
static bool request_key(struct control_call *call, struct key_arn *ret_arn, struct region *ret_region)
{
	uint32_t parameters;
	const struct json_tree *tree = control_call_tree(call, &parameters);
	char text[sizeof ret_arn->text];

	if (json_string(tree, control_call_member(call, "keyArn"), text, sizeof text, NULL) == 0 &&
		key_arn_parse(text, strlen(text), ret_arn, ret_region, NULL) == 0)
		return true;
	control_reply_invalid(call, "keyArn");
	return false;
}

/* The vendor is let in by the policy of a key: not while any project of this daemon has it cut. */
static bool is_free(
	const struct engine *e, struct control_call *call, const struct project *p, const struct key_arn *arn)
{
	const struct project *other;
	uint32_t at = 0;

	while ((other = sharing_next(e, p, arn, &at)))
		for (uint32_t i = 0; i < other->core.binding_count; i++) {
			const struct binding *b = &other->core.bindings[i];

			if (!key_arn_equal(&b->arn, arn) || b->incident.id.n == 0)
				continue;
			request_refused(call, answer_name(ANSWER_INCIDENT_OPEN),
				"the key is also that of project %s, where an incident is open: its end "
				"comes first",
				other->name.text);
			return false;
		}
	return true;
}

/* ---- PlanKey ---- */

struct planning {
	struct engine *engine;
	struct control_call *call; /* NULL: the client has gone */
	struct project_name name;
	struct key_arn arn;
	struct kms_target *target;
	struct tree tree;
	struct json_object *reply, *checks;
};

static void on_planner_gone(struct control_call *call, void *data)
{
	struct planning *w = data;

	(void)call;
	w->call = NULL;
}

static void planning_end(struct planning *w, const char *trouble)
{
	struct json_object *o = tree_done(&w->tree, w->reply);

	if (w->call)
		control_call_set(w->call, NULL, NULL);
	if (w->call && !trouble)
		request_reply(w->call, o);
	else {
		(void)tree_done(&(struct tree){.failed = true}, o);
		if (w->call)
			request_not_ready(w->call, "%s", trouble);
	}
	kms_target_close(w->target);
	free(w);
}

static void add_line(const struct checks_line *line, void *arg)
{
	struct planning *w = arg;

	tree_add(&w->tree, w->checks, view_check(&w->tree, line));
}

/* What `policy apply` would make of it. */
static void add_policy(struct planning *w)
{
	static const struct kms_give give = {.accept_loss = true};
	const struct project *p = engine_find(w->engine, w->name.text);
	const struct kms *kms =
		p ? clients_kms(p->hub->clients, p->aws_credentials_file, p->aws_profile) : NULL;
	struct policy_context context;
	struct kms_edit_made made;
	struct digest digest;
	char hex[DIGEST_HEX_BYTES];
	struct walltime at;
	size_t len = 0;
	const char *text = kms_target_policy(w->target, &len, &at);
	struct kms_edit edit = {.context = &context, .give = &give, .own = kms ? kms_own_arn(kms) : NULL};

	if (!text || digest_of(text, len, &digest) < 0)
		return;
	digest_format(&digest, hex);
	tree_text(&w->tree, w->reply, "policyDigest", hex);
	tree_text(&w->tree, w->reply, "policy", text);
	kms_target_context(w->target, &context);
	if (kms_edit_make(&edit, text, len, &made) < 0) {
		w->tree.failed = true;
		return;
	}
	if (made.result == KMS_EDIT_READY) {
		tree_text(&w->tree, w->reply, "newPolicy", made.text);
		if (made.loss.text[0])
			tree_text(&w->tree, w->reply, "losses", made.loss.text);
		if (made.doubt.text[0])
			tree_text(&w->tree, w->reply, "policyTrouble", made.doubt.text);
	} else if (made.result == KMS_EDIT_REFUSED) {
		tree_text(&w->tree, w->reply, "policyTrouble", made.why.text);
	}
	free(made.text);
}

static void on_look(void *arg, const struct look *look, const struct kms_texts *texts)
{
	struct planning *w = arg;

	w->checks = tree_array(&w->tree);
	(void)preflight_run(w->target, w->name.text, &w->arn, look, texts, add_line, w);
	tree_put(&w->tree, w->reply, "checks", w->checks);
	if (look->have_access)
		add_policy(w);
	planning_end(w, NULL);
}

static void on_settings(void *arg, enum fault fault, bool enabled, const struct cmek_setting *items,
	size_t count, const struct tidb_texts *texts)
{
	struct planning *w = arg;
	struct json_object *list = tree_array(&w->tree);

	if (fault != FAULT_NONE) {
		(void)tree_done(&(struct tree){.failed = true}, list);
		planning_end(w, texts->message);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct json_object *o = tree_object(&w->tree);

		tree_text(&w->tree, o, "region", items[i].region.text);
		tree_text(&w->tree, o, "keyArn", items[i].arn.text);
		tree_add(&w->tree, list, o);
	}
	tree_bool(&w->tree, w->reply, "cmekEnabled", enabled);
	tree_put(&w->tree, w->reply, "configured", list);
	if (kms_look(w->target, KMS_LANE_LOOK, on_look, w) != 0)
		planning_end(w, "cmekd is out of memory: try again");
}

void verb_PLAN_KEY(struct engine *e, struct control_call *call)
{
	struct planning *w;
	struct region region;
	struct key_arn arn;
	struct project *p;
	struct tidb *tidb;

	if (!request_project(call, e, &p) || !request_key(call, &arn, &region))
		return;
	if (p->broken) {
		request_not_ready(call, "project %s is not watched: %s", p->name.text, p->trouble);
		return;
	}
	w = calloc(1, sizeof *w);
	tidb = clients_tidb(p->hub->clients, p->api_key_file);
	if (w)
		w->target = errand_setup_target(p, &arn);
	if (!w || !tidb || !w->target) {
		free(w);
		request_not_ready(call, "cmekd is out of memory: try again");
		return;
	}
	w->engine = e;
	w->call = call;
	w->name = p->name;
	w->arn = arn;
	w->reply = tree_object(&w->tree);
	tree_text(&w->tree, w->reply, "region", region.text);
	tree_text(&w->tree, w->reply, "keyArn", arn.text);
	tree_text(&w->tree, w->reply, "vendorAccount", p->vendor.text);
	control_call_set(call, on_planner_gone, w);
	if (tidb_read_cmek(tidb, &p->id, TIDB_SETUP_PRIORITY, on_settings, w) != 0)
		planning_end(w, "cmekd is out of memory: try again");
}

/* ---- the errands ---- */

void verb_CONFIGURE_CMEK(struct engine *e, struct control_call *call)
{
	struct errand_order o = {.errand = ERRAND_CONFIGURE_CMEK};
	struct project *p;

	if (request_project(call, e, &p) && request_key(call, &o.key, &o.region) &&
		request_flag(call, "secondRegion", &o.second_region))
		(void)verb_errand_order(e, call, p, &o, o.key.text);
}

void verb_APPLY_POLICY(struct engine *e, struct control_call *call)
{
	struct errand_order o = {.errand = ERRAND_APPLY_POLICY};
	struct project *p;

	if (request_project(call, e, &p) && request_key(call, &o.key, &o.region) &&
		request_flag(call, "acceptLoss", &o.accept_loss) &&
		request_digest(call, "policyDigest", &o.shown, &o.has_shown) && is_free(e, call, p, &o.key))
		(void)verb_errand_order(e, call, p, &o, o.key.text);
}

/* False: the call is answered. */
static bool request_password(struct control_call *call, struct secret *ret_password)
{
	uint32_t parameters;
	const struct json_tree *tree = control_call_tree(call, &parameters);
	char text[CLUSTER_SPEC_PASSWORD_MAX + 1];
	size_t len = 0;
	int r;

	if (!request_has(call, "rootPassword"))
		return true;
	r = json_string(tree, control_call_member(call, "rootPassword"), text, sizeof text, &len);
	if (r != 0) {
		control_reply_invalid(call, "rootPassword");
		return false;
	}
	r = secret_set(ret_password, text, len);
	explicit_bzero(text, sizeof text);
	if (r != 0)
		request_not_ready(call, "cmekd is out of memory: try again");
	return r == 0;
}

/* The spec and the password into the order. False: the call is answered. */
static bool take_spec(struct control_call *call, const struct project *p, const struct secret *password,
	struct errand_order *o)
{
	uint32_t parameters;
	const struct json_tree *tree = control_call_tree(call, &parameters);
	struct cluster_spec spec;
	struct why why = {""};
	char *text = NULL;
	int r = json_string_dup(tree, control_call_member(call, "spec"), CLUSTER_SPEC_MAX_BYTES, &text);

	if (r > 0) {
		control_reply_invalid(call, "spec");
		return false;
	}
	if (r == 0)
		r = cluster_spec_parse(text, strlen(text), &p->id, &spec, &why);
	if (r == 0)
		r = cluster_spec_body(
			text, strlen(text), &p->id, password->bytes ? password : NULL, &o->body, &why);
	if (r == 0) {
		memcpy(o->cluster_name, spec.name, sizeof o->cluster_name);
		o->region = spec.region;
	}
	free(text);
	if (r > 0)
		request_refused(call, r == CLUSTER_SPEC_E_PASSWORD ? "password" : "spec", "%s", why.text);
	else if (r < 0)
		request_not_ready(call, "cmekd is out of memory: try again");
	return r == 0;
}

void verb_CREATE_CLUSTER(struct engine *e, struct control_call *call)
{
	struct errand_order o = {.errand = ERRAND_CREATE_CLUSTER, .body = SECRET_INIT};
	struct secret password = SECRET_INIT;
	char asked[sizeof o.cluster_name + 40];
	struct project *p;

	if (request_project(call, e, &p) && request_password(call, &password) &&
		take_spec(call, p, &password, &o)) {
		(void)snprintf(asked, sizeof asked, "%s in %s", o.cluster_name, o.region.text);
		(void)verb_errand_order(e, call, p, &o, asked);
	}
	secret_fini(&password);
	secret_fini(&o.body);
}
