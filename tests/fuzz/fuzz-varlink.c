/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: common/base common/model common/proto/json_write.c common/proto/proto.c common/proto/proto_call.c common/proto/proto_reply.c common/proto/verbs.c daemon/io/control_route.c daemon/driver/request.c daemon/driver/tree.c -ljson-c -lcrypto -lm
 *
 * Any bytes on the control socket, in pieces as the first byte says: frames, and each of them as a call (who may what, the
 * parameters of every verb) and as a reply. */
#include "base/own.h"
#include "driver/engine.h"
#include "driver/request.h"
#include "fuzz.h"
#include "io/control.h"
#include "io/control_route.h"
#include "proto/interface.h"
#include "proto/proto.h"
#include "proto/proto_reply.h"
#include <json-c/json.h>

#define FRAME_MAX_BYTES 4096 /* small, so that the limit is met */
#define DEPTH_MAX       40

/* Not the files made at build time. */
const char interface_io_cmekd[] = "interface io.cmekd",
	   interface_org_varlink_service[] = "interface org.varlink.service";

static void own_json(struct json_object **o)
{
	json_object_put(*o);
	*o = NULL;
}

/* A node of a frame as a tree of json-c. */
static struct json_object *node_to_json(const struct json_tree *t, uint32_t node)
{
	struct json_tokener *tokener;
	struct json_object *o;

	if (node == JSON_NONE)
		return NULL;
	tokener = json_tokener_new_ex(DEPTH_MAX);
	MUST(tokener);
	o = json_tokener_parse_ex(
		tokener, t->text + t->nodes[node].start, (int)(t->nodes[node].end - t->nodes[node].start));
	MUST(o && json_tokener_get_error(tokener) == json_tokener_success);
	json_tokener_free(tokener);
	return o;
}

/* ---- what request.c asks of a call ---- */

struct control_call {
	const struct proto_call *parsed;
	unsigned answers;
};

const struct json_tree *control_call_tree(const struct control_call *call, uint32_t *ret_parameters)
{
	*ret_parameters = call->parsed->parameters;
	return &call->parsed->tree;
}

uint32_t control_call_member(const struct control_call *call, const char *name)
{
	uint32_t node = json_member(&call->parsed->tree, call->parsed->parameters, name);

	return json_is(&call->parsed->tree, node, JSON_NULL) ? JSON_NONE : node;
}

void control_reply(struct control_call *call, struct json_object *parameters)
{
	json_object_put(parameters);
	call->answers++;
}

void control_reply_error(struct control_call *call, const char *error, struct json_object *parameters)
{
	MUST(strncmp(error, VERB_INTERFACE ".", strlen(VERB_INTERFACE ".")) == 0);
	json_object_put(parameters);
	call->answers++;
}

void control_reply_invalid(struct control_call *call, const char *parameter)
{
	MUST(*parameter);
	call->answers++;
}

struct project *engine_find(const struct engine *e, const char *name)
{
	(void)e;
	MUST(strlen(name) < sizeof(struct project_name));
	return NULL;
}

/* Either a value, or the call was answered, once. */
static void check_answer(struct control_call *call, bool taken)
{
	MUST(call->answers == (taken ? 0 : 1));
	call->answers = 0;
	result_number(taken);
}

static void read_parameters(const struct proto_call *parsed)
{
	struct control_call call = {.parsed = parsed};
	struct incident_id incident = {0};
	struct project *project;
	struct plan_digest plan;
	struct region region, again;
	char note[RECORD_TEXT_MAX + 1];
	bool flag, taken;

	check_answer(&call, request_project(&call, NULL, &project));
	taken = request_region(&call, &region);
	MUST(!taken || !*region.text || region_parse(region.text, strlen(region.text), &again) == 0);
	check_answer(&call, taken);
	taken = request_incident(&call, &incident);
	MUST(!taken || incident.n > 0);
	check_answer(&call, taken);
	check_answer(&call, request_plan(&call, &plan));
	taken = request_note(&call, note);
	MUST(!taken || strlen(note) <= RECORD_TEXT_MAX);
	check_answer(&call, taken);
	check_answer(&call, request_verb(&call, &flag));
	check_answer(&call, request_flag(&call, "dry", &flag));
}

/* ---- one frame ---- */

/* Nobody gets at a verb without the right, and who has none learns nothing but what every Varlink service tells. */
static void check_route(const struct proto_call *call, const struct control_may *may)
{
	_cleanup_(own_json) struct json_object *parameters = NULL;
	struct control_route route;

	control_route(call, may, "0", "url", &route);
	parameters = route.parameters;
	if (route.give) {
		MUST(route.verb < VERB_COUNT && strcmp(verb_method(route.verb), call->method) == 0);
		MUST(verb_needs(route.verb) == VERB_NEEDS_READ ? may->read : may->operate);
		MUST(!call->upgrade && !route.error && !parameters);
		return;
	}
	if (!may->read && !call->upgrade && strncmp(call->method, "org.varlink.service.", 20) != 0)
		MUST(route.error && strcmp(route.error, VERB_INTERFACE ".NotPermitted") == 0);
	MUST(route.error || strncmp(call->method, "org.varlink.service.", 20) == 0);
}

static void check_call(const char *frame, size_t len)
{
	_cleanup_(proto_call_fini) struct proto_call call = PROTO_CALL_INIT, again = PROTO_CALL_INIT;
	_cleanup_(own_json) struct json_object *parameters = NULL;
	_cleanup_(buf_fini) struct buf out = BUF_INIT(PROTO_CALL_MAX);
	struct why why = {""};
	int r = proto_call_parse(frame, len, &call, &why);

	if (ran_out(r))
		return;
	result_number(r);
	if (r != 0) {
		MUST((r == PROTO_CALL_E_JSON || r == PROTO_CALL_E_SHAPE) && *why.text && !call.tree.nodes);
		return;
	}
	MUST(*call.method &&
		(call.parameters == JSON_NONE || json_is(&call.tree, call.parameters, JSON_OBJECT)));
	for (unsigned i = 0; i < 3; i++)
		check_route(&call, &(struct control_may){.read = i > 0, .operate = i > 1});
	read_parameters(&call);
	/* What a client would write for it is read as the same. */
	parameters = node_to_json(&call.tree, call.parameters);
	r = proto_call_encode(call.method, parameters, call.more, &out);
	if (ran_out(r))
		return;
	MUST(r == 0 && out.data[out.len - 1] == '\0' && strlen(out.data) == out.len - 1);
	r = proto_call_parse(out.data, out.len - 1, &again, NULL);
	if (ran_out(r))
		return;
	MUST(r == 0 && strcmp(again.method, call.method) == 0 && again.more == call.more);
	MUST(json_count(&again.tree, again.parameters) == json_count(&call.tree, call.parameters));
}

static void check_reply(const char *frame, size_t len)
{
	_cleanup_(proto_reply_fini) struct proto_reply reply = PROTO_REPLY_INIT, again = PROTO_REPLY_INIT;
	_cleanup_(own_json) struct json_object *parameters = NULL;
	_cleanup_(buf_fini) struct buf out = BUF_INIT(PROTO_REPLY_MAX);
	struct why why = {""};
	int r = proto_reply_parse(frame, len, &reply, &why);

	if (ran_out(r))
		return;
	result_number(r);
	if (r != 0) {
		MUST((r == PROTO_REPLY_E_JSON || r == PROTO_REPLY_E_SHAPE) && *why.text && !reply.tree.nodes);
		return;
	}
	parameters = node_to_json(&reply.tree, reply.parameters);
	r = proto_reply_encode(parameters, *reply.error ? reply.error : NULL, reply.continues, &out);
	if (ran_out(r))
		return;
	MUST(r == 0);
	r = proto_reply_parse(out.data, out.len - 1, &again, NULL);
	if (ran_out(r))
		return;
	MUST(r == 0 && strcmp(again.error, reply.error) == 0 && again.continues == reply.continues);
	MUST(json_count(&again.tree, again.parameters) == json_count(&reply.tree, reply.parameters));
}

/* Takes the complete frames out. `*at`: where in the whole stream the next one begins. */
static void take_frames(struct proto *p, const char *stream, size_t size, size_t *at)
{
	const char *frame;
	size_t len;

	while (proto_next(p, &frame, &len) == 0) {
		/* The very bytes of the stream, whatever the pieces were. */
		MUST(len <= FRAME_MAX_BYTES && *at + len < size && strlen(frame) == len);
		MUST(memcmp(frame, stream + *at, len + 1) == 0);
		*at += len + 1;
		check_call(frame, len);
		check_reply(frame, len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(proto_fini) struct proto p = PROTO_INIT(FRAME_MAX_BYTES);
	const char *stream = (const char *)data + 1;
	size_t at = 0, fed = 0, piece;

	if (size < 2)
		return 0;
	piece = data[0] > 0 ? data[0] : PROTO_FEED_MAX;
	for (size--; fed < size; fed += piece) {
		int r;

		if (piece > size - fed)
			piece = size - fed;
		r = proto_feed(&p, stream + fed, piece);
		if (ran_out(r))
			return 0;
		if (r != 0) { /* only a frame that is too long, and only when it is */
			const char *nul = memchr(stream + at, '\0', size - at);
			bool is_long = false;

			MUST(r == PROTO_E_LONG);
			for (size_t from = at; !is_long && from < fed + piece;
				from = (size_t)(nul - stream) + 1) {
				nul = memchr(stream + from, '\0', fed + piece - from);
				is_long = (size_t)((nul ? nul : stream + fed + piece) - (stream + from)) >
					  FRAME_MAX_BYTES;
				if (!nul)
					break;
			}
			MUST(is_long);
			return 0;
		}
		take_frames(&p, stream, size, &at);
		MUST(proto_is_cut(&p) == (at < fed + piece));
	}
	return 0;
}
