/* SPDX-License-Identifier: Apache-2.0 */
#include "io/credential_chain.h"
#include "base/num.h"
#include "base/own.h"
#include "wire/url.h"
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define METADATA_URL          "http://169.254.169.254"
#define CONTAINER_URL         "http://169.254.170.2"
#define CREDENTIAL_TEXT_BYTES 256

/* Where profiles are looked for; "" = not there. */
struct files {
	char config[CREDENTIAL_PATH_BYTES], credentials[CREDENTIAL_PATH_BYTES];
};

struct credential_chain *credential_chain_free(struct credential_chain *c)
{
	if (c) {
		credential_fini(&c->keys);
		secret_fini(&c->authorization);
		free(c);
	}
	return NULL;
}

bool credential_chain_is_static(const struct credential_chain *c)
{
	return c->origin == CREDENTIAL_STATIC && c->role_count == 0;
}

/* An empty variable counts as unset (AWS SDKs and Tools Reference Guide). */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

static void say(struct credential_chain *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct credential_chain *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(c->source, sizeof(c->source), format, args);
	va_end(args);
}

/* ---- the environment ---- */

/* Refuses: CREDENTIAL_E_ABSENT if there are none. */
static int static_from_environment(struct credential_chain *c, struct why *reterr_why)
{
	const char *id = variable("AWS_ACCESS_KEY_ID");
	const char *secret = variable("AWS_SECRET_ACCESS_KEY");
	const char *token = variable("AWS_SESSION_TOKEN");

	if (!id || !secret) {
		why_set(reterr_why,
			"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set in the environment");
		return CREDENTIAL_E_ABSENT;
	}
	if (strlen(id) >= sizeof(c->keys.id) || strlen(secret) > AWS_SECRET_MAX_BYTES ||
		(token && strlen(token) > AWS_TOKEN_MAX_BYTES)) {
		why_set(reterr_why,
			"AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN in the environment is "
			"too long to be one");
		return CREDENTIAL_E_CONTENT;
	}
	if (strpbrk(id, "\r\n") || strpbrk(secret, "\r\n") || (token && strpbrk(token, "\r\n"))) {
		why_set(reterr_why,
			"AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN in the environment "
			"holds a line break");
		return CREDENTIAL_E_CONTENT;
	}
	(void)snprintf(c->keys.id, sizeof(c->keys.id), "%s", id);
	if (secret_set(&c->keys.secret, secret, strlen(secret)) < 0 ||
		(token && secret_set(&c->keys.token, token, strlen(token)) < 0))
		return err_origin(-ENOMEM);
	c->origin = CREDENTIAL_STATIC;
	say(c, "access key %s from the environment: restart cmekd after a change", c->keys.id);
	return 0;
}

/* A role for AssumeRole. `session` "": one that names this host. */
static int add_role(struct credential_chain *c, const char *arn, const char *external_id, const char *session,
	const char *duration, struct why *reterr_why)
{
	struct sts_role *r = &c->roles[c->role_count];
	char host[HOST_NAME_MAX + 1] = "host";
	uint64_t seconds = 0;

	if (strncmp(arn, "arn:", 4) != 0 || !strstr(arn, ":role/") || strlen(arn) >= sizeof(r->arn)) {
		why_set(reterr_why, "role_arn is no ARN of a role; expected arn:aws:iam::ACCOUNT:role/NAME");
		return CREDENTIAL_E_CONTENT;
	}
	if (duration[0] &&
		(num_parse_u64(duration, strlen(duration), 43200, &seconds) != 0 || seconds < 900)) {
		why_set(reterr_why, "duration_seconds is wrong; expected 900 to 43200");
		return CREDENTIAL_E_CONTENT;
	}
	*r = (struct sts_role){.duration_s = (uint32_t)seconds};
	(void)snprintf(r->arn, sizeof(r->arn), "%s", arn);
	(void)snprintf(r->external_id, sizeof(r->external_id), "%s", external_id);
	(void)gethostname(host, sizeof(host) - 1);
	if (session[0])
		(void)snprintf(r->session, sizeof(r->session), "%s", session);
	else
		(void)snprintf(r->session, sizeof(r->session), "cmekd-%.56s", host);
	/* Of [\w+=,.@-] (AWS STS API, RoleSessionName). */
	for (char *p = r->session; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-", *p))
			*p = '-';
	c->role_count++;
	return 0;
}

static int set_web_identity(struct credential_chain *c, const char *token_file, const char *role_arn,
	const char *session, const char *duration, struct why *reterr_why)
{
	int r;

	if (token_file[0] != '/' || strlen(token_file) >= sizeof(c->token_file)) {
		why_set(reterr_why, "the web identity token file is wrong; expected an absolute path");
		return CREDENTIAL_E_CONTENT;
	}
	r = add_role(c, role_arn, "", session, duration, reterr_why);
	if (r != 0)
		return r;
	c->origin = CREDENTIAL_WEB_IDENTITY;
	(void)snprintf(c->token_file, sizeof(c->token_file), "%s", token_file);
	say(c, "role %.150s by the web identity in %.150s", role_arn, token_file);
	return 0;
}

static int set_url(struct credential_chain *c, const char *name, const char *url, struct why *reterr_why)
{
	const char *authority = strstr(url, "://");
	size_t len = authority ? (size_t)(authority + 3 - url) + strcspn(authority + 3, "/?#") : strlen(url);
	struct url parsed;

	if (strlen(url) < sizeof(c->url) && url_parse(url, len, &parsed, reterr_why) == 0) {
		(void)snprintf(c->url, sizeof(c->url), "%s", url);
		return 0;
	}
	why_prefix(reterr_why, "%s", name);
	return CREDENTIAL_E_CONTENT;
}

/* Refuses: CREDENTIAL_E_ABSENT outside of a container. */
static int set_container(struct credential_chain *c, struct why *reterr_why)
{
	const char *relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	char url[CREDENTIAL_URL_BYTES];
	int r;

	if (!relative && !full) {
		why_set(reterr_why,
			"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are "
			"not set in the environment");
		return CREDENTIAL_E_ABSENT;
	}
	(void)snprintf(url, sizeof(url), "%s%s", relative ? CONTAINER_URL : "", relative ? relative : full);
	r = set_url(c,
		relative ? "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" : "AWS_CONTAINER_CREDENTIALS_FULL_URI",
		url, reterr_why);
	if (r != 0)
		return r;
	if (file) {
		(void)snprintf(c->token_file, sizeof(c->token_file), "%s", file);
	} else if (token) {
		if (strpbrk(token, "\r\n")) {
			why_set(reterr_why, "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line break");
			return CREDENTIAL_E_CONTENT;
		}
		if (secret_set(&c->authorization, token, strlen(token)) < 0)
			return err_origin(-ENOMEM);
	}
	c->origin = CREDENTIAL_CONTAINER;
	say(c, "the container's credentials at %.300s", c->url);
	return 0;
}

static int set_metadata(struct credential_chain *c, struct why *reterr_why)
{
	const char *disabled = variable("AWS_EC2_METADATA_DISABLED");
	const char *endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *mode = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
	size_t len;
	int r;

	if (disabled && strcasecmp(disabled, "true") == 0) {
		why_set(reterr_why,
			"no AWS credentials: set CredentialsFile=, or AWS_ACCESS_KEY_ID and "
			"AWS_SECRET_ACCESS_KEY in the environment of the service, or name a shared "
			"credentials file by its absolute path in AWS_SHARED_CREDENTIALS_FILE (instance "
			"metadata is not asked: AWS_EC2_METADATA_DISABLED)");
		return CREDENTIAL_E_ABSENT;
	}
	if (!endpoint)
		endpoint = mode && strcasecmp(mode, "IPv6") == 0 ? "http://[fd00:ec2::254]" : METADATA_URL;
	r = set_url(c, "AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint, reterr_why);
	if (r != 0)
		return r;
	len = strlen(c->url);
	if (c->url[len - 1] == '/')
		c->url[len - 1] = '\0';
	c->origin = CREDENTIAL_METADATA;
	say(c, "the role of this machine (instance metadata at %.300s)", c->url);
	return 0;
}

/* ---- the files ---- */

/* One file's part. `must`: it has to be there. The config file may be readable by others unless it holds keys. */
static int read_part(const char *path, enum aws_files_kind kind, bool must, const char *name,
	struct aws_profile *p, struct why *reterr_why)
{
	_cleanup_(secret_fini) struct secret text = SECRET_INIT;
	struct stat st;
	int r;

	if (!must && (!path[0] || stat(path, &st) != 0 || st.st_size == 0))
		return 0;
	r = kind == AWS_FILES_CONFIG ? credential_read_shared(path, &text, reterr_why)
				     : credential_read_file(path, &text, reterr_why);
	if (r != 0)
		return r;
	r = aws_profile_read(text.bytes, text.len, kind, name, p, reterr_why);
	if (r > 0)
		why_prefix(reterr_why, "%s", path);
	if (r != 0)
		return r < 0 ? r : CREDENTIAL_E_CONTENT;
	/* Refuses one that others can read. */
	return kind == AWS_FILES_CONFIG && p->keys.secret.bytes
		       ? credential_read_file(path, &text, reterr_why)
		       : 0;
}

/* ---- endpoints ---- */

static int services_of(
	const char *path, bool shared, const char *name, struct aws_urls *urls, struct why *reterr_why)
{
	_cleanup_(secret_fini) struct secret text = SECRET_INIT;
	struct stat st;
	int r;

	if (!path[0] || stat(path, &st) != 0 || st.st_size == 0)
		return 0;
	r = shared ? credential_read_shared(path, &text, reterr_why)
		   : credential_read_file(path, &text, reterr_why);
	if (r != 0)
		return r;
	r = aws_services_read(text.bytes, text.len, name, urls, reterr_why);
	if (r > 0)
		why_prefix(reterr_why, "%s", path);
	return r > 0 ? CREDENTIAL_E_CONTENT : r;
}

/* endpoint_url for all, then what `services` says of one. */
static int set_endpoints(struct credential_chain *c, const struct files *f, const char *name,
	const struct aws_profile *p, struct why *reterr_why)
{
	const char *ignore = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
	int r = 0;

	if (ignore && strcasecmp(ignore, "true") == 0)
		return 0;
	if (p->endpoint_url[0] && aws_endpoint_url_read(p->endpoint_url, c->urls.of[0], reterr_why) != 0) {
		why_prefix(reterr_why, "profile [%.64s]: endpoint_url", name);
		return CREDENTIAL_E_CONTENT;
	}
	for (size_t i = 1; i < AWS_SERVICE_COUNT; i++)
		memcpy(c->urls.of[i], c->urls.of[0], sizeof(c->urls.of[0]));
	if (p->services[0])
		r = services_of(f->config, true, p->services, &c->urls, reterr_why);
	if (r == 0 && p->services[0])
		r = services_of(f->credentials, false, p->services, &c->urls, reterr_why);
	return r;
}

/* ---- profiles ---- */

/* Refuses: CREDENTIAL_E_*; a profile that is not there is no refusal. */
static int read_profile(
	const struct files *f, bool must, const char *name, struct aws_profile *p, struct why *reterr_why)
{
	int r = read_part(f->config, AWS_FILES_CONFIG, false, name, p, reterr_why);

	return r != 0 ? r : read_part(f->credentials, AWS_FILES_CREDENTIALS, must, name, p, reterr_why);
}

static int set_static(struct credential_chain *c, const struct files *f, const char *name,
	struct aws_profile *p, struct why *reterr_why)
{
	const char *file = p->keys_of_config ? f->config : f->credentials;
	char what[96];

	if (!p->keys.id[0] || !p->keys.secret.bytes) {
		why_set(reterr_why, "%.512s: profile [%.64s] lacks %s", file, name,
			p->keys.id[0] ? "aws_secret_access_key" : "aws_access_key_id");
		return CREDENTIAL_E_CONTENT;
	}
	c->origin = CREDENTIAL_STATIC;
	(void)snprintf(c->keys.id, sizeof(c->keys.id), "%s", p->keys.id);
	c->keys.secret = p->keys.secret; /* moved */
	c->keys.token = p->keys.token;
	p->keys.secret = p->keys.token = SECRET_INIT;
	if (strcmp(name, "default") == 0)
		(void)snprintf(what, sizeof(what), "access key");
	else
		(void)snprintf(what, sizeof(what), "profile %.64s, access key", name);
	credential_say_file(&c->keys, what, file);
	say(c, "%s", c->keys.source);
	return 0;
}

/* What a profile says for itself, roles that it takes on by others excepted. */
static int set_own(struct credential_chain *c, const struct files *f, const char *name, struct aws_profile *p,
	struct why *reterr_why)
{
	if (p->web_identity_token_file[0]) {
		int r;

		if (!p->role_arn[0]) {
			why_set(reterr_why, "profile [%.64s] has web_identity_token_file, but no role_arn",
				name);
			return CREDENTIAL_E_CONTENT;
		}
		r = set_web_identity(c, p->web_identity_token_file, p->role_arn, p->role_session_name,
			p->duration_seconds, reterr_why);
		if (r > 0)
			why_prefix(reterr_why, "profile [%.64s]", name);
		return r;
	}
	if (p->credential_process[0] && (!p->keys.id[0] || p->keys_of_config)) {
		c->origin = CREDENTIAL_PROCESS;
		(void)snprintf(c->command, sizeof(c->command), "%s", p->credential_process);
		/* The program alone: its arguments may be anything. */
		say(c, "profile %.64s, its credential_process %.*s", name, (int)strcspn(c->command, " \t"),
			c->command);
		return 0;
	}
	if (p->sso && !p->keys.id[0]) {
		why_set(reterr_why,
			"profile [%.64s] uses IAM Identity Center (sso_*), which needs a person at a "
			"browser: "
			"give it static keys, role_arn, web_identity_token_file or credential_process",
			name);
		return CREDENTIAL_E_CONTENT;
	}
	return set_static(c, f, name, p, reterr_why);
}

static int set_source(struct credential_chain *c, const char *source, struct why *reterr_why)
{
	if (strcmp(source, "Environment") == 0)
		return static_from_environment(c, reterr_why);
	if (strcmp(source, "Ec2InstanceMetadata") == 0)
		return set_metadata(c, reterr_why);
	if (strcmp(source, "EcsContainer") == 0)
		return set_container(c, reterr_why);
	why_set(reterr_why, "credential_source is none that is known; expected Environment, "
			    "Ec2InstanceMetadata or EcsContainer");
	return CREDENTIAL_E_CONTENT;
}

static int follow(struct credential_chain *c, const struct files *f, const char *name, struct aws_profile *p,
	uint32_t depth, struct why *reterr_why);

/* A role that is taken on with what another profile, or a source, gives. */
static int set_role(struct credential_chain *c, const struct files *f, const char *name,
	struct aws_profile *p, uint32_t depth, struct why *reterr_why)
{
	_cleanup_(aws_profile_fini) struct aws_profile next = AWS_PROFILE_INIT;
	char base[CREDENTIAL_TEXT_BYTES];
	int r;

	if (!p->source_profile[0] == !p->credential_source[0]) {
		why_set(reterr_why,
			"profile [%.64s] has role_arn; expected exactly one of source_profile and "
			"credential_source with it",
			name);
		return CREDENTIAL_E_CONTENT;
	}
	if (depth + 1 >= CREDENTIAL_ROLES_MAX) {
		why_set(reterr_why,
			"profile [%.64s]: more than %d profiles follow one another by source_profile, or "
			"they go "
			"round in a circle",
			name, CREDENTIAL_ROLES_MAX - 1);
		return CREDENTIAL_E_CONTENT;
	}
	if (p->credential_source[0]) {
		r = set_source(c, p->credential_source, reterr_why);
	} else if (strcmp(p->source_profile, name) == 0) { /* only with static keys of its own */
		r = set_static(c, f, name, p, reterr_why);
	} else {
		r = read_profile(f, false, p->source_profile, &next, reterr_why);
		if (r == 0 && !next.found) {
			why_set(reterr_why, "the source_profile of profile [%.64s] is not there", name);
			r = CREDENTIAL_E_CONTENT;
		}
		if (r == 0)
			r = follow(c, f, p->source_profile, &next, depth + 1, reterr_why);
	}
	if (r != 0)
		return r;
	(void)snprintf(base, sizeof(base), "%.*s", (int)sizeof(base) - 1, c->source);
	r = add_role(c, p->role_arn, p->external_id, p->role_session_name, p->duration_seconds, reterr_why);
	if (r == 0)
		say(c, "role %.120s taken on with %s", p->role_arn, base);
	else if (r > 0)
		why_prefix(reterr_why, "profile [%.64s]", name);
	return r;
}

static int follow(struct credential_chain *c, const struct files *f, const char *name, struct aws_profile *p,
	uint32_t depth, struct why *reterr_why)
{
	int r = p->role_arn[0] && !p->web_identity_token_file[0] ? set_role(c, f, name, p, depth, reterr_why)
								 : set_own(c, f, name, p, reterr_why);

	if (r == 0 && depth == 0)
		(void)snprintf(c->region, sizeof(c->region), "%s", p->region);
	return r;
}

static int no_profile(const char *name, const struct files *f, struct why *reterr_why)
{
	why_set(reterr_why, "there is no profile [%.64s] in %.512s%s%.512s", name, f->credentials,
		f->config[0] ? " or " : "", f->config);
	return CREDENTIAL_E_CONTENT;
}

static int from_file(
	struct credential_chain *c, const char *file, const char *profile, struct why *reterr_why)
{
	_cleanup_(aws_profile_fini) struct aws_profile p = AWS_PROFILE_INIT;
	_cleanup_free_ struct files *f = calloc(1, sizeof(*f));
	const char *name = profile[0] ? profile : "default";
	int r;

	if (!f)
		return err_origin(-ENOMEM);
	(void)snprintf(f->credentials, sizeof(f->credentials), "%s", file);
	r = read_profile(f, true, name, &p, reterr_why);
	if (r == 0)
		r = set_endpoints(c, f, name, &p, reterr_why);
	if (r == 0)
		r = p.found ? follow(c, f, name, &p, 0, reterr_why) : no_profile(name, f, reterr_why);
	return r;
}

/* ---- the files that all programs of AWS share ---- */

static int shared_path(const char *name, const char *below_home, char ret_path[CREDENTIAL_PATH_BYTES],
	struct why *reterr_why)
{
	const char *file = variable(name), *home = variable("HOME");
	int n = 0;

	ret_path[0] = '\0';
	if (file)
		n = snprintf(ret_path, CREDENTIAL_PATH_BYTES, "%s", file);
	else if (home)
		n = snprintf(ret_path, CREDENTIAL_PATH_BYTES, "%s/.aws/%s", home, below_home);
	if (n >= 0 && n < CREDENTIAL_PATH_BYTES && (!file || ret_path[0] == '/'))
		return 0;
	why_set(reterr_why, "%s is wrong; expected the absolute path of a file", name);
	return CREDENTIAL_E_ABSENT;
}

/* No profile says anything: what this machine or container is given. */
static int from_surroundings(struct credential_chain *c, struct why *reterr_why)
{
	int r = set_container(c, reterr_why);

	if (r != CREDENTIAL_E_ABSENT)
		return r;
	c->implicit = true;
	return set_metadata(c, reterr_why);
}

/* The profile that is chosen, or the default one, and what it says of endpoints. `must`: a file that the environment names
 * has to be there. `ret_name` is borrowed. */
static int read_shared_files(struct credential_chain *c, const char *profile, bool must, struct files *f,
	struct aws_profile *ret_profile, const char **ret_name, struct why *reterr_why)
{
	const char *chosen = profile[0] ? profile : variable("AWS_PROFILE");
	int r = shared_path("AWS_CONFIG_FILE", "config", f->config, reterr_why);

	*ret_name = chosen ? chosen : "default";
	if (r == 0)
		r = shared_path("AWS_SHARED_CREDENTIALS_FILE", "credentials", f->credentials, reterr_why);
	if (r == 0)
		r = read_profile(f, must && variable("AWS_SHARED_CREDENTIALS_FILE"), *ret_name, ret_profile,
			reterr_why);
	return r == 0 ? set_endpoints(c, f, *ret_name, ret_profile, reterr_why) : r;
}

static int from_shared_files(struct credential_chain *c, const char *profile, struct why *reterr_why)
{
	_cleanup_(aws_profile_fini) struct aws_profile p = AWS_PROFILE_INIT;
	_cleanup_free_ struct files *f = calloc(1, sizeof(*f));
	const char *token_file = variable("AWS_WEB_IDENTITY_TOKEN_FILE"), *role = variable("AWS_ROLE_ARN");
	const char *session = variable("AWS_ROLE_SESSION_NAME"), *name;
	bool chosen = profile[0] || variable("AWS_PROFILE");
	int r;

	if (!f)
		return err_origin(-ENOMEM);
	r = read_shared_files(c, profile, true, f, &p, &name, reterr_why);
	if (r != 0)
		return r;
	if (chosen && !p.found)
		return no_profile(name, f, reterr_why);
	if (!chosen && token_file && role && !p.role_arn[0])
		return set_web_identity(c, token_file, role, session ? session : "", "", reterr_why);
	if (chosen || p.role_arn[0] || p.web_identity_token_file[0] || p.credential_process[0] ||
		p.keys.id[0])
		return follow(c, f, name, &p, 0, reterr_why);
	return from_surroundings(c, reterr_why);
}

/* Keys of the environment; the shared files may still say where to ask. */
static int from_environment(struct credential_chain *c, struct why *reterr_why)
{
	_cleanup_(aws_profile_fini) struct aws_profile p = AWS_PROFILE_INIT;
	_cleanup_free_ struct files *f = NULL;
	const char *name;
	int r = static_from_environment(c, reterr_why);

	if (r != 0)
		return r;
	f = calloc(1, sizeof(*f));
	return f ? read_shared_files(c, "", false, f, &p, &name, reterr_why) : err_origin(-ENOMEM);
}

int credential_chain_load(
	const char *file, const char *profile, struct credential_chain **ret_chain, struct why *reterr_why)
{
	struct credential_chain *c = calloc(1, sizeof(*c));
	int r = CREDENTIAL_E_ABSENT;

	if (!c)
		return err_origin(-ENOMEM);
	if (file[0])
		r = from_file(c, file, profile, reterr_why);
	else if (!profile[0])
		r = from_environment(c, reterr_why);
	if (!file[0] && r == CREDENTIAL_E_ABSENT)
		r = from_shared_files(c, profile, reterr_why);
	if (r != 0)
		credential_chain_free(c);
	else
		*ret_chain = c;
	return r;
}
