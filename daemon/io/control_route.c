/* SPDX-License-Identifier: Apache-2.0 */
#include "io/control_route.h"
#include "proto/interface.h"
#include <json-c/json.h>
#include <string.h>

#define SERVICE      "org.varlink.service"
#define SERVICE_CALL SERVICE "."

#define NAME_MAX_BYTES 128 /* of an interface that is asked for */

struct json_object *control_route_text(const char *name, const char *text)
{
	struct json_object *o = json_object_new_object();
	struct json_object *value = json_object_new_string(text);
	if (!o || !value || json_object_object_add(o, name, value) < 0) {
		json_object_put(value);
		json_object_put(o);
		return NULL;
	}
	return o;
}

static struct control_route refuse(const char *error, const char *name, const char *text)
{
	return (struct control_route){.error = error, .parameters = control_route_text(name, text)};
}

static struct control_route get_info(const char *version, const char *url)
{
	struct json_object *o = control_route_text("vendor", "cmekd");
	struct json_object *interfaces = json_object_new_array();
	if (o && interfaces) {
		json_object_object_add(o, "product", json_object_new_string("cmekd"));
		json_object_object_add(o, "version", json_object_new_string(version));
		json_object_object_add(o, "url", json_object_new_string(url));
		json_object_array_add(interfaces, json_object_new_string(SERVICE));
		json_object_array_add(interfaces, json_object_new_string(VERB_INTERFACE));
		json_object_object_add(o, "interfaces", interfaces);
	} else {
		json_object_put(interfaces);
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
