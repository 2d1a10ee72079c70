/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/preflight.h"
#include "policy/policy.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct preflight {
	struct policy_context context;
	const struct look *look;
	const char *project, *key;
	const char *said; /* by the service; "" if nothing */
	checks_each_fn *each;
	void *arg;
	uint32_t bad;
};

static void tell(struct preflight *f, enum check check, enum finding finding, const char *remedy,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

static void tell(struct preflight *f, enum check check, enum finding finding, const char *remedy,
	const char *format, ...)
{
	char found[CHECKS_FOUND_BYTES], todo[CHECKS_REMEDY_BYTES];
	struct checks_line line = {.check = check,
		.finding = finding,
		.subject = f->context.region.text,
		.found = found,
		.remedy = todo};
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(found, sizeof found, format, ap);
	va_end(ap);
	(void)snprintf(todo, sizeof todo, "%s", finding == FINDING_OK ? "" : remedy);
	checks_fill_in(todo, "PROJECT", f->project);
	checks_fill_in(todo, "KEY", f->key);
	f->bad += finding != FINDING_OK;
	f->each(&line, f->arg);
}

static void check_kind(struct preflight *f)
{
	const char *spec = f->context.key_spec, *usage = f->context.key_usage;
	bool good = strcmp(spec, "SYMMETRIC_DEFAULT") == 0 && strcmp(usage, "ENCRYPT_DECRYPT") == 0;

	tell(f, CHECK_KEY_KIND, good ? FINDING_OK : FINDING_PROBLEM,
		"create a symmetric key for encryption: aws kms create-key", "%s for %s%s", spec, usage,
		*f->context.key_multi_region ? "; " CHECKS_REPLICAS_TEXT : "");
}

static void check_origin(struct preflight *f)
{
	const char *origin = f->context.key_origin;

	tell(f, CHECK_KEY_ORIGIN, strcmp(origin, "AWS_KMS") == 0 ? FINDING_OK : FINDING_PROBLEM,
		"TiDB Cloud takes only keys whose material AWS KMS made: aws kms create-key without --origin",
		"%s", origin);
}

static void check_state(struct preflight *f)
{
	enum key_state state = f->look->key_state;
	bool gone = state == KEY_STATE_PENDING_DELETION || state == KEY_STATE_PENDING_REPLICA_DELETION;

	tell(f, CHECK_KEY_STATE, state == KEY_STATE_ENABLED ? FINDING_OK : FINDING_PROBLEM,
		gone ? "aws kms cancel-key-deletion --key-id KEY, then aws kms enable-key --key-id KEY; or "
		       "take "
		       "another key"
		     : "aws kms enable-key --key-id KEY",
		"%s", key_state_name(state));
}

/* Of one purpose: what is missing first, and what would give it. */
static void check_purpose(struct preflight *f, enum check check, const char *purpose, const struct policy *p)
{
	const struct access *a = &f->look->access;
	struct policy_decision d;

	for (unsigned n = 0; n < NEED_COUNT; n++) {
		bool denied = (a->denied & NEED_BIT(n)) != 0;

		if (strcmp(need_purpose((enum need)n), purpose) != 0 || (a->allowed & NEED_BIT(n)))
			continue;
		policy_explain(p, &f->context, (enum need)n, &d);
		tell(f, check, denied ? FINDING_PROBLEM : FINDING_UNKNOWN,
			"cmekctl policy apply PROJECT --key KEY lets TiDB Cloud in; or correct the policy by "
			"hand",
			"%s for account %s is %s: %s", need_action((enum need)n), f->context.vendor.text,
			denied ? "not allowed" : "undecided", d.why);
		return;
	}
	tell(f, check, FINDING_OK, "", "account %s is allowed all that it needs", f->context.vendor.text);
}

static void check_policy(struct preflight *f, const struct kms_target *t)
{
	static const char todo[] = "give cmekd's role kms:GetKeyPolicy on the key";
	struct policy *p = NULL;
	struct walltime at;
	const char *text;
	size_t len = 0;

	text = f->look->have_access ? kms_target_policy(t, &len, &at) : NULL;
	if (!text || policy_parse(text, len, &p, NULL) != 0) {
		tell(f, CHECK_POLICY_EBS, FINDING_UNKNOWN, todo, "the key policy was not read: %s", f->said);
		tell(f, CHECK_POLICY_S3, FINDING_UNKNOWN, todo, "the key policy was not read: %s", f->said);
		return;
	}
	check_purpose(f, CHECK_POLICY_EBS, "ebs", p);
	check_purpose(f, CHECK_POLICY_S3, "s3", p);
	(void)policy_free(p);
}

uint32_t preflight_run(const struct kms_target *t, const char *project, const struct key_arn *key,
	const struct look *look, const struct kms_texts *texts, checks_each_fn *each, void *arg)
{
	struct preflight f = {.project = project,
		.key = key->text,
		.look = look,
		.said = texts->message[0] ? texts->message : "no reason was given",
		.each = each,
		.arg = arg};

	kms_target_context(t, &f.context);
	if (look->key_state == KEY_STATE_UNKNOWN || !f.context.key_spec || !*f.context.key_spec) {
		tell(&f, CHECK_OWN_READ, look->fault == FAULT_NOT_FOUND ? FINDING_PROBLEM : FINDING_UNKNOWN,
			"see the ARN, and that cmekd's role may kms:DescribeKey and kms:GetKeyPolicy there "
			"(cmekctl "
			"credentials PROJECT tells as whom it asks)",
			"the key could not be read: %s", f.said);
		return f.bad;
	}
	check_kind(&f);
	check_origin(&f);
	check_state(&f);
	check_policy(&f, t);
	return f.bad;
}
