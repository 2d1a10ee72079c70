/* SPDX-License-Identifier: Apache-2.0 */
/* announce: tells scripts where everything is. */
#pragma once
#include "cloud.h"

struct announce_places {
	const char *dir; /* absolute */
	unsigned port, admin_port;
};

/* Makes cloud->info, writes ca.pem, cloud.json, aws-credentials and api-key into the directory, and prints
 * the line. Fails: -errno. */
int announce(struct cloud *cloud, const struct announce_places *places, const char *ca_pem);
