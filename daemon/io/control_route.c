/* SPDX-License-Identifier: Apache-2.0 */
#include "io/control_route.h"
#include "proto/interface.h"
#include <json-c/json.h>
#include <string.h>

#define SERVICE      "org.varlink.service"
#define SERVICE_CALL SERVICE "."

#define NAME_MAX_BYTES 128 /* of an interface that is asked for */

/* Takes `value`. False: no memory. */
static bool add(struct json_object *o, const char *name, struct json_object *value)
{
	if (o && value && json_object_object_add(o, name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

static bool add_text(struct json_object *o, const char *name, const char *text)
{
	return add(o, name, json_object_new_string(text));
}

struct json_object *control_route_text(const char *name, const char *text)
{
	struct json_object *o = json_object_new_object();

	if (add_text(o, name, text))
		return o;
	json_object_put(o);
	return NULL;
}

static struct control_route refuse(const char *error, const char *name, const char *text)
{
	return (struct control_route){.error = error, .parameters = control_route_text(name, text)};
}

static struct json_object *interfaces(void)
{
	static const char *const names[] = {SERVICE, VERB_INTERFACE};
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < sizeof names / sizeof *names; i++) {
		struct json_object *name = json_object_new_string(names[i]);

		if (!name || json_object_array_add(array, name) < 0) {
			json_object_put(name);
			json_object_put(array);
			return NULL;
		}
	}
	return array;
}

static struct control_route get_info(const char *version, const char *url)
{
	struct json_object *o = json_object_new_object();

	if (!add_text(o, "vendor", "cmekd") || !add_text(o, "product", "cmekd") ||
		!add_text(o, "version", version) || !add_text(o, "url", url) ||
		!add(o, "interfaces", interfaces())) {
		json_object_put(o);
		o = NULL;
	}
	return (struct control_route){.parameters = o};
}

static struct control_route get_description(const struct proto_call *call)
{
	char name[NAME_MAX_BYTES];
	uint32_t node = json_member(&call->tree, call->parameters, "interface");
	if (json_string(&call->tree, node, name, sizeof name, NULL) != 0)
		return refuse(SERVICE ".InvalidParameter", "parameter", "interface");
	if (strcmp(name, VERB_INTERFACE) == 0)
		return refuse(NULL, "description", interface_io_cmekd);
	if (strcmp(name, SERVICE) == 0)
		return refuse(NULL, "description", interface_org_varlink_service);
	return refuse(SERVICE ".InterfaceNotFound", "interface", name);
}

/* What every Varlink service answers, to anyone. */
static struct control_route service(const struct proto_call *call, const char *version, const char *url)
{
	const char *method = call->method + strlen(SERVICE_CALL);
	if (strcmp(method, "GetInfo") == 0)
		return get_info(version, url);
	if (strcmp(method, "GetInterfaceDescription") == 0)
		return get_description(call);
	return refuse(SERVICE ".MethodNotFound", "method", call->method);
}

void control_route(const struct proto_call *call, const struct control_may *may, const char *version,
	const char *url, struct control_route *ret_route)
{
	char interface[PROTO_METHOD_BYTES];
	enum verb verb = VERB_COUNT;

	if (call->upgrade) {
		*ret_route = refuse(SERVICE ".MethodNotImplemented", "method", call->method);
		return;
	}
	if (strncmp(call->method, SERVICE_CALL, strlen(SERVICE_CALL)) == 0) {
		*ret_route = service(call, version, url);
		return;
	}
	/* Who may nothing learns nothing, not even which methods there are. */
	bool known = verb_parse_method(call->method, &verb);
	enum verb_needs needs = known ? verb_needs(verb) : VERB_NEEDS_READ;
	if (needs == VERB_NEEDS_READ ? !may->read : !may->operate) {
		*ret_route = refuse(VERB_INTERFACE ".NotPermitted", "needs", verb_needs_name(needs));
		return;
	}
	if (known) {
		*ret_route = (struct control_route){.give = true, .verb = verb};
		return;
	}
	const char *dot = strrchr(call->method, '.');
	size_t len = dot ? (size_t)(dot - call->method) : 0;
	memcpy(interface, call->method, len);
	interface[len] = '\0';
	if (len > 0 && strcmp(interface, VERB_INTERFACE) != 0)
		*ret_route = refuse(SERVICE ".InterfaceNotFound", "interface", interface);
	else
		*ret_route = refuse(SERVICE ".MethodNotFound", "method", call->method);
}
