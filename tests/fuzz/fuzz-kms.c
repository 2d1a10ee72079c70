/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz: tests/fuzz/answer.c common/base common/model daemon/wire -lcrypto -lm
 *
 * Any bytes as answers of AWS KMS and STS (answer.h): d DescribeKey, p GetKeyPolicy, r GetKeyRotationStatus, v PutKeyPolicy and
 * RevokeGrant, g ListGrants and l ListKeyRotations over pages, s GetCallerIdentity, a AssumeRole. */
#include "answer.h"
#include "base/json_scan.h"
#include "base/own.h"
#include "fuzz.h"
#include "policy/policy.h"
#include "wire/kms_api.h"
#include "wire/sts.h"

#define KEY "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

static const struct key_arn key = {KEY};
static const struct account_id vendor = {"999900001111"};

/* Only the key that was asked for, and a state that the service's own word stands for. */
static void read_key(struct answer *a)
{
	struct kms_api_key k;
	struct trouble t;

	if (ran_out(kms_api_read_key(&a->http, &key, &k, &t)))
		return;
	answer_check_trouble(a, &t);
	if (t.fault != FAULT_NONE)
		return;
	MUST(a->http.status == 200 && key_arn_equal(&k.arn, &key));
	MUST(strcmp(k.account.text, "111122223333") == 0);
	MUST(k.state < KEY_STATE_COUNT && k.state == key_state_parse(k.state_name));
	MUST((k.material_fingerprint == 0) == (k.material[0] == '\0') && k.deletion.ms >= 0);
	answer_check_shown(k.state_name, sizeof k.state_name);
	answer_check_shown(k.origin, sizeof k.origin);
	answer_check_shown(k.spec, sizeof k.spec);
	answer_check_shown(k.usage, sizeof k.usage);
	answer_check_shown(k.manager, sizeof k.manager);
	result_number(k.state);
	result_number(k.deletion.ms);
	result_number((int64_t)k.material_fingerprint);
}

/* What we would put is what we have read, byte for byte. */
static void put_back(const char *policy, size_t len)
{
	_cleanup_(buf_fini) struct buf b = BUF_INIT(KMS_API_BODY_MAX_BYTES);
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	static const struct json_limits limits = {KMS_API_BODY_MAX_BYTES, 16, 4};
	_cleanup_free_ char *back = NULL;
	int r;

	kms_api_write_put_key_policy(&b, &key, policy, len);
	if (ran_out(b.trouble))
		return;
	MUST(b.trouble == 0);
	r = json_scan(b.data, b.len, &limits, &tree, NULL);
	if (ran_out(r))
		return;
	MUST(r == 0 && json_equals(&tree, json_member(&tree, JSON_ROOT, "KeyId"), KEY));
	r = json_string_dup(&tree, json_member(&tree, JSON_ROOT, "Policy"), POLICY_MAX_BYTES, &back);
	if (ran_out(r))
		return;
	MUST(r == 0 && strcmp(back, policy) == 0);
}

static void read_policy(struct answer *a)
{
	_cleanup_free_ char *text = NULL;
	struct trouble t;
	size_t len;

	if (ran_out(kms_api_read_policy(&a->http, &text, &len, &t)))
		return;
	answer_check_trouble(a, &t);
	MUST((text != NULL) == (t.fault == FAULT_NONE));
	if (!text)
		return;
	MUST(strlen(text) == len && len <= POLICY_MAX_BYTES);
	result(text, len);
	put_back(text, len);
}

static void read_rotation(struct answer *a)
{
	struct kms_api_rotation r;
	struct trouble t;

	if (ran_out(kms_api_read_rotation(&a->http, &r, &t)))
		return;
	answer_check_trouble(a, &t);
	if (t.fault != FAULT_NONE)
		return;
	MUST(r.state <= KMS_API_ROTATION_NOT_APPLICABLE && r.next.ms >= 0 && r.on_demand_started.ms >= 0);
	MUST(a->http.status == 200 || r.state == KMS_API_ROTATION_NOT_APPLICABLE);
	result_number(r.state);
	result_number(r.next.ms);
}

static void read_void(struct answer *a)
{
	struct trouble t;

	if (ran_out(kms_api_read_void(&a->http, &t)))
		return;
	answer_check_trouble(a, &t);
	MUST(t.fault != FAULT_NONE || a->http.status == 200);
	(void)kms_api_grant_is_gone(&t);
}

/* Pages add up, what was read stays, and "more" always has a new marker. */
static void read_grants(struct answer *a)
{
	_cleanup_(kms_api_grants_fini) struct kms_api_grants g = KMS_API_GRANTS_INIT;
	char marker[KMS_API_MARKER_BYTES];
	struct trouble t;

	do {
		struct kms_api_grants before = g;

		memcpy(marker, g.marker, sizeof marker);
		if (ran_out(kms_api_read_grants(&a->http, &vendor, &g, &t)))
			return;
		answer_check_trouble(a, &t);
		MUST(g.count >= before.count && g.total >= before.total && g.count + g.unsure <= g.total);
		MUST(g.total <= KMS_API_GRANTS_MAX && g.count <= g.size);
		if (t.fault != FAULT_NONE)
			return;
		MUST(g.pages == before.pages + 1 && (!g.more || strcmp(marker, g.marker) != 0));
	} while (g.more && answer_next(a));
	for (uint32_t i = 0; i < g.count; i++) {
		_cleanup_(buf_fini) struct buf b = BUF_INIT(KMS_API_BODY_MAX_BYTES);

		result_text(g.items[i].id);
		kms_api_write_revoke_grant(&b, &key, g.items[i].id);
		if (!ran_out(b.trouble))
			MUST(b.trouble == 0);
	}
}

/* As of grants; what was last was within the list. */
static void read_rotations(struct answer *a)
{
	struct kms_api_rotations l = {.total = 0};
	char marker[KMS_API_MARKER_BYTES];
	struct trouble t;

	do {
		struct kms_api_rotations before = l;

		memcpy(marker, l.marker, sizeof marker);
		if (ran_out(kms_api_read_rotations(&a->http, &l, &t)))
			return;
		answer_check_trouble(a, &t);
		MUST(l.total >= before.total && l.total <= KMS_API_ROTATIONS_MAX && l.on_demand <= l.total);
		MUST(l.last.ms >= l.last_on_demand.ms && l.last_on_demand.ms >= 0);
		if (t.fault != FAULT_NONE)
			return;
		MUST(l.pages == before.pages + 1 && (!l.more || strcmp(marker, l.marker) != 0));
	} while (l.more && answer_next(a));
	result_number(l.on_demand);
	result_number(l.last.ms);
}

static void read_identity(struct answer *a)
{
	struct sts_identity id;
	struct trouble t;
	struct account_id again;

	sts_read_identity(&a->http, &id, &t);
	answer_check_trouble(a, &t);
	if (t.fault != FAULT_NONE)
		return;
	answer_check_shown(id.arn, sizeof id.arn);
	MUST(strncmp(id.arn, "arn:", 4) == 0);
	MUST(account_id_parse(id.account.text, strlen(id.account.text), &again) == 0);
	result_text(id.arn);
}

static void read_role(const struct answer *a)
{
	struct aws_keys k = AWS_KEYS_INIT;
	struct trouble t;
	int r = sts_read_role(&a->http, &k, &t);

	if (ran_out(r)) {
		MUST(!k.secret.bytes && !k.token.bytes);
		return;
	}
	answer_check_trouble(a, &t);
	MUST((t.fault == FAULT_NONE) == (k.secret.bytes != NULL));
	if (t.fault == FAULT_NONE) {
		MUST(k.id[0] && k.token.bytes && walltime_is_known(k.expires));
		MUST(!strpbrk(k.secret.bytes, " \r\n") && !strpbrk(k.token.bytes, " \r\n"));
	}
	aws_keys_fini(&k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer a;

	if (!answer_init(&a, data, size))
		return 0;
	switch (a.reader) {
	case 'd':
		read_key(&a);
		break;
	case 'p':
		read_policy(&a);
		break;
	case 'r':
		read_rotation(&a);
		break;
	case 'v':
		read_void(&a);
		break;
	case 'g':
		read_grants(&a);
		break;
	case 'l':
		read_rotations(&a);
		break;
	case 's':
		read_identity(&a);
		break;
	case 'a':
		read_role(&a);
		break;
	default:
		break;
	}
	return 0;
}
