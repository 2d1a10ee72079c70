/* SPDX-License-Identifier: Apache-2.0 */
/* cluster_spec: a cluster as a person asks for it, in the shape of TiDB Cloud Dedicated API v1beta1, ClusterService_CreateCluster.
 * What a project with CMEK does not permit is refused here, before anything is sent; node sizes are the service's to judge. */
#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "model/cluster.h"
#include "model/ids.h"
#include <stddef.h>

#define CLUSTER_SPEC_MAX_BYTES    65536
#define CLUSTER_SPEC_PASSWORD_MAX 256 /* bytes; 64 characters are permitted */

enum cluster_spec_refusal {
	CLUSTER_SPEC_E_JSON = 1, /* not strict JSON, or too large */
	CLUSTER_SPEC_E_SHAPE,    /* JSON, but no cluster that a project with CMEK may have */
	CLUSTER_SPEC_E_PASSWORD, /* the password is none that the service takes */
};

struct cluster_spec {
	char name[CLUSTER_NAME_BYTES]; /* displayName */
	struct region region;          /* of regionId */
};

/* `project`: the label tidb.cloud/project may name no other. Refuses: CLUSTER_SPEC_E_*, with `reterr_why`. Fails: -ENOMEM. */
int cluster_spec_parse(const char *text, size_t len, const struct project_id *project,
	struct cluster_spec *ret_spec, struct why *reterr_why);

/* What is sent for a spec that cluster_spec_parse() took: the same, with the project's label, without which the cluster would be
 * made in the default project, and with the root password (NULL: none; it can be set later). Refuses: CLUSTER_SPEC_E_PASSWORD,
 * _JSON. Fails: -ENOMEM. */
int cluster_spec_body(const char *text, size_t len, const struct project_id *project,
	const struct secret *password, struct secret *ret_body, struct why *reterr_why);
