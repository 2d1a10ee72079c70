/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/url.h"
#include "base/num.h"
#include <arpa/inet.h>
#include <string.h>

static const char expected[] = "expected https://HOST[:PORT][/PATH]";

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_path_char(char c)
{
	return is_alnum(c) || memchr("/-._~", c, 5) != NULL;
}

/* Copies the host, lower case, and gives the number of bytes it takes in the text; 0 if it is none. */
static size_t take_host(const char *text, size_t len, char ret_host[URL_HOST_BYTES])
{
	const char *start = text;
	size_t n = 0, taken;
	if (len > 0 && text[0] == '[') {
		const char *end = memchr(text, ']', len);
		struct in6_addr address;
		if (!end || (size_t)(end - text - 1) >= INET6_ADDRSTRLEN)
			return 0;
		n = (size_t)(end - text) - 1;
		start = text + 1;
		taken = n + 2;
		memcpy(ret_host, start, n);
		ret_host[n] = '\0';
		if (strlen(ret_host) != n || inet_pton(AF_INET6, ret_host, &address) != 1)
			return 0;
	} else {
		while (n < len && (is_alnum(text[n]) || text[n] == '-' || text[n] == '.'))
			n++;
		taken = n;
		if (n == 0 || n >= URL_HOST_BYTES || text[0] == '-' || text[0] == '.' || text[n - 1] == '.' ||
			text[n - 1] == '-')
			return 0;
	}
	for (size_t i = 0; i < n; i++)
		ret_host[i] = (char)(start[i] >= 'A' && start[i] <= 'Z' ? start[i] + ('a' - 'A') : start[i]);
	ret_host[n] = '\0';
	return taken;
}

/* Loopback, and the link-local metadata services of AWS: ECS, EKS and EC2 user guides, "container
 * credentials" and "instance metadata". */
static bool may_be_plain(const char *host)
{
	static const char *const links[] = {
		"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "fd00:ec2::254"};
	struct in_addr v4;
	if (strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127)
		return true;
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (strcmp(host, links[i]) == 0)
			return true;
	return false;
}

int url_parse(const char *text, size_t len, struct url *ret_url, struct why *reterr_why)
{
	struct url url = {.tls = true, .port = 443};
	size_t at;
	if (len >= 8 && memcmp(text, "https://", 8) == 0) {
		at = 8;
	} else if (len >= 7 && memcmp(text, "http://", 7) == 0) {
		url.tls = false;
		url.port = 80;
		at = 7;
	} else {
		why_set(reterr_why, "no URL; %s", expected);
		return URL_E_SYNTAX;
	}
	/* Told apart first: of all mistakes this one puts a secret into a file. */
	const char *slash = memchr(text + at, '/', len - at);
	size_t authority_end = slash ? (size_t)(slash - text) : len;
	if (memchr(text + at, '@', authority_end - at)) {
		why_set(reterr_why, "URL with a user name; %s, without credentials", expected);
		return URL_E_SYNTAX;
	}
	size_t host_len = take_host(text + at, authority_end - at, url.host);
	if (host_len == 0) {
		why_set(reterr_why, "URL without a proper host; %s", expected);
		return URL_E_SYNTAX;
	}
	at += host_len;
	if (at < authority_end) {
		uint64_t port;
		if (text[at] != ':' ||
			num_parse_u64(text + at + 1, authority_end - at - 1, UINT16_MAX, &port) != 0 ||
			port == 0) {
			why_set(reterr_why, "URL with a bad port; %s with a port of 1 to 65535", expected);
			return URL_E_SYNTAX;
		}
		url.port = (uint16_t)port;
	}
	url.path_start = authority_end;
	for (size_t i = authority_end; i < len; i++) {
		if (!is_path_char(text[i])) {
			why_set(reterr_why, "URL with a query, fragment or odd character; %s", expected);
			return URL_E_SYNTAX;
		}
	}
	if (!url.tls && !may_be_plain(url.host)) {
		why_set(reterr_why,
			"http to a host that is not this one; %s (http only to a loopback address)",
			expected);
		return URL_E_PLAIN;
	}
	*ret_url = url;
	return 0;
}

size_t url_base_len(const char *text, size_t len, const struct url *url)
{
	while (len > url->path_start && text[len - 1] == '/')
		len--;
	return len;
}
