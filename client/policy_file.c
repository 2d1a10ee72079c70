/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_file.h"
#include "base/own.h"
#include "policy/policy.h"
#include <errno.h>
#include <string.h>

#define FILE_MAX_BYTES                                                                                       \
	(256 * 1024) /* a policy as the AWS CLI wraps it, escaped, is at most six times as long */

/* Reads all of it, at most FILE_MAX_BYTES. */
static int read_file(struct session *s, const char *path, struct buf *text)
{
	_cleanup_fclose_ FILE *opened = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");
	FILE *from = opened ? opened : s->in ? s->in : stdin;
	char block[8192];
	size_t n;

	if (!opened && strcmp(path, "-") != 0)
		return output_trouble(
			s->out, EXIT_ERROR, "unreadable", "cannot read %s: %s", path, strerror(errno));
	while ((n = fread(block, 1, sizeof block, from)) > 0 && !text->trouble)
		buf_append(text, block, n);
	if (ferror(from))
		return output_trouble(
			s->out, EXIT_ERROR, "unreadable", "cannot read %s: %s", path, strerror(errno));
	if (text->trouble)
		return output_trouble(s->out, EXIT_ERROR, "unreadable",
			"%s has more than %d bytes: it is no key policy", path, FILE_MAX_BYTES);
	return 0;
}

/* The answer of `aws kms get-key-policy` holds the policy as a string. */
static void unwrap(struct buf *text)
{
	static const struct json_limits limits = {
		.max_bytes = FILE_MAX_BYTES, .max_nodes = FILE_MAX_BYTES, .max_depth = 40};
	struct json_tree tree = JSON_TREE_INIT;
	char *inner = NULL;
	uint32_t node;

	if (!text->data || json_scan(text->data, text->len, &limits, &tree, NULL) != 0) {
		json_tree_fini(&tree);
		return;
	}
	node = json_member(&tree, JSON_ROOT, "Policy");
	if (json_member(&tree, JSON_ROOT, "Statement") == JSON_NONE && node != JSON_NONE &&
		json_string_dup(&tree, node, FILE_MAX_BYTES, &inner) == 0) {
		buf_clear(text);
		buf_add(text, inner);
	}
	free(inner);
	json_tree_fini(&tree);
}

int policy_file_load(struct session *s, const char *path, struct policy **ret_policy)
{
	_cleanup_(buf_fini) struct buf text = BUF_INIT(FILE_MAX_BYTES);
	struct why why = {""};
	int r = read_file(s, path, &text);

	if (r != 0)
		return r;
	unwrap(&text);
	r = policy_parse(text.data ? text.data : "", text.len, ret_policy, &why);
	if (r > 0)
		return output_trouble(s->out, EXIT_ERROR, "malformed", "%s: %s", path, why.text);
	return r == 0 ? 0 : output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
}
