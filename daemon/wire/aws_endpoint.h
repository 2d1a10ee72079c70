/* SPDX-License-Identifier: Apache-2.0 */
/* aws_endpoint: where a service of AWS is found. */
#pragma once

#include "model/ids.h"

#define AWS_ENDPOINT_BYTES 512

/* The region that an ARN names; "" if it names none. */
void aws_endpoint_region(const char *arn, struct region *ret_region);

/* "https://SERVICE.REGION.SUFFIX/" by the partition of an ARN and a region (AWS General Reference, service endpoints).
 * Refuses: 1 for a partition that is not known. */
int aws_endpoint(const char *service, const char *arn, const char *region, char ret_url[AWS_ENDPOINT_BYTES]);
