/* SPDX-License-Identifier: Apache-2.0 */
/* url: endpoints of the configuration: scheme://host[:port][/path], nothing else. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define URL_HOST_BYTES 256

struct url {
	bool tls;                  /* https */
	char host[URL_HOST_BYTES]; /* lower case; an IPv6 address without its brackets */
	uint16_t port;             /* 443 or 80 if not written */
	size_t path_start; /* offset of the path in the text; the length of the text if there is none */
};

enum url_refusal { URL_E_SYNTAX = 1, URL_E_PLAIN };

/* Refuses: URL_E_SYNTAX (also user names, passwords, queries, fragments: an endpoint has none), URL_E_PLAIN:
 * http to a host that is neither loopback nor one of the addresses on the link that AWS documents for its
 * metadata services (169.254.169.254, 169.254.170.2, 169.254.170.23, fd00:ec2::23, fd00:ec2::254).
 * `reterr_why` says what was expected, and never repeats the text: it may hold a password. */
int url_parse(const char *text, size_t len, struct url *ret_url, struct why *reterr_why);
/* The length of `text`, which was parsed as `url`, without slashes at its end: something is put behind it. */
size_t url_base_len(const char *text, size_t len, const struct url *url);
