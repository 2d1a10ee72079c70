/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/aws_endpoint.h"
#include <stdio.h>
#include <string.h>

/* Partitions and their DNS suffixes (AWS General Reference; partitions.json of AWS's SDKs, 2026-08). */
static const struct {
	const char *partition, *suffix;
} partitions[] = {
	{"aws", "amazonaws.com"},
	{"aws-cn", "amazonaws.com.cn"},
	{"aws-us-gov", "amazonaws.com"},
	{"aws-eusc", "amazonaws.eu"},
	{"aws-iso", "c2s.ic.gov"},
	{"aws-iso-b", "sc2s.sgov.gov"},
	{"aws-iso-e", "cloud.adc-e.uk"},
	{"aws-iso-f", "csp.hci.ic.gov"},
};

void aws_endpoint_region(const char *arn, struct region *ret_region)
{
	const char *at = arn;
	*ret_region = (struct region){.text = ""};
	for (int colons = 0; colons < 3; colons++) { /* arn:PARTITION:SERVICE:REGION: */
		at = strchr(at, ':');
		if (!at)
			return;
		at++;
	}
	if (region_parse(at, strcspn(at, ":"), ret_region) != 0)
		*ret_region = (struct region){.text = ""};
}

int aws_endpoint(const char *service, const char *arn, const char *region, char ret_url[AWS_ENDPOINT_BYTES])
{
	const char *partition = arn + strlen("arn:");
	size_t len = strncmp(arn, "arn:", 4) == 0 ? strcspn(partition, ":") : 0;
	for (size_t i = 0; region[0] && i < sizeof partitions / sizeof *partitions; i++) {
		if (strlen(partitions[i].partition) != len ||
			memcmp(partitions[i].partition, partition, len) != 0)
			continue;
		int n = snprintf(ret_url, AWS_ENDPOINT_BYTES, "https://%s.%s.%s/", service, region,
			partitions[i].suffix);
		return n > 0 && n < AWS_ENDPOINT_BYTES ? 0 : 1;
	}
	return 1;
}
