/* SPDX-License-Identifier: Apache-2.0 */
/* rehearsal: cmekd --replay: one recorded incident under a configuration. Reads the ledger and the configuration,
 * writes one JSON document to standard output, and nothing else anywhere. No secret is read. */
#pragma once
#include <stdint.h>

/* `incident` 0: the last. The exit status; with another than 0 the document is {"error":{"id","text"}}. */
int rehearsal_run(const char *ledger, const char *config, uint32_t incident);
