/* SPDX-License-Identifier: Apache-2.0 */
/* vendor: which AWS account is TiDB Cloud's, by the file that its console gives. Needs no daemon. */
#include "cmd.h"
#include "base/own.h"
#include "policy/policy.h"
#include "policy_file.h"
#include <string.h>

#define ACCOUNTS_MAX 8 /* that are told */

static void own_policy(struct policy **p)
{
	*p = policy_free(*p);
}

/* Of the key that is to be used, if it was named. */
static int take_own(struct session *s, struct account_id *ret_own)
{
	const char *key = REQUEST_VALUE(s->request, KEY);
	struct key_arn arn;

	if (!key || key_arn_parse(key, strlen(key), &arn, NULL, ret_own) == 0)
		return 0;
	return output_trouble(s->out, EXIT_USAGE, "usage",
		"--key: expected the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID");
}

static int refuse(
	struct session *s, const struct account_id *own, const struct account_id *accounts, size_t count)
{
	const char *path = s->request->arguments[0], *names = "", *key = REQUEST_VALUE(s->request, KEY);

	for (size_t i = 0; i < count; i++)
		names = arena_printf(&s->out->arena, "%s%s%s", names, i > 0 ? ", " : "", accounts[i].text);
	if (count == 0)
		return output_trouble(s->out, EXIT_ERROR, "no_account",
			"%s lets in no account%s%s: expected the file that TiDB Cloud's console shows under "
			"Encryption Access > Create Encryption Key; its support tells the account, too",
			path, key ? " but the key's own, " : "", own->text);
	return output_trouble(s->out, EXIT_ERROR, "many_accounts",
		"%s lets in more than one account, %s: which is TiDB Cloud's cannot be told from it. %s",
		path, names,
		key ? "Ask its support"
		    : "If one is your own, name the key, and its account is left out: --key ARN");
}

int cmd_vendor(struct session *s)
{
	_cleanup_(own_policy) struct policy *p = NULL;
	struct account_id own = {""}, accounts[ACCOUNTS_MAX];
	int r = take_own(s, &own);
	size_t count;

	if (r == 0)
		r = policy_file_load(s, s->request->arguments[0], &p);
	if (r != 0)
		return r;
	count = policy_named_accounts(p, &own, accounts, ACCOUNTS_MAX);
	if (count != 1)
		return refuse(s, &own, accounts, count);
	s->out->ops->vendor(s->out, s->request->arguments[0], accounts[0].text);
	if (!own.text[0])
		s->out->ops->note(s->out,
			"It must not be the key's own account: with --key ARN that is looked at, too.");
	return EXIT_GOOD;
}
