/* SPDX-License-Identifier: Apache-2.0 */
/* http_memory: an allocator for libcurl that wipes what it frees. With the C library's one, a copy of the AWS
 * secret stays in freed memory after each handle that had it. */
#pragma once

/* Once a process, before anything else of libcurl. Fails: -ENOMEM. */
int http_memory_init(void);
