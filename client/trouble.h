/* SPDX-License-Identifier: Apache-2.0 */
/* trouble: what went wrong between cmekctl and cmekd, for people: what happened, to what, what to do next. Each shows
 * it and gives the exit code. */
#pragma once
#include "base/err.h"
#include "output.h"
#include "session.h"

/* `result`: CONNECTION_E_* or a negative errno. */
int trouble_connection(struct output *out, int result, const struct why *why);

/* The last reply is an error. May ask cmekd for the names that there are. */
int trouble_refused(struct session *s);
