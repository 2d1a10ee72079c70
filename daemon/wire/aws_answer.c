/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/aws_answer.h"
#include "base/own.h"
#include "wire/aws_error.h"
#include "wire/json_answer.h"
#include <string.h>

int aws_answer_error(const struct http_answer *a, struct trouble *t)
{
	_cleanup_(json_tree_fini) struct json_tree tree = JSON_TREE_INIT;
	char code[TROUBLE_CODE_BYTES * 2] = "", message[TROUBLE_MESSAGE_BYTES] = "";
	struct trouble ignored;
	int r = json_answer_scan(a, AWS_ANSWER_ERROR_MAX_BYTES, &tree, &ignored);
	if (r < 0)
		return r;
	if (r == 0) {
		(void)json_answer_show(&tree, JSON_ROOT, "__type", code, sizeof code, &ignored);
		(void)json_answer_show(&tree, JSON_ROOT, "message", message, sizeof message, &ignored);
		if (message[0] == '\0')
			(void)json_answer_show(
				&tree, JSON_ROOT, "Message", message, sizeof message, &ignored);
	}
	aws_error_classify(a, code, message, strlen(message), t);
	return 0;
}

int aws_answer_object(
	const struct http_answer *a, size_t max_bytes, struct json_tree *ret_tree, struct trouble *t)
{
	if (a->status != 200) {
		int r = aws_answer_error(a, t);
		return r < 0 ? r : 1;
	}
	return json_answer_object(a, max_bytes, ret_tree, t);
}
