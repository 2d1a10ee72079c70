/* SPDX-License-Identifier: Apache-2.0 */
/* The part of kms_api that gathers grants. */
#include "wire/kms_api.h"
#include "base/err.h"
#include "base/own.h"
#include "wire/json_answer.h"
#include "wire/aws_answer.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PRINCIPAL_BYTES 2049 /* AWS ARNs have at most 2048 */

void kms_api_grants_fini(struct kms_api_grants *g)
{
	free(g->items);
	*g = KMS_API_GRANTS_INIT;
}

/* The account that a principal belongs to. A principal is "arn:aws:iam::ACCOUNT:...",
 * "arn:aws:sts::ACCOUNT:...", "ACCOUNT", "ACCOUNT:aws:ec2-infrastructure:i-..." (the form of EBS's grants in
 * CloudTrail), or a service such as "ec2.amazonaws.com", which has none. Refuses: false if there is none. */
static bool principal_account(const char *principal, struct account_id *ret_account)
{
	const char *at = principal;
	if (strncmp(at, "arn:", 4) == 0) {
		for (int colons = 0; colons < 4; colons++) {
			at = strchr(at, ':');
			if (!at)
				return false;
			at++;
		}
	}
	size_t len = strcspn(at, ":");
	return account_id_parse(at, len, ret_account) == 0;
}

enum owner { OWNER_VENDOR, OWNER_OTHER, OWNER_UNSURE };

/* Any of the three principals makes a grant the vendor's; IssuingAccount alone tells that it is not. */
static bool grant_owner(const struct json_tree *tree, uint32_t grant, const struct account_id *vendor,
	enum owner *ret_owner, struct trouble *t)
{
	static const char *const names[] = {"IssuingAccount", "GranteePrincipal", "RetiringPrincipal"};
	bool issuer_known = false, grantee_known = false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char text[PRINCIPAL_BYTES];
		struct account_id account;
		if (!json_answer_text(tree, grant, names[i], JSON_ANSWER_OPTIONAL, text, sizeof text, t))
			return false;
		if (!principal_account(text, &account))
			continue;
		if (strcmp(account.text, vendor->text) == 0) {
			*ret_owner = OWNER_VENDOR;
			return true;
		}
		issuer_known = issuer_known || i == 0;
		grantee_known = grantee_known || i == 1;
	}
	*ret_owner = issuer_known || grantee_known ? OWNER_OTHER : OWNER_UNSURE;
	return true;
}

static const char *const operation_names[KMS_API_GRANT_OPERATION_COUNT] = {
#define X(e, name) [KMS_API_GRANT_OPERATION_##e] = name,
	KMS_API_GRANT_OPERATION_TABLE(X)
#undef X
};

const char *kms_api_grant_operation_name(enum kms_api_grant_operation o)
{
	return operation_names[o];
}

/* Bits. What is there but is no list of names may permit anything. */
static uint32_t grant_operations(const struct json_tree *tree, uint32_t grant)
{
	uint32_t list = json_answer_member(tree, grant, "Operations"), set = 0;
	if (!json_is(tree, list, JSON_ARRAY))
		return 1u << KMS_API_GRANT_OPERATION_OTHER;
	json_for_each (tree, list, node) {
		char name[64];
		uint32_t i = 0;
		if (json_string(tree, node, name, sizeof name, NULL) != 0)
			name[0] = '\0';
		while (i < KMS_API_GRANT_OPERATION_OTHER && strcmp(name, operation_names[i]) != 0)
			i++;
		set |= 1u << i;
	}
	return set;
}

/* Fails: -ENOMEM. */
static int grants_add(struct kms_api_grants *g, const struct kms_api_grant *grant)
{
	if (g->count == g->size) {
		uint32_t size = g->size > 0 ? g->size * 2 : 16;
		struct kms_api_grant *items = realloc(g->items, size * sizeof *items);
		if (!items)
			return err_origin(-ENOMEM);
		g->items = items;
		g->size = size;
	}
	g->items[g->count++] = *grant;
	return 0;
}

/* Refuses: 1, `t` says why. Fails: -ENOMEM. */
static int read_grant(const struct json_tree *tree, uint32_t node, const struct account_id *vendor,
	struct kms_api_grants *g, struct trouble *t)
{
	struct kms_api_grant grant;
	enum owner owner;
	if (!json_is(tree, node, JSON_OBJECT) || g->total >= KMS_API_GRANTS_MAX) {
		trouble_set(t, FAULT_MALFORMED, "the answer's Grants are wrong; expected objects, at most %u",
			KMS_API_GRANTS_MAX);
		return 1;
	}
	if (!json_answer_text(tree, node, "GrantId", JSON_ANSWER_REQUIRED, grant.id, sizeof grant.id, t) ||
		!grant_owner(tree, node, vendor, &owner, t))
		return 1;
	g->total++;
	if (owner == OWNER_UNSURE)
		g->unsure++;
	if (owner != OWNER_OTHER)
		g->operations |= grant_operations(tree, node);
	return owner == OWNER_VENDOR ? grants_add(g, &grant) : 0;
}

int kms_api_read_grants(const struct http_answer *a, const struct account_id *vendor,
	struct kms_api_grants *g, struct trouble *ret_trouble)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	struct trouble t = {.fault = FAULT_NONE};
	int r = aws_answer_object(a, KMS_API_ANSWER_MAX_BYTES, &tree, ret_trouble);
	if (r != 0)
		return r < 0 ? r : 0;
	uint32_t grants = json_answer_member(&tree, JSON_ROOT, "Grants");
	if (json_is(&tree, grants, JSON_ARRAY)) {
		json_for_each (&tree, grants, node) {
			r = read_grant(&tree, node, vendor, g, &t);
			if (r < 0)
				return r;
			if (r > 0)
				break;
		}
		if (t.fault == FAULT_NONE)
			(void)kms_api_page_read(&tree, "the list of grants", KMS_API_GRANT_PAGES_MAX,
				&g->pages, &g->more, g->marker, &t);
	} else {
		trouble_set(&t, FAULT_MALFORMED, "the answer lacks Grants; expected an array");
	}
	t.status = a->status;
	*ret_trouble = t;
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	const struct kms_api_grant *x = a, *y = b;
	return strcmp(x->id, y->id);
}

int kms_api_grants_batch(
	struct kms_api_grants *g, uint32_t max, uint32_t *ret_count, struct digest *ret_digest)
{
	uint32_t count = g->count < max ? g->count : max;
	_cleanup_(buf_fini) struct buf ids = BUF_INIT((size_t)max * KMS_API_GRANT_ID_BYTES + 1);
	if (g->count > 1)
		qsort(g->items, g->count, sizeof *g->items, compare_ids);
	for (uint32_t i = 0; i < count; i++)
		buf_printf(&ids, "%s\n", g->items[i].id);
	if (ids.trouble)
		return err_origin(-ENOMEM);
	int r = digest_of(ids.data ? ids.data : "", ids.len, ret_digest);
	if (r < 0)
		return r;
	*ret_count = count;
	return 0;
}
