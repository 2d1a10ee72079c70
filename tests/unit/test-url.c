/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/url.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_good(void **state)
{
	static const struct {
		const char *text, *host;
		bool tls;
		uint16_t port;
		size_t path_start;
	} rows[] = {
		{"https://api.tidbcloud.com", "api.tidbcloud.com", true, 443, 25},
		{"https://API.example/x/y", "api.example", true, 443, 19},
		{"https://a:8443/", "a", true, 8443, 14},
		{"https://[2001:DB8::1]:8443/p", "2001:db8::1", true, 8443, 26},
		{"http://127.0.0.1:18080", "127.0.0.1", false, 18080, 22},
		{"http://127.9.9.9", "127.9.9.9", false, 80, 16},
		{"http://localhost/", "localhost", false, 80, 16},
		{"http://[::1]:1", "::1", false, 1, 14},
		{"http://169.254.169.254", "169.254.169.254", false, 80, 22},
		{"http://169.254.170.2/v2", "169.254.170.2", false, 80, 20},
		{"http://[fd00:ec2::23]", "fd00:ec2::23", false, 80, 21},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct url u;
		struct why why;
		assert_int_equal(url_parse(rows[i].text, strlen(rows[i].text), &u, &why), 0);
		assert_string_equal(u.host, rows[i].host);
		assert_int_equal(u.tls, rows[i].tls);
		assert_int_equal(u.port, rows[i].port);
		assert_int_equal(u.path_start, rows[i].path_start);
	}
}

static void test_bad(void **state)
{
	static const struct {
		const char *text;
		int refusal;
		const char *said;
	} rows[] = {
		{"", URL_E_SYNTAX, "no URL"},
		{"api.tidbcloud.com", URL_E_SYNTAX, "no URL"},
		{"ftp://a", URL_E_SYNTAX, "no URL"},
		{"HTTPS://a", URL_E_SYNTAX, "no URL"},
		{"https://", URL_E_SYNTAX, "host"},
		{"https:///x", URL_E_SYNTAX, "host"},
		{"https://:443", URL_E_SYNTAX, "host"},
		{"https://-a", URL_E_SYNTAX, "host"},
		{"https://a.", URL_E_SYNTAX, "host"},
		{"https://[::1", URL_E_SYNTAX, "host"},
		{"https://[zz]", URL_E_SYNTAX, "host"},
		{"https://a_b", URL_E_SYNTAX, "port"},
		{"https://a:", URL_E_SYNTAX, "port"},
		{"https://a:0", URL_E_SYNTAX, "port"},
		{"https://a:65536", URL_E_SYNTAX, "port"},
		{"https://a:+1", URL_E_SYNTAX, "port"},
		{"https://user:hunter2@a", URL_E_SYNTAX, "user name"},
		{"https://a/x?y=1", URL_E_SYNTAX, "query"},
		{"https://a/#f", URL_E_SYNTAX, "query"},
		{"https://a/%2e", URL_E_SYNTAX, "query"},
		{"https://a/x y", URL_E_SYNTAX, "query"},
		{"http://api.tidbcloud.com", URL_E_PLAIN, "http to a host"},
		{"http://10.0.0.1", URL_E_PLAIN, "http to a host"},
		{"http://127.0.0.1.example.com", URL_E_PLAIN, "http to a host"},
		{"http://localhost.example.com", URL_E_PLAIN, "http to a host"},
		{"http://169.254.169.253", URL_E_PLAIN, "http to a host"},
		{"http://127.1", URL_E_PLAIN, "http to a host"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct url u;
		struct why why;
		assert_int_equal(url_parse(rows[i].text, strlen(rows[i].text), &u, &why), rows[i].refusal);
		if (!strstr(why.text, rows[i].said))
			assert_string_equal(why.text, rows[i].said);
		assert_null(strstr(why.text, "hunter2"));
	}
}

static void test_host_limit(void **state)
{
	char text[400] = "https://";
	struct url u;
	(void)state;
	memset(text + 8, 'a', 300);
	assert_int_equal(url_parse(text, 8 + 255, &u, NULL), 0);
	assert_int_equal(url_parse(text, 8 + 256, &u, NULL), URL_E_SYNTAX);
	/* A NUL inside is no part of any URL. */
	assert_int_equal(url_parse("https://a\0b", 11, &u, NULL), URL_E_SYNTAX);
	assert_int_equal(url_parse("https://[::1\0]", 14, &u, NULL), URL_E_SYNTAX);
	assert_int_equal(url_parse("https://a/\0", 11, &u, NULL), URL_E_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_host_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
