/* SPDX-License-Identifier: Apache-2.0 */
/* policy: key policies: render, check, explain, diff, simulate. Files need no daemon. */
#include "cmd.h"
#include "base/nearest.h"
#include "base/own.h"
#include "clock.h"
#include "model/settings.h"
#include "policy/compare.h"
#include "policy/policy.h"
#include "policy/render.h"
#include "policy_batch.h"
#include "policy_file.h"
#include "policy_live.h"
#include <errno.h>
#include <string.h>

#define NAMED_MAX 4 /* accounts that are proposed */

static void own_policy(struct policy **p)
{
	*p = policy_free(*p);
}

static int usage(struct session *s, const char *text)
{
	return output_trouble(s->out, EXIT_USAGE, "usage", "%s; see: cmekctl policy --help", text);
}

/* ---- what is known of the vendor's requests ---- */

struct known {
	struct policy_context context;
	struct vendor_context stated[VENDOR_CONTEXT_MAX];
};

/* KEY=VALUE; a key may hold no '='. */
static int split_context(struct session *s, const char *text, const char **ret_value)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"--context %s: expected KEY=VALUE, as in kms:CallerAccount=111122223333", text);
	*ret_value = equals + 1;
	return 0;
}

static int take_stated(struct session *s, struct known *k)
{
	const struct grammar_list *list = &s->request->context;

	if (list->count > VENDOR_CONTEXT_MAX)
		return usage(s, "--context is given too often");
	for (size_t i = 0; i < list->count; i++) {
		const char *value = "";
		int r = split_context(s, list->items[i], &value);

		if (r != 0)
			return r;
		size_t key_len = (size_t)(value - 1 - list->items[i]);
		if (key_len >= sizeof k->stated[i].key || strlen(value) >= sizeof k->stated[i].value)
			return usage(s, "--context: the key or the value is too long");
		memcpy(k->stated[i].key, list->items[i], key_len);
		k->stated[i].key[key_len] = '\0';
		memcpy(k->stated[i].value, value, strlen(value) + 1);
	}
	k->context.context = k->stated;
	k->context.context_count = list->count;
	return 0;
}

static int take_account(struct session *s, const struct policy *p, struct policy_context *c)
{
	const char *account = REQUEST_VALUE(s->request, ACCOUNT);
	struct account_id named[NAMED_MAX];
	const char *names = "";
	size_t count;

	if (account && account_id_parse(account, strlen(account), &c->vendor) == 0) {
		if (strcmp(c->vendor.text, c->own.text) == 0)
			return usage(s, "--account is the key's own account: expected TiDB Cloud's");
		return 0;
	}
	if (account)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"--account %s: expected 12 digits, TiDB Cloud's AWS account", account);
	count = p ? policy_named_accounts(p, &c->own, named, NAMED_MAX) : 0;
	for (size_t i = 0; i < count; i++)
		names = arena_printf(&s->out->arena, "%s%s%s", names, i > 0 ? ", " : "", named[i].text);
	if (count > 0)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"say which account is TiDB Cloud's: --account ACCOUNT. The policy lets in %s; take "
			"it only "
			"if TiDB Cloud's console or support names it too",
			names);
	return usage(s, "say which account is TiDB Cloud's: --account ACCOUNT (its console shows it under "
			"Encryption Access)");
}

/* Account, region and key, as far as the options tell them. */
static int take_known(struct session *s, const struct policy *p, struct known *ret_k)
{
	const struct request *r = s->request;
	struct policy_context *c = &ret_k->context;
	struct account_id own;
	struct region region;
	int result;

	memset(ret_k, 0, sizeof *ret_k);
	if (REQUEST_VALUE(r, KEY)) {
		if (key_arn_parse(REQUEST_VALUE(r, KEY), strlen(REQUEST_VALUE(r, KEY)), &c->key, &region,
			    &own) != 0)
			return usage(
				s, "--key: expected the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID");
		c->own = own;
		c->region = region;
	}
	if (REQUEST_VALUE(r, REGION) &&
		region_parse(REQUEST_VALUE(r, REGION), strlen(REQUEST_VALUE(r, REGION)), &c->region) != 0)
		return usage(s, "--region: expected an AWS region, as in us-west-2");
	result = take_account(s, p, c);
	if (result == 0 && !c->region.text[0])
		result = usage(s, "say for which region: --region REGION, or --key ARN");
	if (result == 0)
		result = take_stated(s, ret_k);
	c->now = (struct walltime){clock_unix_ms()};
	return result;
}

/* ---- render ---- */

static int policy_render(struct session *s)
{
	const struct request *r = s->request;
	_cleanup_(buf_fini) struct buf text = BUF_INIT(POLICY_MAX_BYTES);
	struct account_id vendor;
	struct region region;
	struct render in = {.vendor = &vendor, .admins = r->admins.items, .admin_count = r->admins.count};

	if (!REQUEST_VALUE(r, ACCOUNT) ||
		account_id_parse(REQUEST_VALUE(r, ACCOUNT), strlen(REQUEST_VALUE(r, ACCOUNT)), &vendor) != 0)
		return usage(s, "say which account is TiDB Cloud's: --account, 12 digits");
	if (REQUEST_HAS(r, ANY_REGION) == (REQUEST_VALUE(r, REGION) != NULL))
		return usage(s, "say for which region: --region REGION, or --any-region");
	if (REQUEST_VALUE(r, REGION) &&
		region_parse(REQUEST_VALUE(r, REGION), strlen(REQUEST_VALUE(r, REGION)), &region) != 0)
		return usage(s, "--region: expected an AWS region, as in us-west-2");
	for (size_t i = 0; i < r->admins.count; i++)
		if (!policy_is_principal(r->admins.items[i]))
			return output_trouble(s->out, EXIT_USAGE, "usage",
				"--admin %s: expected an account (its number or root ARN) or the ARN of a "
				"user or role",
				r->admins.items[i]);
	in.region = REQUEST_VALUE(r, REGION) ? &region : NULL;
	render_policy(&in, &text);
	if (text.trouble)
		return output_trouble(s->out, EXIT_ERROR, "too_large",
			"with so many administrators the policy exceeds the %d bytes that KMS takes",
			POLICY_MAX_BYTES);
	s->out->ops->document(s->out, text.data);
	if (r->admins.count == 0)
		s->out->ops->note(s->out,
			"Nobody may administer the key by this policy: KMS refuses it. Name who keeps all "
			"rights, e.g. --admin arn:aws:iam::ACCOUNT:root");
	return EXIT_GOOD;
}

/* ---- check, explain ---- */

static int show_access(struct session *s, const char *path, bool full)
{
	_cleanup_(own_policy) struct policy *p = NULL;
	struct policy_decision decisions[NEED_COUNT];
	struct output_policy shown = {.path = path, .decisions = decisions, .full = full};
	struct access access;
	struct known known;
	int r = policy_file_load(s, path, &p);

	if (r == 0)
		r = take_known(s, p, &known);
	if (r != 0)
		return r;
	policy_access(p, &known.context, &access, NULL);
	for (unsigned n = 0; n < NEED_COUNT; n++)
		policy_explain(p, &known.context, (enum need)n, &decisions[n]);
	shown.summary = policy_summary_of(&access);
	shown.grants_survive = (access.denied & NEED_BIT(NEED_EBS_DECRYPT)) && !access.by_deny;
	shown.account = known.context.vendor.text;
	shown.region = known.context.region.text;
	s->out->ops->policy(s->out, &shown);
	return shown.summary == POLICY_SUMMARY_USABLE ? EXIT_GOOD : EXIT_OPEN;
}

static int policy_check(struct session *s)
{
	const struct request *r = s->request;

	if (r->argument_count != 2)
		return usage(s, "expected: cmekctl policy check FILE, or PROJECT[/REGION]");
	return policy_live_is_target(r->arguments[1]) ? policy_live_check(s, r->arguments[1])
						      : show_access(s, r->arguments[1], false);
}

static int policy_explain_it(struct session *s)
{
	const struct request *r = s->request;

	if (r->argument_count != 2)
		return usage(s, "expected: cmekctl policy explain FILE, or PROJECT[/REGION]");
	return policy_live_is_target(r->arguments[1]) ? policy_live_explain(s, r->arguments[1])
						      : show_access(s, r->arguments[1], true);
}

/* ---- diff ---- */

static int load_either(struct session *s, const char *argument, struct policy **ret_policy)
{
	return policy_live_is_target(argument) ? policy_live_load(s, argument, ret_policy)
					       : policy_file_load(s, argument, ret_policy);
}

static int policy_diff(struct session *s)
{
	const struct request *r = s->request;
	_cleanup_(own_policy) struct policy *before = NULL, *after = NULL;
	_cleanup_(compare_list_fini) struct compare_list list = COMPARE_LIST_INIT;
	bool equal = false;
	int result;

	if (r->argument_count != 3)
		return usage(s, "expected: cmekctl policy diff FILE FILE; each may be PROJECT[/REGION] too");
	result = load_either(s, r->arguments[1], &before);
	if (result == 0)
		result = load_either(s, r->arguments[2], &after);
	if (result != 0)
		return result;
	if (compare_equal(before, after, &equal) < 0 || compare_statements(before, after, &list) < 0)
		return output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
	s->out->ops->compared(s->out, &list, equal);
	return equal ? EXIT_GOOD : EXIT_ERROR;
}

/* ---- simulate ---- */

/* Values of one key together; the same key may be given more than once. */
static int take_keys(struct session *s, struct policy_key *keys, const char **values, size_t *ret_count)
{
	const struct request *r = s->request;
	size_t count = 0, used = 0;

	for (size_t i = 0; i < r->context.count; i++) {
		const char *text = r->context.items[i], *value = "";
		int refused = split_context(s, text, &value);
		const char *name = arena_copy(&s->out->arena, text, refused ? 0 : (size_t)(value - 1 - text));
		bool seen = false;

		if (refused)
			return refused;
		for (size_t k = 0; k < count; k++)
			seen = seen || strcasecmp(keys[k].name, name) == 0;
		if (seen)
			continue;
		keys[count] = (struct policy_key){.name = name, .values = values + used};
		for (size_t j = i; j < r->context.count; j++) {
			const char *other = r->context.items[j];

			if (strncasecmp(other, name, strlen(name)) != 0 || other[strlen(name)] != '=')
				continue;
			values[used++] = other + strlen(name) + 1;
			keys[count].count++;
		}
		count++;
	}
	for (size_t i = 0; i < r->unknown.count; i++)
		keys[count++] = (struct policy_key){.name = r->unknown.items[i], .is_unknown = true};
	*ret_count = count;
	return 0;
}

static int simulate_one(struct session *s)
{
	const struct request *r = s->request;
	_cleanup_(own_policy) struct policy *p = NULL;
	struct policy_key keys[2 * GRAMMAR_LIST_MAX];
	const char *values[GRAMMAR_LIST_MAX];
	struct policy_request q = {.principal = REQUEST_VALUE(r, PRINCIPAL),
		.action = REQUEST_VALUE(r, ACTION),
		.resource = REQUEST_VALUE(r, RESOURCE) ? REQUEST_VALUE(r, RESOURCE) : "",
		.keys = keys};
	struct policy_result result;
	struct why why = {""};
	int code;

	if (r->argument_count != 2 || !REQUEST_VALUE(r, PRINCIPAL) || !REQUEST_VALUE(r, ACTION))
		return usage(s, "expected: cmekctl policy simulate FILE --action ACTION --principal ARN");
	code = policy_file_load(s, r->arguments[1], &p);
	if (code == 0)
		code = take_keys(s, keys, values, &q.key_count);
	if (code != 0)
		return code;
	if (policy_simulate(p, &q, &result, &why) != 0)
		return output_trouble(s->out, EXIT_USAGE, "usage", "%s", why.text);
	s->out->ops->simulated(s->out, &result);
	return EXIT_GOOD;
}

static int policy_simulate_it(struct session *s)
{
	int r;

	if (!REQUEST_HAS(s->request, BATCH))
		return simulate_one(s);
	if (s->request->argument_count > 1)
		return usage(s, "simulate --batch reads policies from its input, not from a file");
	s->out->is_stream = true;
	r = policy_batch_run(s->in ? s->in : stdin, s->out->page.to);
	return r == 0 ? EXIT_GOOD
		      : output_trouble(
				s->out, EXIT_ERROR, "failure", "reading requests failed: %s", strerror(-r));
}

/* ---- which ---- */

int cmd_policy(struct session *s)
{
	static const struct {
		const char *word;
		int (*run)(struct session *s);
	} words[] = {{"render", policy_render}, {"check", policy_check}, {"explain", policy_explain_it},
		{"diff", policy_diff}, {"simulate", policy_simulate_it}};
	const char *word = s->request->arguments[0], *close = "render, check, explain, diff or simulate";

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].run(s);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (nearest_is_close(word, words[i].word))
			close = words[i].word;
	return output_trouble(
		s->out, EXIT_USAGE, "usage", "policy has no \"%s\"; did you mean %s?", word, close);
}
