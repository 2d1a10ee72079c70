/* SPDX-License-Identifier: Apache-2.0 */
/* Where secrets come from, and that none of them is told. */
#include "io/credential_chain.h"
#include "io/credential_process.h"
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
	(void)unsetenv("AWS_CONFIG_FILE");
	(void)unsetenv("AWS_WEB_IDENTITY_TOKEN_FILE");
	(void)unsetenv("AWS_ROLE_ARN");
	(void)unsetenv("AWS_ROLE_SESSION_NAME");
	(void)unsetenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	(void)unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	(void)unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	(void)unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	(void)unsetenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	(void)setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	(void)unsetenv("HOME");
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	return 0;
}

/* What static keys the chain leads to; else its refusal. */
static int load_static(const char *file, const char *profile, struct credential *ret_c, struct why *why)
{
	struct credential_chain *chain = NULL;
	int r = credential_chain_load(file, profile, &chain, why);

	if (r != 0)
		return r;
	assert_true(credential_chain_is_static(chain));
	credential_fini(ret_c);
	*ret_c = chain->keys;
	chain->keys = CREDENTIAL_INIT;
	(void)snprintf(ret_c->source, sizeof(ret_c->source), "%s", chain->source);
	credential_chain_free(chain);
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
	assert_int_equal(load_static(path, "", &c, &why), 0);
	assert_string_equal(c.id, "AKIDEXAMPLEEXAMPLE01");
	assert_string_equal(c.secret.bytes, "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY");
	assert_string_equal(c.token.bytes, "TOKENTOKEN");
	assert_non_null(strstr(c.source, path));
	assert_non_null(strstr(c.source, "reload"));
	assert_null(strstr(c.source, "wJalr"));
	/* A bad one leaves what was there. */
	write_file("[default]\nwJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\n", 0600);
	assert_int_equal(load_static(path, "", &c, &why), CREDENTIAL_E_CONTENT);
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
	assert_int_equal(load_static(path, "", &c, &why), CREDENTIAL_E_EXPOSED);
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
	assert_int_equal(load_static(path, "", &c, &why), CREDENTIAL_E_ABSENT);
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
	assert_int_equal(load_static("", "", &c, &why), CREDENTIAL_E_ABSENT);
	assert_non_null(strstr(why.text, "AWS_ACCESS_KEY_ID"));
	(void)setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLEEXAMPLE01", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "", 1); /* empty is unset */
	assert_int_equal(load_static("", "", &c, &why), CREDENTIAL_E_ABSENT);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "hidden\r\nX-Evil: 1", 1);
	assert_int_equal(load_static("", "", &c, &why), CREDENTIAL_E_CONTENT);
	assert_null(strstr(why.text, "hidden"));
	(void)setenv("AWS_SECRET_ACCESS_KEY", "hidden", 1);
	(void)setenv("AWS_SESSION_TOKEN", "", 1);
	assert_int_equal(load_static("", "", &c, &why), 0);
	assert_null(c.token.bytes);
	(void)setenv("AWS_SESSION_TOKEN", "token", 1);
	assert_int_equal(load_static("", "", &c, &why), 0);
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
	assert_int_equal(load_static(path, "audit", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "second");
	assert_non_null(strstr(c.source, "profile audit, access key AKIDEXAMPLEEXAMPLE02"));
	assert_int_equal(load_static(path, "none", &c, &why), CREDENTIAL_E_CONTENT);
	assert_non_null(strstr(why.text, path));
	assert_non_null(strstr(why.text, "[none]"));
	assert_string_equal(c.secret.bytes, "second");
	/* A file that is named wins over the environment. */
	(void)setenv("AWS_PROFILE", "audit", 1);
	assert_int_equal(load_static(path, "", &c, &why), 0);
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
	assert_int_equal(load_static("", "", &c, &why), CREDENTIAL_E_ABSENT);
	assert_non_null(strstr(why.text, "absolute path"));
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
	assert_int_equal(load_static("", "", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "first");
	(void)setenv("AWS_PROFILE", "audit", 1);
	assert_int_equal(load_static("", "", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "second");
	assert_int_equal(load_static("", "default", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "first");
	/* Keys in the environment come before it, but not before a profile that is named. */
	(void)setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLEEXAMPLE03", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "third", 1);
	assert_int_equal(load_static("", "", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "third");
	assert_int_equal(load_static("", "audit", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "second");
	/* One that others can read is no better for being shared. */
	write_file(two_profiles, 0644);
	assert_int_equal(load_static("", "audit", &c, &why), CREDENTIAL_E_EXPOSED);
	write_file(two_profiles, 0600);
	/* Without the variable: below the home. */
	(void)unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	(void)setenv("HOME", dir, 1);
	assert_int_equal(load_static("", "audit", &c, &why), CREDENTIAL_E_CONTENT);
	assert_non_null(strstr(why.text, "no profile [audit]"));
	assert_non_null(strstr(why.text, dir));
	(void)unsetenv("AWS_ACCESS_KEY_ID");
	(void)unsetenv("AWS_PROFILE");
	assert_int_equal(load_static("", "", &c, &why), CREDENTIAL_E_ABSENT);
	assert_non_null(strstr(why.text, "AWS_SHARED_CREDENTIALS_FILE"));
	(void)snprintf(folder, sizeof(folder), "%s/.aws", dir);
	(void)snprintf(shared, sizeof(shared), "%s/credentials", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(rename(path, shared), 0);
	assert_int_equal(load_static("", "audit", &c, &why), 0);
	assert_string_equal(c.secret.bytes, "second");
	assert_int_equal(unlink(shared), 0);
	assert_int_equal(rmdir(folder), 0);
	credential_fini(&c);
}

/* ---- endpoints of a profile ---- */

static void expect_urls(
	const char *file, const char *profile, const char *kms, const char *sts, const char *sqs)
{
	struct credential_chain *chain = NULL;
	struct why why = {.text = ""};

	assert_int_equal(credential_chain_load(file, profile, &chain, &why), 0);
	assert_string_equal(chain->urls.of[AWS_KMS], kms);
	assert_string_equal(chain->urls.of[AWS_STS], sts);
	assert_string_equal(chain->urls.of[AWS_SQS], sqs);
	credential_chain_free(chain);
}

#define SOME_KEYS "aws_access_key_id = AKIDEXAMPLEEXAMPLE01\naws_secret_access_key = first\n"

static void endpoints_of_a_profile(void **state)
{
	static const char all[] = "https://all.example", kms[] = "https://kms.example";

	(void)state;
	write_file(
		"[default]\n" SOME_KEYS "[all]\n" SOME_KEYS "endpoint_url = https://all.example/\n"
		"[some]\n" SOME_KEYS "services = mine\n"
		"[both]\n" SOME_KEYS "endpoint_url = https://all.example\nservices = mine\n"
		"[services other]\nkms =\n  endpoint_url = https://other.example\n"
		"[services mine]\n# whatever\nkms =\n  retries = 3\n  endpoint_url = https://kms.example/\n"
		"s3 =\n  endpoint_url = https://s3.example\nsqs =\n\tendpoint_url=http://127.0.0.1:9324\n"
		"[services last]\nsts =\n  endpoint_url = https://last.example\n",
		0600);
	expect_urls(path, "", "", "", "");
	expect_urls(path, "all", all, all, all);
	expect_urls(path, "some", kms, "", "http://127.0.0.1:9324");
	expect_urls(path, "both", kms, all, "http://127.0.0.1:9324");
	/* Keys of the environment: the profile still says where. */
	(void)setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLEEXAMPLE03", 1);
	(void)setenv("AWS_SECRET_ACCESS_KEY", "third", 1);
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
	(void)setenv("AWS_PROFILE", "all", 1);
	expect_urls("", "", all, all, all);
	(void)setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE", 1);
	expect_urls("", "", "", "", "");
	expect_urls(path, "both", "", "", "");
	(void)unsetenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
}

static void bad_endpoints(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"[p]\n" SOME_KEYS "endpoint_url = http://kms.example\n",
			"profile [p]: endpoint_url: http to"},
		{"[p]\n" SOME_KEYS "endpoint_url = kms.example\n", "profile [p]: endpoint_url: "},
		{"[p]\n" SOME_KEYS "services = s\n[services s]\nkms =\n  endpoint_url = ftp://x\n",
			"line 7: endpoint_url: "},
	};
	struct credential_chain *chain = NULL;
	struct why why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file(rows[i].text, 0600);
		why.text[0] = '\0';
		assert_int_equal(credential_chain_load(path, "p", &chain, &why), CREDENTIAL_E_CONTENT);
		if (!strstr(why.text, rows[i].said))
			fail_msg("row %zu: %s", i, why.text);
	}
}

/* ---- what has to be fetched ---- */

static struct credential_chain *load_chain(const char *file, const char *profile)
{
	struct credential_chain *chain = NULL;
	struct why why = {.text = ""};
	int r = credential_chain_load(file, profile, &chain, &why);

	if (r != 0)
		assert_string_equal(why.text, "");
	assert_false(credential_chain_is_static(chain));
	return chain;
}

static void a_role(void **state)
{
	struct credential_chain *c;

	(void)state;
	write_file("[base]\naws_access_key_id = AKIDEXAMPLEEXAMPLE01\naws_secret_access_key = first\n"
		   "[mid]\nrole_arn=arn:aws:iam::111122223333:role/"
		   "mid\nsource_profile=base\nrole_session_name=s\n"
		   "[ops]\nrole_arn=arn:aws:iam::444455556666:role/ops\nsource_profile=mid\nexternal_id=e\n"
		   "duration_seconds=1800\nregion=eu-west-1\n",
		0600);
	c = load_chain(path, "ops");
	assert_int_equal(c->origin, CREDENTIAL_STATIC);
	assert_string_equal(c->keys.id, "AKIDEXAMPLEEXAMPLE01");
	assert_int_equal(c->role_count, 2);
	assert_string_equal(c->roles[0].arn, "arn:aws:iam::111122223333:role/mid");
	assert_string_equal(c->roles[0].session, "s");
	assert_string_equal(c->roles[1].arn, "arn:aws:iam::444455556666:role/ops");
	assert_string_equal(c->roles[1].external_id, "e");
	assert_int_equal(c->roles[1].duration_s, 1800);
	assert_memory_equal(c->roles[1].session, "cmekd-", 6);
	assert_string_equal(c->region, "eu-west-1");
	assert_non_null(strstr(c->source, "role/ops"));
	assert_non_null(strstr(c->source, "role/mid"));
	assert_null(strstr(c->source, "first"));
	credential_chain_free(c);
}

static void bad_profiles(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"[p]\nrole_arn=arn:aws:iam::1:role/r\n",
			"exactly one of source_profile and credential_source"},
		{"[p]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=q\ncredential_source=Environment\n",
			"exactly one"},
		{"[p]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=q\n",
			"source_profile of profile [p] is not there"},
		{"[p]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=p\n", "lacks aws_access_key_id"},
		{"[p]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=q\n"
		 "[q]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=p\n",
			"circle"},
		{"[p]\nrole_arn=arn:aws:iam::1:role/r\ncredential_source=Nowhere\n", "Ec2InstanceMetadata"},
		{"[p]\nrole_arn=arn:aws:iam::1:user/r\ncredential_source=Environment\n", "AWS_ACCESS_KEY_ID"},
		{"[p]\nrole_arn=nothing\nsource_profile=q\n[q]\naws_access_key_id=a\naws_secret_access_key="
		 "b\n",
			"no ARN of a role"},
		{"[p]\nrole_arn=arn:aws:iam::1:role/r\nduration_seconds=60\nsource_profile=q\n"
		 "[q]\naws_access_key_id=a\naws_secret_access_key=b\n",
			"900 to 43200"},
		{"[p]\nweb_identity_token_file=/x\n", "no role_arn"},
		{"[p]\nweb_identity_token_file=x\nrole_arn=arn:aws:iam::1:role/r\n", "absolute path"},
		{"[p]\nsso_session=x\n", "IAM Identity Center"},
		{"[p]\naws_access_key_id=a\n", "lacks aws_secret_access_key"},
		{"[p]\n", "lacks aws_access_key_id"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct credential_chain *c = NULL;
		struct why why = {.text = ""};

		write_file(rows[i].text, 0600);
		if (credential_chain_load(path, "p", &c, &why) <= 0 || !strstr(why.text, rows[i].said))
			fail_msg("row %zu: %s", i, why.text);
		assert_null(c);
	}
}

static void programs_and_tokens(void **state)
{
	struct credential_chain *c;

	(void)state;
	write_file("[p]\ncredential_process = /usr/bin/helper --x 'a b'\n", 0600);
	c = load_chain(path, "p");
	assert_int_equal(c->origin, CREDENTIAL_PROCESS);
	assert_string_equal(c->command, "/usr/bin/helper --x 'a b'");
	credential_chain_free(c);
	write_file("[p]\nweb_identity_token_file = /run/token\nrole_arn = arn:aws:iam::1:role/r\n", 0600);
	c = load_chain(path, "p");
	assert_int_equal(c->origin, CREDENTIAL_WEB_IDENTITY);
	assert_string_equal(c->token_file, "/run/token");
	assert_int_equal(c->role_count, 1);
	credential_chain_free(c);
	/* Static keys of [default] give way to a token of the environment, a profile that is chosen does not. */
	write_file(good_aws, 0600);
	(void)setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
	(void)setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token", 1);
	(void)setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/e", 1);
	c = load_chain("", "");
	assert_int_equal(c->origin, CREDENTIAL_WEB_IDENTITY);
	assert_string_equal(c->roles[0].arn, "arn:aws:iam::1:role/e");
	credential_chain_free(c);
	{
		struct credential got = CREDENTIAL_INIT;
		struct why why = {.text = ""};

		assert_int_equal(load_static("", "default", &got, &why), 0);
		credential_fini(&got);
	}
}

static void surroundings(void **state)
{
	struct credential_chain *c = NULL;
	struct why why = {.text = ""};

	(void)state;
	(void)setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1", 1);
	(void)setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "hush", 1);
	c = load_chain("", "");
	assert_int_equal(c->origin, CREDENTIAL_CONTAINER);
	assert_string_equal(c->url, "http://169.254.170.2/v2/credentials/1");
	assert_string_equal(c->authorization.bytes, "hush");
	assert_null(strstr(c->source, "hush"));
	credential_chain_free(c);
	c = NULL;
	(void)unsetenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	(void)setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/keys", 1);
	assert_int_equal(credential_chain_load("", "", &c, &why), CREDENTIAL_E_CONTENT);
	assert_non_null(strstr(why.text, "AWS_CONTAINER_CREDENTIALS_FULL_URI"));
	(void)unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	(void)unsetenv("AWS_EC2_METADATA_DISABLED");
	c = load_chain("", "");
	assert_int_equal(c->origin, CREDENTIAL_METADATA);
	assert_true(c->implicit);
	assert_string_equal(c->url, "http://169.254.169.254");
	credential_chain_free(c);
	(void)setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:80/", 1);
	c = load_chain("", "");
	assert_string_equal(c->url, "http://127.0.0.1:80");
	credential_chain_free(c);
}

static void a_config_file(void **state)
{
	struct credential_chain *c = NULL;
	struct why why = {.text = ""};

	(void)state;
	/* By custom others may read it, unless it holds keys. */
	write_file("[profile p]\ncredential_process = helper\n", 0644);
	(void)setenv("AWS_CONFIG_FILE", path, 1);
	c = load_chain("", "p");
	assert_int_equal(c->origin, CREDENTIAL_PROCESS);
	credential_chain_free(c);
	c = NULL;
	write_file("[profile p]\naws_access_key_id = AKIDEXAMPLEEXAMPLE01\naws_secret_access_key = hush\n",
		0644);
	assert_int_equal(credential_chain_load("", "p", &c, &why), CREDENTIAL_E_EXPOSED);
	write_file("", 0644);
	assert_int_equal(credential_chain_load("", "p", &c, &why), CREDENTIAL_E_CONTENT);
	assert_non_null(strstr(why.text, "no profile [p]"));
}

static void words_of_a_command(void **state)
{
	static const struct {
		const char *line;
		const char *words[5];
	} rows[] = {
		{"a b", {"a", "b"}},
		{"  /x/y  --flag='a b'\t\"c \\\" d\" ", {"/x/y", "--flag=a b", "c \" d"}},
		{"a '' $HOME;b", {"a", "", "$HOME;b"}},
		{"'it''s' a\\ b", {"its", "a b"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char line[128], *words[CREDENTIAL_PROCESS_WORDS + 1];
		size_t n = 0;

		(void)snprintf(line, sizeof line, "%s", rows[i].line);
		assert_int_equal(credential_process_words(line, words, NULL), 0);
		for (; rows[i].words[n]; n++)
			assert_string_equal(words[n], rows[i].words[n]);
		assert_null(words[n]);
	}
	{
		char open[] = "a 'b", none[] = "  ", many[256] = "", *words[CREDENTIAL_PROCESS_WORDS + 1];

		assert_int_equal(credential_process_words(open, words, NULL), 1);
		assert_int_equal(credential_process_words(none, words, NULL), 1);
		for (size_t i = 0; i + 2 < sizeof many; i += 2)
			memcpy(many + i, "a ", 3);
		assert_int_equal(credential_process_words(many, words, NULL), 1);
	}
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
		TEST(endpoints_of_a_profile),
		TEST(bad_endpoints),
		TEST(a_role),
		TEST(bad_profiles),
		TEST(programs_and_tokens),
		TEST(surroundings),
		TEST(a_config_file),
		TEST(words_of_a_command),
	};

	return cmocka_run_group_tests_name("credential", tests, NULL, NULL);
}
