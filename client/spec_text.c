/* SPDX-License-Identifier: Apache-2.0 */
#include "spec_text.h"
#include "base/json_scan.h"
#include "base/own.h"
#include "glyph.h"
#include <inttypes.h>

static const struct json_limits limits = {
	.max_bytes = SPEC_TEXT_MAX_BYTES, .max_nodes = 4096, .max_depth = 16};

/* A member's text, cleaned; "" if there is none. */
static const char *text_of(struct arena *a, const struct json_tree *t, uint32_t object, const char *name)
{
	char text[128];

	if (json_string(t, json_member(t, object, name), text, sizeof text, NULL) != 0)
		return "";
	return glyph_safe(a, arena_printf(a, "%s", text));
}

static uint64_t number_of(const struct json_tree *t, uint32_t object, const char *name)
{
	uint32_t node = json_member(t, object, name);
	uint64_t number;

	return json_is(t, node, JSON_NUMBER) && json_u64(t, node, 1000000, &number) == 0 ? number : 0;
}

/* Nodes stand in the setting itself, or in groups of it. */
static uint64_t nodes_of(const struct json_tree *t, uint32_t setting)
{
	uint64_t nodes = number_of(t, setting, "nodeCount");

	json_for_each (t, json_member(t, setting, "tidbNodeGroups"), group)
		nodes += number_of(t, group, "nodeCount");
	return nodes;
}

static const char *setting_text(
	struct arena *a, const struct json_tree *t, const char *component, const char *member)
{
	uint32_t setting = json_member(t, JSON_ROOT, member);
	uint64_t nodes, gib;
	const char *size, *text;

	if (!json_is(t, setting, JSON_OBJECT))
		return "";
	nodes = nodes_of(t, setting);
	gib = number_of(t, setting, "storageSizeGi");
	size = text_of(a, t, setting, "nodeSpecKey");
	if (nodes == 0 && !*size)
		return "";
	text = arena_printf(a, "%s %" PRIu64 " x %s", component, nodes, *size ? size : "nodes");
	return gib > 0 ? arena_printf(a, "%s with %" PRIu64 " GiB", text, gib) : text;
}

int spec_text(struct arena *a, const char *text, size_t len, const char **ret_summary, struct why *reterr_why)
{
	static const struct {
		const char *component, *member;
	} settings[] = {
		{"tidb", "tidbNodeSetting"}, {"tikv", "tikvNodeSetting"}, {"tiflash", "tiflashNodeSetting"}};
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct json_error error;
	const char *name, *region, *summary, *between = ": ";
	int r = json_scan(text, len, &limits, &tree, &error);

	if (r > 0)
		json_why(reterr_why, &error);
	if (r != 0)
		return r > 0 ? SPEC_TEXT_E_JSON : r;
	if (!json_is(&tree, JSON_ROOT, JSON_OBJECT)) {
		why_set(reterr_why, "expected an object");
		return SPEC_TEXT_E_JSON;
	}
	name = text_of(a, &tree, JSON_ROOT, "displayName");
	region = text_of(a, &tree, JSON_ROOT, "regionId");
	summary = arena_printf(a, "%s%s%s", *name ? name : "without a name", *region ? " in " : "", region);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		const char *setting = setting_text(a, &tree, settings[i].component, settings[i].member);

		if (!*setting)
			continue;
		summary = arena_printf(a, "%s%s%s", summary, between, setting);
		between = ", ";
	}
	*ret_summary = summary;
	return 0;
}
