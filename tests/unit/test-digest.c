/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* Vectors of FIPS 180-2, appendix B. */
static void test_vectors(void **state)
{
	static const struct {
		const char *text, *hex;
	} cases[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct digest d, again;
		char hex[DIGEST_HEX_BYTES];

		assert_int_equal(digest_of(cases[i].text, strlen(cases[i].text), &d), 0);
		digest_format(&d, hex);
		assert_string_equal(hex, cases[i].hex);
		assert_int_equal(digest_parse(hex, strlen(hex), &again), 0);
		assert_memory_equal(&d, &again, sizeof d);
	}
}

static void test_parse_refuses(void **state)
{
	char hex[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	struct digest d = {{7}};

	(void)state;
	assert_int_equal(digest_parse(hex, 63, &d), 1);
	assert_int_equal(digest_parse(hex, 0, &d), 1);
	hex[63] = 'A';
	assert_int_equal(digest_parse(hex, 64, &d), 1);
	hex[63] = 'g';
	assert_int_equal(digest_parse(hex, 64, &d), 1);
	assert_int_equal(d.bytes[0], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors), cmocka_unit_test(test_parse_refuses)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
