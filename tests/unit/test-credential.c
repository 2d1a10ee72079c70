/* SPDX-License-Identifier: Apache-2.0 */
/* Where secrets come from, and that none of them is told. */
#include "io/credential.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char dir[64], path[128];

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/cmekd-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/secret", dir);
	(void)unsetenv("AWS_ACCESS_KEY_ID");
	(void)unsetenv("AWS_SECRET_ACCESS_KEY");
	(void)unsetenv("AWS_SESSION_TOKEN");
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static void write_file(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fchmod(fileno(f), mode), 0);
	assert_int_equal(fclose(f), 0);
}

static const char good_aws[] = "[default]\naws_access_key_id = AKIDEXAMPLEEXAMPLE01\n"
			       "aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\n"
			       "aws_session_token = TOKENTOKEN\n";

static void an_aws_file(void **state)
{
	struct credential c = CREDENTIAL_INIT;
	struct why why = {.text = ""};

	(void)state;
	write_file(good_aws, 0600);
	assert_int_equal(credential_load_aws(path, &c, &why), 0);
	assert_string_equal(c.id, "AKIDEXAMPLEEXAMPLE01");
	assert_string_equal(c.secret.bytes, "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY");
	assert_string_equal(c.token.bytes, "TOKENTOKEN");
	assert_non_null(strstr(c.source, path));
	assert_non_null(strstr(c.source, "reload"));
	assert_null(strstr(c.source, "wJalr"));
	/* A bad one leaves what was there. */
	write_file("[default]\nwJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\n", 0600);
	assert_int_equal(credential_load_aws(path, &c, &why), CREDENTIAL_E_CONTENT);
	assert_null(strstr(why.text, "wJalr"));
	assert_string_equal(c.id, "AKIDEXAMPLEEXAMPLE01");
	credential_fini(&c);
	credential_fini(&c);
	assert_null(c.secret.bytes);
}

static void a_file_that_others_can_read(void **state)
{
	struct credential c = CREDENTIAL_INIT;
	struct why why = {.text = ""};

	(void)state;
	write_file(good_aws, 0640);
	assert_int_equal(credential_load_aws(path, &c, &why), CREDENTIAL_E_EXPOSED);
	assert_non_null(strstr(why.text, "chmod 600"));
	write_file("PUBLIC:PRIVATE\n", 0604);
	assert_int_equal(credential_load_api_key(path, &c, &why), CREDENTIAL_E_EXPOSED);
	assert_null(c.secret.bytes);
}

static void a_file_that_is_not_there(void **state)
{
	struct credential c = CREDENTIAL_INIT;
	struct why why = {.text = ""};

	(void)state;
	assert_int_equal(credential_load_aws(path, &c, &why), CREDENTIAL_E_ABSENT);
	assert_non_null(strstr(why.text, path));
	assert_int_equal(credential_load_api_key("", &c, &why), CREDENTIAL_E_ABSENT);
	assert_non_null(strstr(why.text, "ApiKeyFile="));
}

static void a_systemd_credential(void **state)
{
	struct credential c = CREDENTIAL_INIT;
	struct why why = {.text = ""};

	(void)state;
	assert_int_equal(credential_load_api_key("secret", &c, &why), CREDENTIAL_E_ABSENT);
	assert_non_null(strstr(why.text, "LoadCredential=secret:"));
	write_file("PUBLIC:PRIVATE\n", 0440); /* systemd's mode; the directory guards it */
	(void)setenv("CREDENTIALS_DIRECTORY", dir, 1);
	assert_int_equal(credential_load_api_key("secret", &c, &why), 0);
	assert_string_equal(c.id, "PUBLIC");
	assert_string_equal(c.secret.bytes, "PRIVATE");
	assert_non_null(strstr(c.source, "restart"));
	assert_null(strstr(c.source, "PRIVATE"));
	credential_fini(&c);
}

static void the_environment(void **state)
{
	struct credential c = CREDENTIAL_INIT;
	struct why why = {.text = ""};

	(void)state;
	assert_int_equal(credential_load_aws("", &c, &why), CREDENTIAL_E_ABSENT);
	assert_non_null(strstr(why.text, "AWS_ACCESS_KEY_ID"));
	(void)setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLEEXAMPLE01", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "", 1); /* empty is unset */
	assert_int_equal(credential_load_aws("", &c, &why), CREDENTIAL_E_ABSENT);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "hidden\r\nX-Evil: 1", 1);
	assert_int_equal(credential_load_aws("", &c, &why), CREDENTIAL_E_CONTENT);
	assert_null(strstr(why.text, "hidden"));
	(void)setenv("AWS_SECRET_ACCESS_KEY", "hidden", 1);
	(void)setenv("AWS_SESSION_TOKEN", "", 1);
	assert_int_equal(credential_load_aws("", &c, &why), 0);
	assert_null(c.token.bytes);
	(void)setenv("AWS_SESSION_TOKEN", "token", 1);
	assert_int_equal(credential_load_aws("", &c, &why), 0);
	assert_string_equal(c.token.bytes, "token");
	assert_non_null(strstr(c.source, "environment"));
	assert_null(strstr(c.source, "hidden"));
	credential_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		TEST(an_aws_file),
		TEST(a_file_that_others_can_read),
		TEST(a_file_that_is_not_there),
		TEST(a_systemd_credential),
		TEST(the_environment),
	};

	return cmocka_run_group_tests_name("credential", tests, NULL, NULL);
}
