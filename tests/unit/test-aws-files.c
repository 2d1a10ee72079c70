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
		{"[default]\naws_access_key_id = " ID "\naws_secret_access_key = " SECRET "\n", "default",
			NULL},
		{"# c\n\n[default]\r\naws_access_key_id=" ID "\r\naws_secret_access_key=" SECRET "\r\n",
			"default", NULL},
		{"[default]\naws_access_key_id=" ID "\naws_secret_access_key=" SECRET
		 "\naws_session_token=abc==",
			"default", "abc=="},
		{"[other]\nrole_arn=x\n[ n ]\nregion=us-west-2\naws_access_key_id=" ID
		 "\naws_secret_access_key=" SECRET "\ns3 =\n  aws_access_key_id = nested\n",
			"n", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct aws_profile p = AWS_PROFILE_INIT;
		assert_int_equal(aws_profile_read(rows[i].text, strlen(rows[i].text), AWS_FILES_CREDENTIALS,
					 rows[i].profile, &p, NULL),
			0);
		assert_true(p.found && !p.keys_of_config && !p.role_arn[0]);
		assert_string_equal(p.keys.id, ID);
		assert_string_equal(p.keys.secret.bytes, SECRET);
		assert_int_equal(p.keys.secret.len, strlen(SECRET));
		if (rows[i].token)
			assert_string_equal(p.keys.token.bytes, rows[i].token);
		else
			assert_null(p.keys.token.bytes);
		aws_profile_fini(&p);
		aws_profile_fini(&p);
	}
}

static void test_bad_keys(void **state)
{
	static const struct {
		const char *text;
		int refusal;
		const char *said;
	} rows[] = {
		{"[default\n", AWS_FILES_E_SYNTAX, "line 1"},
		{"[default]\n" SECRET "\n", AWS_FILES_E_SYNTAX, "line 2"},
		{"[default]\naws_access_key_id=\n", AWS_FILES_E_MEMBER, "line 2"},
		{"[default]\naws_secret_access_key=" SECRET " x\n", AWS_FILES_E_MEMBER, "line 2"},
		{"[default]\naws_secret_access_key=" SECRET "\naws_secret_access_key=" SECRET "\n",
			AWS_FILES_E_SYNTAX, "line 3"},
		{"[default]\n[default]\n", AWS_FILES_E_SYNTAX, "second time"},
		{"[default]\nrole_arn=arn:x\nrole_arn=arn:x\n", AWS_FILES_E_SYNTAX, "role_arn"},
		{"[default]\ncredential_process=\n", AWS_FILES_E_MEMBER, "credential_process"},
		{"[default]\nexternal_id=a\tb\n", AWS_FILES_E_MEMBER, "external_id"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct aws_profile p = AWS_PROFILE_INIT;
		struct why why;
		assert_int_equal(aws_profile_read(rows[i].text, strlen(rows[i].text), AWS_FILES_CREDENTIALS,
					 "default", &p, &why),
			rows[i].refusal);
		if (!strstr(why.text, rows[i].said))
			assert_string_equal(why.text, rows[i].said);
		assert_null(strstr(why.text, SECRET));
		aws_profile_fini(&p);
	}
}

static void read_both(const char *config, const char *credentials, const char *name, struct aws_profile *p)
{
	assert_int_equal(aws_profile_read(config, strlen(config), AWS_FILES_CONFIG, name, p, NULL), 0);
	assert_int_equal(
		aws_profile_read(credentials, strlen(credentials), AWS_FILES_CREDENTIALS, name, p, NULL), 0);
}

static void test_two_files(void **state)
{
	struct aws_profile p = AWS_PROFILE_INIT;
	(void)state;
	read_both(
		"[default]\nregion=a\n[profile ops]\nrole_arn = arn:r\nsource_profile=base\nexternal_id=e 1\n"
		"duration_seconds=900\nregion=eu-west-1\n",
		"[base]\naws_access_key_id=x\n", "ops", &p);
	assert_true(p.found);
	assert_string_equal(p.role_arn, "arn:r");
	assert_string_equal(p.source_profile, "base");
	assert_string_equal(p.external_id, "e 1");
	assert_string_equal(p.duration_seconds, "900");
	assert_string_equal(p.region, "eu-west-1");
	assert_string_equal(p.keys.id, "");
	aws_profile_fini(&p);
	/* "[ops]" of the config file is no profile, and "[profile ops]" of the credentials file is another's. */
	read_both("[ops]\nregion=a\n", "[profile ops]\nregion=a\n", "ops", &p);
	assert_false(p.found);
	aws_profile_fini(&p);
	/* Keys are one set: those of the credentials file, not half of each. */
	read_both("[profile ops]\naws_access_key_id=C\naws_secret_access_key=c\naws_session_token=c\n",
		"[ops]\naws_access_key_id=K\naws_secret_access_key=k\n", "ops", &p);
	assert_string_equal(p.keys.id, "K");
	assert_string_equal(p.keys.secret.bytes, "k");
	assert_null(p.keys.token.bytes);
	assert_false(p.keys_of_config);
	aws_profile_fini(&p);
	read_both("[profile ops]\naws_access_key_id=C\naws_secret_access_key=c\nsso_session=x\n", "[ops]\n",
		"ops", &p);
	assert_string_equal(p.keys.id, "C");
	assert_true(p.keys_of_config && p.sso);
	aws_profile_fini(&p);
}

static void test_key_limits(void **state)
{
	struct aws_profile p = AWS_PROFILE_INIT;
	size_t len = 70000;
	char *text = malloc(len);
	(void)state;
	assert_non_null(text);
	memset(text, '\n', len);
	assert_int_equal(
		aws_profile_read(text, len, AWS_FILES_CONFIG, "default", &p, NULL), AWS_FILES_E_SYNTAX);
	assert_int_equal(aws_profile_read("[default]\0\n", 11, AWS_FILES_CONFIG, "default", &p, NULL),
		AWS_FILES_E_SYNTAX);
	memcpy(text, "[default]\naws_session_token=", 28);
	memset(text + 28, 'a', AWS_TOKEN_MAX_BYTES + 1);
	assert_int_equal(
		aws_profile_read(text, 28 + AWS_TOKEN_MAX_BYTES + 1, AWS_FILES_CONFIG, "default", &p, NULL),
		AWS_FILES_E_MEMBER);
	free(text);
	aws_profile_fini(&p);
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
		cmocka_unit_test(test_two_files),
		cmocka_unit_test(test_key_limits),
		cmocka_unit_test(test_api_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
