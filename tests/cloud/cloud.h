/* SPDX-License-Identifier: Apache-2.0 */
/* cloud: all that the stand-in is; owned by main, used by one thread. */
#pragma once
#include "digest_auth.h"
#include "fault.h"
#include "request_log.h"
#include "world.h"

struct cloud {
	struct world world;
	struct digest_auth digest;
	struct faults faults;
	struct request_log log;
	struct json_object *info; /* what cloud.json holds */
	bool quiet;
};
