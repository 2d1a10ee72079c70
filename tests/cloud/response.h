/* SPDX-License-Identifier: Apache-2.0 */
/* response: the body of a reply for libmicrohttpd, also one that breaks off or goes on and on. */
#pragma once
#include "request.h"

struct MHD_Response;

/* NULL if libmicrohttpd refuses. The caller destroys it. */
struct MHD_Response *response_make(const struct reply *p);
