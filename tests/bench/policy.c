/* SPDX-License-Identifier: Apache-2.0 */
/* policy: reads a key policy from standard input and evaluates it for both purposes, so many times.
 *
 *   policy TIMES VENDOR KEY_ARN < POLICY
 */
#include "meter.h"
#include "policy/policy.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	static char text[POLICY_MAX_BYTES + 1];
	unsigned long times = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
	size_t len = fread(text, 1, sizeof text, stdin);
	struct policy_context context = {.now = {1795492166000}};
	struct key_arn arn;
	struct meter from;

	if (times == 0 || account_id_parse(argv[2], strlen(argv[2]), &context.vendor) != 0 ||
		key_arn_parse(argv[3], strlen(argv[3]), &arn, &context.region, &context.own) != 0) {
		(void)fprintf(stderr, "usage: policy TIMES VENDOR KEY_ARN < POLICY\n");
		return 2;
	}
	context.key = arn;
	from = meter_read();
	for (unsigned long i = 0; i < times; i++) {
		struct policy *p;
		struct access a;

		if (policy_parse(text, len, &p, NULL) != 0)
			return 1;
		policy_access(p, &context, &a, NULL);
		if (a.allowed != NEED_ALL)
			return 1;
		(void)policy_free(p);
	}
	meter_print(from, times);
	return 0;
}
