/* SPDX-License-Identifier: Apache-2.0 */
/* process: what the daemon does to itself before it touches a secret or a socket. */
#pragma once
#include <stdint.h>

#define PROCESS_FILES_WANTED                                                                                 \
	65536 /* descriptors: sockets to services, clients, one ledger at a time a project */

/* No core dump and no ptrace by the same user (PR_SET_DUMPABLE 0, RLIMIT_CORE 0), SIGPIPE ignored (libcurl
 * with CURLOPT_NOSIGNAL leaves that to its caller), umask 077, soft limit of descriptors raised to
 * PROCESS_FILES_WANTED or the hard limit. Fails: negative errno if the secrets of this process could then be
 * dumped; the rest is best effort. */
int process_harden(void);
