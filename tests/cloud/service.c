/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"
#include "kms.h"
#include "sqs.h"
#include "sts.h"
#include "tidb.h"
#include <string.h>

const char *service_name(enum service s)
{
	switch (s) {
	case SERVICE_NONE:
		return "none";
	case SERVICE_KMS:
		return "kms";
	case SERVICE_STS:
		return "sts";
	case SERVICE_SQS:
		return "sqs";
	case SERVICE_METADATA:
		return "metadata";
	case SERVICE_V1BETA:
		return "v1beta";
	case SERVICE_DEDICATED:
		return "dedicated";
	}
	return "none";
}

bool service_route(const struct world *w, struct request *r)
{
	const char *type = headers_get(&r->headers, "Content-Type"),
		   *target = headers_get(&r->headers, "X-Amz-Target");
	if (strcmp(r->path, "/") == 0 && strcmp(r->method, "POST") == 0) {
		if (target && strncmp(target, SQS_TARGET, sizeof SQS_TARGET - 1) == 0)
			sqs_route(w, r);
		else if (target)
			kms_route(w, r);
		else if (type && strncmp(type, "application/x-www-form-urlencoded", 33) == 0)
			sts_route(r);
		return r->service != SERVICE_NONE;
	}
	if (strncmp(r->path, "/api/v1beta", 11) == 0)
		return v1beta_route(r);
	return strncmp(r->path, "/v1beta1", 8) == 0 && dedicated_route(r);
}

bool service_admit(struct cloud *cloud, struct request *r, struct reply *p)
{
	switch (r->service) {
	case SERVICE_KMS:
		return kms_admit(&cloud->world, r, p);
	case SERVICE_STS:
		return sts_admit(&cloud->world, r, p);
	case SERVICE_SQS:
		return sqs_admit(&cloud->world, r, p);
	case SERVICE_V1BETA:
	case SERVICE_DEDICATED:
		return tidb_admit(&cloud->digest, &cloud->world, r, p);
	case SERVICE_METADATA: /* on the other port */
	case SERVICE_NONE:
		return false;
	}
	return false;
}

void service_act(struct cloud *cloud, struct request *r, struct reply *p)
{
	switch (r->service) {
	case SERVICE_KMS:
		kms_act(&cloud->world, r, p);
		return;
	case SERVICE_STS:
		sts_act(&cloud->world, r, p);
		return;
	case SERVICE_SQS:
		sqs_act(&cloud->world, r, p);
		return;
	case SERVICE_V1BETA:
		v1beta_act(&cloud->world, r, p);
		return;
	case SERVICE_DEDICATED:
		dedicated_act(&cloud->world, r, p);
		return;
	case SERVICE_METADATA: /* on the other port */
	case SERVICE_NONE:
		return;
	}
}
