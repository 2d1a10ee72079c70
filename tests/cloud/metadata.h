/* SPDX-License-Identifier: Apache-2.0 */
/* metadata: what a machine or a container finds on its link: EC2's instance metadata (version 2; as version 1 when told
 * to) and ECS's credentials. Plain HTTP, on the admin port; every request is in the log. */
#pragma once
#include "cloud.h"

/* False: not one of its paths. */
bool metadata_serve(struct cloud *cloud, struct request *r, struct reply *p);
