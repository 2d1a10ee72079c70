/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/aws_files.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ID     "AKIDEXAMPLE0000000001"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

static void test_keys(void **state)
{
	static const struct {
		const char *text, *profile, *token;
	} rows[] = {
		{"[default]\naws_access_key_id = " ID "\naws_secret_access_key = " SECRET "\n", NULL, NULL},
		{"# c\n\n[default]\r\naws_access_key_id=" ID "\r\naws_secret_access_key=" SECRET "\r\n", "",
			NULL},
		{"[default]\naws_access_key_id=" ID "\naws_secret_access_key=" SECRET
		 "\naws_session_token=abc==",
			"default", "abc=="},
		{"[other]\nrole_arn=x\n[ n ]\nregion=us-west-2\naws_access_key_id=" ID
		 "\naws_secret_access_key=" SECRET "\ns3 =\n  aws_access_key_id = nested\n",
			"n", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct aws_keys k = AWS_KEYS_INIT;
		assert_int_equal(
			aws_keys_parse(rows[i].text, strlen(rows[i].text), rows[i].profile, &k, NULL), 0);
		assert_string_equal(k.id, ID);
		assert_string_equal(k.secret.bytes, SECRET);
		assert_int_equal(k.secret.len, strlen(SECRET));
		if (rows[i].token)
			assert_string_equal(k.token.bytes, rows[i].token);
		else
			assert_null(k.token.bytes);
		aws_keys_fini(&k);
		aws_keys_fini(&k);
	}
}

static void test_bad_keys(void **state)
{
	static const struct {
		const char *text;
		int refusal;
		const char *said;
	} rows[] = {
		{"", AWS_FILES_E_PROFILE, "[default]"},
		{"[other]\naws_access_key_id=x\n", AWS_FILES_E_PROFILE, "[default]"},
		{"[default\n", AWS_FILES_E_SYNTAX, "line 1"},
		{"[default]\n" SECRET "\n", AWS_FILES_E_SYNTAX, "line 2"},
		{"[default]\naws_access_key_id=" ID "\n", AWS_FILES_E_MEMBER, "lacks aws_secret_access_key"},
		{"[default]\naws_secret_access_key=" SECRET "\n", AWS_FILES_E_MEMBER,
			"lacks aws_access_key_id"},
		{"[default]\naws_access_key_id=\n", AWS_FILES_E_MEMBER, "line 2"},
		{"[default]\naws_secret_access_key=" SECRET " x\n", AWS_FILES_E_MEMBER, "line 2"},
		{"[default]\naws_secret_access_key=" SECRET "\naws_secret_access_key=" SECRET "\n",
			AWS_FILES_E_SYNTAX, "line 3"},
		{"[default]\n[default]\n", AWS_FILES_E_SYNTAX, "second time"},
		{"[default]\naws_access_key_id=" ID "\naws_secret_access_key=" SECRET "\nrole_arn=arn:x\n",
			AWS_FILES_E_MEMBER, "role_arn"},
		{"[default]\nsso_session=x\n", AWS_FILES_E_MEMBER, "sso_"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct aws_keys k = AWS_KEYS_INIT;
		struct why why;
		assert_int_equal(
			aws_keys_parse(rows[i].text, strlen(rows[i].text), NULL, &k, &why), rows[i].refusal);
		if (!strstr(why.text, rows[i].said))
			assert_string_equal(why.text, rows[i].said);
		assert_null(strstr(why.text, SECRET));
		assert_null(k.secret.bytes);
	}
}

static void test_key_limits(void **state)
{
	struct aws_keys k = AWS_KEYS_INIT;
	size_t len = 70000;
	char *text = malloc(len);
	(void)state;
	assert_non_null(text);
	memset(text, '\n', len);
	assert_int_equal(aws_keys_parse(text, len, NULL, &k, NULL), AWS_FILES_E_SYNTAX);
	assert_int_equal(aws_keys_parse("[default]\0\n", 11, NULL, &k, NULL), AWS_FILES_E_SYNTAX);
	int n = 0;
	memcpy(text, "[default]\naws_session_token=", 28);
	memset(text + 28, 'a', AWS_TOKEN_MAX_BYTES + 1);
	n = aws_keys_parse(text, 28 + AWS_TOKEN_MAX_BYTES + 1, NULL, &k, NULL);
	assert_int_equal(n, AWS_FILES_E_MEMBER);
	free(text);
}

static void test_api_key(void **state)
{
	static const struct {
		const char *text, *public_key, *private_key;
	} good[] = {
		{"pub:priv", "pub", "priv"},
		{"pub:priv\n", "pub", "priv"},
		{"pub:pr:iv\r\n", "pub", "pr:iv"},
	};
	static const char *const bad[] = {"", "\n", "hunter2", ":hunter2", "pub:", "pub:hunter2\nx",
		"pub:hunter2 x", "p b:hunter2", "pub:hunter2\n\n"};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct api_key k = API_KEY_INIT;
		assert_int_equal(api_key_parse(good[i].text, strlen(good[i].text), &k, NULL), 0);
		assert_string_equal(k.public_key, good[i].public_key);
		assert_string_equal(k.private_key.bytes, good[i].private_key);
		api_key_fini(&k);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct api_key k = API_KEY_INIT;
		struct why why;
		assert_int_equal(api_key_parse(bad[i], strlen(bad[i]), &k, &why), AWS_FILES_E_SYNTAX);
		assert_non_null(strstr(why.text, "PUBLIC:PRIVATE"));
		assert_null(strstr(why.text, "hunter2"));
	}
	struct api_key k = API_KEY_INIT;
	assert_int_equal(api_key_parse("pub:a\0b", 7, &k, NULL), AWS_FILES_E_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_bad_keys),
		cmocka_unit_test(test_key_limits),
		cmocka_unit_test(test_api_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
