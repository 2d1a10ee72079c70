/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/errand_order.h"
#include "base/err.h"
#include "driver/errand_setup.h"
#include "driver/project.h"
#include "driver/texts.h"
#include "io/kms.h"
#include "io/kms_edit.h"
#include <errno.h>
#include <stdlib.h>

int errand_order_add(struct project *p, struct errand_order *order)
{
	struct errand_order *o = malloc(sizeof *o);

	if (!o) {
		secret_fini(&order->body);
		return err_origin(-ENOMEM);
	}
	*o = *order;
	order->body = SECRET_INIT;
	o->project = p;
	o->result = ACT_RESULT_NOT_SENT;
	o->next = p->errands;
	p->errands = o;
	return 0;
}

static struct errand_order **at(struct project *p, uint32_t ticket)
{
	struct errand_order **o = &p->errands;

	while (*o && (*o)->ticket != ticket)
		o = &(*o)->next;
	return o;
}

struct errand_order *errand_order_find(const struct project *p, uint32_t ticket)
{
	for (struct errand_order *o = p->errands; o; o = o->next)
		if (o->ticket == ticket)
			return o;
	return NULL;
}

static void drop(struct errand_order **from)
{
	struct errand_order *o = *from;

	*from = o->next;
	texts_free(o->texts);
	secret_fini(&o->body);
	free(o);
}

void errand_order_drop(struct project *p, uint32_t ticket)
{
	struct errand_order **o = at(p, ticket);

	if (*o)
		drop(o);
}

void errand_order_drop_all(struct project *p)
{
	while (p->errands)
		drop(&p->errands);
}

/* ---- how each is sent ---- */

static void on_kms(void *arg, enum act_result result, const struct kms_texts *texts)
{
	struct errand_order *o = arg;

	o->result = result;
	o->texts = texts_new(&(struct record_texts){.message = texts->message, .request = texts->request});
	o->done(o->arg, o);
}

static bool kms_wanted(void *arg)
{
	const struct errand_order *o = arg;

	return o->wanted(o->arg);
}

static int send_kms(struct errand_order *o, uint32_t binding)
{
	struct kms_target *target = project_target(o->project, binding);
	const struct kms_errand errand = {
		.errand = o->errand, .period_days = o->period_days, .since = o->since};

	return target ? kms_errand(target, &errand, kms_wanted, on_kms, o) : -1;
}

static void on_removed(
	void *arg, enum act_result result, const struct digest *policy, const struct kms_texts *texts)
{
	(void)policy;
	on_kms(arg, result, texts);
}

static int send_removal(struct errand_order *o, uint32_t binding)
{
	struct kms_target *target = project_target(o->project, binding);
	const struct kms_adopt adopt = {.sid = o->sid, .shown = &o->shown};

	return target ? kms_adopt(target, &adopt, kms_wanted, on_removed, o) : -1;
}

int errand_order_send(struct errand_order *o, uint32_t binding, bool (*wanted)(void *arg),
	void (*done)(void *arg, struct errand_order *o), void *arg)
{
	o->wanted = wanted;
	o->done = done;
	o->arg = arg;
	switch (o->errand) {
	case ERRAND_ENABLE_ROTATION:
	case ERRAND_ROTATE_KEY:
	case ERRAND_CANCEL_DELETION:
	case ERRAND_ENABLE_KEY:
		return send_kms(o, binding);
	case ERRAND_REMOVE_STATEMENT:
		return send_removal(o, binding);
	case ERRAND_CONFIGURE_CMEK:
	case ERRAND_APPLY_POLICY:
	case ERRAND_CREATE_CLUSTER:
		return errand_setup_send(o);
	case ERRAND_COUNT:
		break;
	}
	return -1;
}
