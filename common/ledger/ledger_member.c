/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger_member.h"
#include "base/digest.h"
#include "base/num.h"
#include "base/utf8.h"
#include <inttypes.h>
#include <string.h>

#define ESCAPED_MAX_BYTES 3072 /* of one text: five of them and the rest fit into LEDGER_LINE_MAX */
#define NAME_BYTES        32   /* longer than any name in the tables of the model */

typedef void put_fn(const struct record *r, struct buf *out);
typedef int get_fn(struct record *r, const struct json_tree *t, uint32_t node);

/* ---- kinds of values ---- */

void ledger_member_text(struct buf *out, const char *text, size_t max_bytes)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = 0, size = strlen(text), read_back = 0, escaped = 0;
	while (len < size) {
		size_t step = utf8_step(text + len, size - len);
		read_back += step ? step : 3; /* U+FFFD stands for a byte that is no UTF-8 */
		escaped += s[len] < 0x20 || s[len] == 0x7f   ? 6
			   : s[len] == '"' || s[len] == '\\' ? 2
			   : step                            ? step
							     : 3;
		if (read_back > max_bytes || escaped > ESCAPED_MAX_BYTES)
			break;
		len += step ? step : 1;
	}
	buf_json_string(out, text, len);
}

static void put_hex64(struct buf *out, uint64_t v)
{
	buf_printf(out, "\"%016" PRIx64 "\"", v);
}

static int get_hex64(const struct json_tree *t, uint32_t node, uint64_t *ret_v)
{
	char text[17];
	size_t len;
	uint8_t bytes[8];
	if (json_string(t, node, text, sizeof text, &len) != 0 ||
		num_parse_hex(text, len, bytes, sizeof bytes) != 0)
		return 1;
	uint64_t v = 0;
	for (size_t i = 0; i < sizeof bytes; i++)
		v = v << 8 | bytes[i];
	*ret_v = v;
	return 0;
}

static void put_u32(struct buf *out, uint32_t v)
{
	buf_printf(out, "%" PRIu32, v);
}

static int get_u32(const struct json_tree *t, uint32_t node, uint32_t *ret_v)
{
	uint64_t v;
	if (!json_is(t, node, JSON_NUMBER) || json_u64(t, node, UINT32_MAX, &v) != 0)
		return 1;
	*ret_v = (uint32_t)v;
	return 0;
}

static void put_quoted(struct buf *out, const char *text)
{
	buf_json_string(out, text, strlen(text));
}

/* An id of the model: one field, and a parser of its own. */
#define ID_MEMBER(field, parse)                                                                              \
	static void put_##field(const struct record *r, struct buf *out)                                     \
	{                                                                                                    \
		put_quoted(out, r->field.text);                                                              \
	}                                                                                                    \
	static int get_##field(struct record *r, const struct json_tree *t, uint32_t node)                   \
	{                                                                                                    \
		char text[sizeof r->field.text];                                                             \
		size_t len;                                                                                  \
		if (json_string(t, node, text, sizeof text, &len) != 0)                                      \
			return 1;                                                                            \
		return parse(text, len, &r->field);                                                          \
	}

static int arn_parse(const char *text, size_t len, struct key_arn *ret_arn)
{
	return key_arn_parse(text, len, ret_arn, NULL, NULL);
}

ID_MEMBER(ledger, ledger_id_parse)
ID_MEMBER(project, project_id_parse)
ID_MEMBER(arn, arn_parse)
ID_MEMBER(cluster, cluster_id_parse)

/* An errand of the project has none. */
static void put_region(const struct record *r, struct buf *out)
{
	if (r->region.text[0])
		put_quoted(out, r->region.text);
	else
		buf_add(out, "null");
}

static int get_region(struct record *r, const struct json_tree *t, uint32_t node)
{
	char text[sizeof r->region.text];
	size_t len;
	if (json_is(t, node, JSON_NULL) &&
		(record_type_fields(r->type) & (RECORD_F_ERRAND | RECORD_F_REPORT))) {
		r->region.text[0] = '\0';
		return 0;
	}
	if (json_string(t, node, text, sizeof text, &len) != 0)
		return 1;
	return region_parse(text, len, &r->region);
}

/* A name of a table of the model. */
#define NAME_MEMBER(field, table)                                                                            \
	static void put_##field(const struct record *r, struct buf *out)                                     \
	{                                                                                                    \
		put_quoted(out, table##_name(r->field));                                                     \
	}                                                                                                    \
	static int get_##field(struct record *r, const struct json_tree *t, uint32_t node)                   \
	{                                                                                                    \
		char name[NAME_BYTES];                                                                       \
		if (json_string(t, node, name, sizeof name, NULL) != 0)                                      \
			return 1;                                                                            \
		return table##_parse(name, &r->field) ? 0 : 1;                                               \
	}

NAME_MEMBER(outcome, outcome)
NAME_MEMBER(reason, reason)
NAME_MEMBER(phase, phase)
NAME_MEMBER(cut, cut)
NAME_MEMBER(means, cut_means)
NAME_MEMBER(duty, duty)
NAME_MEMBER(state, cluster_state)
NAME_MEMBER(result, act_result)
NAME_MEMBER(errand, errand)

static void put_step(const struct record *r, struct buf *out)
{
	put_quoted(out, live_step_name(r->live_step));
}

static int get_step(struct record *r, const struct json_tree *t, uint32_t node)
{
	char name[NAME_BYTES];
	if (json_string(t, node, name, sizeof name, NULL) != 0)
		return 1;
	return live_step_parse(name, &r->live_step) ? 0 : 1;
}

static void put_end(const struct record *r, struct buf *out)
{
	put_quoted(out, live_end_name(r->live_end));
}

static int get_end(struct record *r, const struct json_tree *t, uint32_t node)
{
	char name[NAME_BYTES];
	if (json_string(t, node, name, sizeof name, NULL) != 0)
		return 1;
	return live_end_parse(name, &r->live_end) ? 0 : 1;
}

/* A 32-bit number, a 64-bit number of 16 hex digits: `path` is the member of struct record. */
#define NUMBER_MEMBER(field, path, put_value, get_value)                                                     \
	static void put_##field(const struct record *r, struct buf *out)                                     \
	{                                                                                                    \
		put_value(out, r->path);                                                                     \
	}                                                                                                    \
	static int get_##field(struct record *r, const struct json_tree *t, uint32_t node)                   \
	{                                                                                                    \
		return get_value(t, node, &r->path);                                                         \
	}

NUMBER_MEMBER(fingerprint, fingerprint, put_hex64, get_hex64)
NUMBER_MEMBER(plan, plan.v, put_hex64, get_hex64)
NUMBER_MEMBER(incident, incident.n, put_u32, get_u32)
NUMBER_MEMBER(count, count, put_u32, get_u32)
NUMBER_MEMBER(op, op.n, put_u32, get_u32)

static void put_machine(const struct record *r, struct buf *out)
{
	put_quoted(out, r->machine);
}

static int get_machine(struct record *r, const struct json_tree *t, uint32_t node)
{
	size_t len;
	uint8_t bytes[(RECORD_MACHINE_BYTES - 1) / 2];
	if (json_string(t, node, r->machine, sizeof r->machine, &len) != 0)
		return 1;
	return num_parse_hex(r->machine, len, bytes, sizeof bytes) == 0 ? 0 : 1;
}

static void put_digest(const struct digest *d, struct buf *out)
{
	char hex[DIGEST_HEX_BYTES];
	digest_format(d, hex);
	put_quoted(out, hex);
}

static int get_digest(const struct json_tree *t, uint32_t node, struct digest *ret_digest)
{
	char hex[DIGEST_HEX_BYTES];
	size_t len;
	if (json_string(t, node, hex, sizeof hex, &len) != 0)
		return 1;
	return digest_parse(hex, len, ret_digest);
}

/* X(name): of 64 hex digits. */
#define DIGEST_MEMBER(name)                                                                                  \
	static void put_##name(const struct record *r, struct buf *out)                                      \
	{                                                                                                    \
		put_digest(&r->name, out);                                                                   \
	}                                                                                                    \
	static int get_##name(struct record *r, const struct json_tree *t, uint32_t node)                    \
	{                                                                                                    \
		return get_digest(t, node, &r->name);                                                        \
	}

DIGEST_MEMBER(policy)
DIGEST_MEMBER(kept)
DIGEST_MEMBER(grants)
DIGEST_MEMBER(report)

static const struct {
	enum cause cause;
	const char *name;
} cause_names[] = {
#define X(e, name) {CAUSE_##e, name},
	CAUSE_TABLE(X)
#undef X
};

static void put_causes(const struct record *r, struct buf *out)
{
	const char *comma = "";
	buf_add(out, "[");
	for (size_t i = 0; i < sizeof cause_names / sizeof *cause_names; i++) {
		if (!(r->causes & cause_names[i].cause))
			continue;
		buf_printf(out, "%s\"%s\"", comma, cause_names[i].name);
		comma = ",";
	}
	buf_add(out, "]");
}

static int get_causes(struct record *r, const struct json_tree *t, uint32_t node)
{
	if (!json_is(t, node, JSON_ARRAY))
		return 1;
	r->causes = 0;
	json_for_each (t, node, element) {
		size_t i = 0;
		while (i < sizeof cause_names / sizeof *cause_names &&
			!json_equals(t, element, cause_names[i].name))
			i++;
		if (i == sizeof cause_names / sizeof *cause_names)
			return 1;
		r->causes = (uint8_t)(r->causes | cause_names[i].cause);
	}
	return 0;
}

static void put_stands(const struct record *r, struct buf *out)
{
	const char *comma = "";
	buf_add(out, "[");
	for (unsigned m = 0; m < CUT_MEANS_COUNT; m++) {
		if (!(r->stands & CUT_MEANS_BIT(m)))
			continue;
		buf_printf(out, "%s\"%s\"", comma, cut_means_name((enum cut_means)m));
		comma = ",";
	}
	buf_add(out, "]");
}

static int get_stands(struct record *r, const struct json_tree *t, uint32_t node)
{
	if (!json_is(t, node, JSON_ARRAY))
		return 1;
	r->stands = 0;
	json_for_each (t, node, element) {
		char name[NAME_BYTES];
		enum cut_means m;
		if (json_string(t, element, name, sizeof name, NULL) != 0 || !cut_means_parse(name, &m))
			return 1;
		r->stands = (uint8_t)(r->stands | CUT_MEANS_BIT(m));
	}
	return 0;
}

static void put_name(const struct record *r, struct buf *out)
{
	ledger_member_text(out, r->name, sizeof r->name - 1);
}

static int get_name(struct record *r, const struct json_tree *t, uint32_t node)
{
	return json_string(t, node, r->name, sizeof r->name, NULL);
}

static void put_resume_at(const struct record *r, struct buf *out)
{
	char text[NUM_TIME_BYTES];
	if (!walltime_is_known(r->resume_at)) {
		buf_add(out, "null");
		return;
	}
	num_format_time_ms(r->resume_at.ms, text);
	put_quoted(out, text);
}

static int get_resume_at(struct record *r, const struct json_tree *t, uint32_t node)
{
	char text[NUM_TIME_BYTES];
	size_t len;
	if (json_is(t, node, JSON_NULL)) {
		r->resume_at = WALLTIME_UNKNOWN;
		return 0;
	}
	if (json_string(t, node, text, sizeof text, &len) != 0)
		return 1;
	return num_parse_time_ms(text, len, &r->resume_at.ms);
}

/* ---- the table ---- */

/* Members that ledgers of old have not: left out where they say what goes without saying, and so taken where they are
 * missing. */
static bool means_plain(const struct record *r)
{
	return r->means == CUT_MEANS_DENY;
}

static void means_missing(struct record *r)
{
	r->means = CUT_MEANS_DENY;
}

static bool stands_plain(const struct record *r)
{
	return r->stands == cut_stands(r->cut);
}

static void stands_missing(struct record *r)
{
	r->stands = cut_stands(r->cut);
}

static bool kept_plain(const struct record *r)
{
	static const struct digest none;

	return memcmp(&r->kept, &none, sizeof none) == 0;
}

static void kept_missing(struct record *r)
{
	r->kept = (struct digest){.bytes = {0}};
}

/* X(name, FIELDS): in the order of the line; present if the type has any of FIELDS. Y: may be missing. */
#define MEMBER_TABLE(X, Y)                                                                                   \
	X(ledger, RECORD_F_LEDGER)                                                                           \
	X(project, RECORD_F_LEDGER)                                                                          \
	X(machine, RECORD_F_LEDGER)                                                                          \
	X(region, RECORD_F_REGION)                                                                           \
	X(arn, RECORD_F_ARN)                                                                                 \
	X(fingerprint, RECORD_F_FINGERPRINT)                                                                 \
	X(outcome, RECORD_F_VERDICT)                                                                         \
	X(reason, RECORD_F_VERDICT)                                                                          \
	X(policy, RECORD_F_POLICY)                                                                           \
	X(incident, RECORD_F_INCIDENT)                                                                       \
	X(phase, RECORD_F_STATE)                                                                             \
	X(causes, RECORD_F_STATE)                                                                            \
	X(cut, RECORD_F_STATE)                                                                               \
	Y(means, RECORD_F_STATE)                                                                             \
	Y(stands, RECORD_F_STATE)                                                                            \
	Y(kept, RECORD_F_STATE)                                                                              \
	X(plan, RECORD_F_PLAN)                                                                               \
	X(count, RECORD_F_PLAN | RECORD_F_GRANTS | RECORD_F_REPORT)                                          \
	X(grants, RECORD_F_GRANTS)                                                                           \
	X(report, RECORD_F_REPORT)                                                                           \
	X(cluster, RECORD_F_CLUSTER)                                                                         \
	X(name, RECORD_F_CLUSTER)                                                                            \
	X(duty, RECORD_F_CLUSTER)                                                                            \
	X(state, RECORD_F_CLUSTER)                                                                           \
	X(resume_at, RECORD_F_CLUSTER | RECORD_F_DATE)                                                       \
	X(errand, RECORD_F_ERRAND)                                                                           \
	X(step, RECORD_F_LIVE)                                                                               \
	X(end, RECORD_F_LIVE)                                                                                \
	X(op, RECORD_F_OP)                                                                                   \
	X(result, RECORD_F_RESULT)

static const struct member {
	const char *name;
	uint32_t fields;
	put_fn *put;
	get_fn *get;
	bool (*plain)(const struct record *r); /* not NULL: it may be missing */
	void (*missing)(struct record *r);
} members[] = {
#define X(name, fields) {#name, (fields), put_##name, get_##name, NULL, NULL},
#define Y(name, fields) {#name, (fields), put_##name, get_##name, name##_plain, name##_missing},
	MEMBER_TABLE(X, Y)
#undef X
#undef Y
};
#define MEMBER_COUNT (sizeof members / sizeof *members)

void ledger_member_put(const struct record *record, struct buf *out)
{
	uint32_t fields = record_type_fields(record->type);
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if (!(members[i].fields & fields) || (members[i].plain && members[i].plain(record)))
			continue;
		buf_add(out, ",\"");
		buf_add(out, members[i].name);
		buf_add(out, "\":");
		members[i].put(record, out);
	}
}

int ledger_member_get(
	const struct json_tree *t, uint32_t object, struct record *record, struct why *reterr_why)
{
	uint32_t fields = record_type_fields(record->type);
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if (!(members[i].fields & fields))
			continue;
		uint32_t node = json_member(t, object, members[i].name);
		if (node == JSON_NONE && members[i].missing) {
			members[i].missing(record);
			continue;
		}
		if (node == JSON_NONE) {
			why_set(reterr_why, "a record of type %s lacks its member \"%s\"",
				record_type_name(record->type), members[i].name);
			return 1;
		}
		if (members[i].get(record, t, node) != 0) {
			why_set(reterr_why,
				"the member \"%s\" of a record of type %s has no value that cmekd writes",
				members[i].name, record_type_name(record->type));
			return 1;
		}
	}
	return 0;
}
