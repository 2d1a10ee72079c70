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
	(void)unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	(void)unsetenv("AWS_PROFILE");
	(void)unsetenv("HOME");
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
	assert_int_equal(credential_load_aws(path, "", &c, &why), 0);
	assert_string_equal(c.id, "AKIDEXAMPLEEXAMPLE01");
	assert_string_equal(c.secret.bytes, "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY");
	assert_string_equal(c.token.bytes, "TOKENTOKEN");
	assert_non_null(strstr(c.source, path));
	assert_non_null(strstr(c.source, "reload"));
	assert_null(strstr(c.source, "wJalr"));
	/* A bad one leaves what was there. */
	write_file("[default]\nwJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\n", 0600);
	assert_int_equal(credential_load_aws(path, "", &c, &why), CREDENTIAL_E_CONTENT);
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
	assert_int_equal(credential_load_aws(path, "", &c, &why), CREDENTIAL_E_EXPOSED);
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
	assert_int_equal(credential_load_aws(path, "", &c, &why), CREDENTIAL_E_ABSENT);
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
	assert_int_equal(credential_load_aws("", "", &c, &why), CREDENTIAL_E_ABSENT);
	assert_non_null(strstr(why.text, "AWS_ACCESS_KEY_ID"));
	(void)setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLEEXAMPLE01", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "", 1); /* empty is unset */
	assert_int_equal(credential_load_aws("", "", &c, &why), CREDENTIAL_E_ABSENT);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "hidden\r\nX-Evil: 1", 1);
	assert_int_equal(credential_load_aws("", "", &c, &why), CREDENTIAL_E_CONTENT);
	assert_null(strstr(why.text, "hidden"));
	(void)setenv("AWS_SECRET_ACCESS_KEY", "hidden", 1);
	(void)setenv("AWS_SESSION_TOKEN", "", 1);
	assert_int_equal(credential_load_aws("", "", &c, &why), 0);
	assert_null(c.token.bytes);
	(void)setenv("AWS_SESSION_TOKEN", "token", 1);
	assert_int_equal(credential_load_aws("", "", &c, &why), 0);
	assert_string_equal(c.token.bytes, "token");
	assert_non_null(strstr(c.source, "environment"));
	assert_null(strstr(c.source, "hidden"));
	credential_fini(&c);
}

static const char two_profiles[] =
	"[default]\naws_access_key_id = AKIDEXAMPLEEXAMPLE01\naws_secret_access_key = first\n"
	"[audit]\naws_access_key_id = AKIDEXAMPLEEXAMPLE02\naws_secret_access_key = second\n";

static void a_profile(void **state)
{
	struct credential c = CREDENTIAL_INIT;
	struct why why = {.text = ""};

	(void)state;
	write_file(two_profiles, 0600);
	assert_int_equal(credential_load_aws(path, "audit", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "second");
	assert_non_null(strstr(c.source, "profile audit, access key AKIDEXAMPLEEXAMPLE02"));
	assert_int_equal(credential_load_aws(path, "none", &c, &why), CREDENTIAL_E_CONTENT);
	assert_non_null(strstr(why.text, path));
	assert_non_null(strstr(why.text, "[none]"));
	assert_string_equal(c.secret.bytes, "second");
	/* A file that is named wins over the environment. */
	(void)setenv("AWS_PROFILE", "audit", 1);
	assert_int_equal(credential_load_aws(path, "", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "first");
	credential_fini(&c);
}

static void the_shared_file(void **state)
{
	struct credential c = CREDENTIAL_INIT;
	struct why why = {.text = ""};
	char folder[128], shared[160];

	(void)state;
	write_file(two_profiles, 0600);
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", "relative", 1);
	assert_int_equal(credential_load_aws("", "", &c, &why), CREDENTIAL_E_ABSENT);
	assert_non_null(strstr(why.text, "absolute path"));
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
	assert_int_equal(credential_load_aws("", "", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "first");
	(void)setenv("AWS_PROFILE", "audit", 1);
	assert_int_equal(credential_load_aws("", "", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "second");
	assert_int_equal(credential_load_aws("", "default", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "first");
	/* Keys in the environment come before it, but not before a profile that is named. */
	(void)setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLEEXAMPLE03", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "third", 1);
	assert_int_equal(credential_load_aws("", "", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "third");
	assert_int_equal(credential_load_aws("", "audit", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "second");
	/* One that others can read is no better for being shared. */
	write_file(two_profiles, 0644);
	assert_int_equal(credential_load_aws("", "audit", &c, &why), CREDENTIAL_E_EXPOSED);
	write_file(two_profiles, 0600);
	/* Without the variable: below the home. */
	(void)unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	(void)setenv("HOME", dir, 1);
	assert_int_equal(credential_load_aws("", "audit", &c, &why), CREDENTIAL_E_ABSENT);
	assert_non_null(strstr(why.text, "AWS_SHARED_CREDENTIALS_FILE"));
	(void)snprintf(folder, sizeof(folder), "%s/.aws", dir);
	(void)snprintf(shared, sizeof(shared), "%s/credentials", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(rename(path, shared), 0);
	assert_int_equal(credential_load_aws("", "audit", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "second");
	assert_int_equal(unlink(shared), 0);
	assert_int_equal(rmdir(folder), 0);
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
		TEST(a_profile),
		TEST(the_shared_file),
	};

	return cmocka_run_group_tests_name("credential", tests, NULL, NULL);
}
