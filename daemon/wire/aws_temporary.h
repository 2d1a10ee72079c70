/* SPDX-License-Identifier: Apache-2.0 */
/* aws_temporary: keys with an end, as the programs and the services on the link give them. Errors never repeat a byte of
 * the text. The caller wipes `text`. */
#pragma once
#include "wire/aws_files.h"

#define AWS_TEMPORARY_MAX_BYTES 65536

enum aws_temporary_kind {
	AWS_TEMPORARY_PROCESS, /* credential_process: Version 1; SessionToken and Expiration may be missing */
	AWS_TEMPORARY_SERVICE, /* instance metadata and containers: Token and Expiration; Code, if there, is Success */
};

/* `*ret_keys` is replaced on success only. Refuses: 1 if it is none of that. Fails: -ENOMEM. (AWS SDKs and Tools
 * Reference Guide, process credential provider; EC2 User Guide, instance metadata, iam/security-credentials) */
int aws_temporary_read(const char *text, size_t len, enum aws_temporary_kind kind, struct aws_keys *ret_keys,
	struct why *reterr_why);
