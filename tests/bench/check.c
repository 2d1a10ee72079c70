/* SPDX-License-Identifier: Apache-2.0 */
/* check: what a check costs cmekd, with its own client and loop: DescribeKey and GetKeyPolicy, signed, over kept
 * connections, the answers parsed; a policy is evaluated when its text has changed.
 *
 *   check URL CA_FILE CREDENTIALS_FILE CONNECTIONS CHECKS VENDOR ARN...
 *
 * The keys are looked at in turn, so many at a time as there are connections. They should be in many regions: what may be
 * asked of one in a second is bounded, and waiting is not what is measured.
 */
#include "io/http.h"
#include "io/kms.h"
#include "meter.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define TARGETS_MAX 64
#define WARM        64 /* checks before it is counted, as in floor.c */

struct bench {
	uv_loop_t loop;
	struct kms_target *targets[TARGETS_MAX];
	size_t count, next;
	uint64_t done, checks;
	struct meter from;
};

static struct bench bench;

static void look(void);

static void on_look(void *arg, const struct look *seen, const struct kms_texts *texts)
{
	(void)arg;
	if (seen->fault != FAULT_NONE || !seen->have_access || seen->access.allowed != NEED_ALL) {
		(void)fprintf(stderr, "check: a look that is not usable: %s\n", texts->message);
		exit(1);
	}
	if (++bench.done == WARM)
		bench.from = meter_read();
	if (bench.done < WARM + bench.checks)
		look();
	else
		uv_stop(&bench.loop);
}

static void look(void)
{
	struct kms_target *target = bench.targets[bench.next];

	bench.next = (bench.next + 1) % bench.count;
	if (kms_look(target, KMS_LANE_LOOK, on_look, NULL) != 0)
		exit(1);
}

int main(int argc, char **argv)
{
	struct kms_init init = {.loop = &bench.loop, .profile = "", .timeout_ms = 10000};
	struct kms_target_init t = {.own_ledger = {.text = "0123456789abcdef"}};
	unsigned long connections = argc > 7 ? strtoul(argv[4], NULL, 10) : 0;
	static struct aws_urls urls;
	struct http *http;
	struct kms *kms;

	bench.checks = argc > 7 ? strtoul(argv[5], NULL, 10) : 0;
	bench.count = argc > 7 ? (size_t)argc - 7 : 0;
	if (connections == 0 || connections > bench.count || bench.count > TARGETS_MAX || bench.checks == 0 ||
		account_id_parse(argv[6], strlen(argv[6]), &t.vendor) != 0) {
		(void)fprintf(stderr,
			"usage: check URL CA_FILE CREDENTIALS_FILE CONNECTIONS CHECKS VENDOR ARN...\n");
		return 2;
	}
	for (size_t i = 0; i < AWS_SERVICE_COUNT; i++)
		(void)snprintf(urls.of[i], sizeof urls.of[i], "%s", argv[1]);
	if (http_global_init() != 0 || uv_loop_init(&bench.loop) != 0 ||
		http_new(&bench.loop, argv[2], &http) != 0)
		return 1;
	init.http = http;
	init.urls = &urls;
	init.credentials_file = argv[3];
	if (kms_new(&init, &kms) != 0)
		return 1;
	for (size_t i = 0; i < bench.count; i++) {
		const char *arn = argv[7 + i];

		if (key_arn_parse(arn, strlen(arn), &t.arn, NULL, NULL) != 0 ||
			kms_target_new(kms, &t, &bench.targets[i]) != 0)
			return 1;
	}
	while (connections-- > 0)
		look();
	(void)uv_run(&bench.loop, UV_RUN_DEFAULT);
	meter_print(bench.from, bench.done - WARM);
	return 0;
}
