/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/cut.h"
#include <stdio.h>
#include <string.h>

#define CUT_PREFIX     "CmekdCut"
#define CUT_PREFIX_LEN (sizeof CUT_PREFIX - 1)
#define LEDGER_LEN     (sizeof((struct ledger_id *)0)->text - 1)

void policy_cut_sid(
	const struct ledger_id *ledger, struct incident_id incident, char ret_sid[POLICY_SID_BYTES])
{
	(void)snprintf(ret_sid, POLICY_SID_BYTES, CUT_PREFIX "%sI%u", ledger->text, incident.n);
}

enum cut_by cut_of_sid(const char *sid, const struct policy_context *c)
{
	struct ledger_id ledger;

	if (strncmp(sid, CUT_PREFIX, CUT_PREFIX_LEN) != 0)
		return CUT_BY_NONE;
	sid += CUT_PREFIX_LEN;
	if (strnlen(sid, LEDGER_LEN) < LEDGER_LEN || ledger_id_parse(sid, LEDGER_LEN, &ledger) != 0)
		return CUT_BY_FOREIGN;
	if (sid[LEDGER_LEN] != 'I')
		return CUT_BY_FOREIGN;
	if (c->own_ledger && strcmp(ledger.text, c->own_ledger->text) == 0)
		return CUT_BY_OWN;
	for (size_t i = 0; i < c->sibling_count; i++)
		if (strcmp(ledger.text, c->siblings[i].text) == 0)
			return CUT_BY_SIBLING;
	return CUT_BY_FOREIGN;
}
