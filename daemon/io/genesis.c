/* SPDX-License-Identifier: Apache-2.0 */
#include "io/genesis.h"
#include "base/err.h"
#include "base/num.h"
#include "ledger/ledger.h"
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <systemd/sd-id128.h>

/* Made once with `systemd-id128 new`; another one would make every ledger foreign. */
#define GENESIS_APP SD_ID128_MAKE(7d, c3, 52, 1e, 98, 4f, 4b, 6a, a1, 35, 2b, 0e, d4, 6c, 87, f9)

_Static_assert(RECORD_MACHINE_BYTES == SD_ID128_STRING_MAX, "a machine's id as sd-id128 writes it");

void genesis_machine(char ret_machine[RECORD_MACHINE_BYTES])
{
	sd_id128_t id;
	if (sd_id128_get_machine_app_specific(GENESIS_APP, &id) < 0)
		memset(&id, 0, sizeof id);
	(void)sd_id128_to_string(id, ret_machine);
}

int genesis_make(const struct project_id *project, struct walltime now, struct record *ret_record)
{
	uint8_t bytes[(sizeof ret_record->ledger.text - 1) / 2];
	struct record r;
	memset(&r, 0, sizeof r);
	/* up to 256 bytes come whole, or not at all: getrandom(2) */
	if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		return err_origin(-errno);
	r.type = RECORD_GENESIS;
	r.seq.n = 1;
	r.at = now;
	num_format_hex(bytes, sizeof bytes, r.ledger.text);
	r.project = *project;
	genesis_machine(r.machine);
	*ret_record = r;
	return 0;
}

int genesis_line(const struct project_id *project, struct walltime now, struct buf *line)
{
	struct ledger_head head = {.seq = {0}};
	struct record genesis;
	int r = genesis_make(project, now, &genesis);
	if (r == 0)
		r = ledger_encode(&genesis, NULL, &head, line);
	return r > 0 ? err_origin(-EINVAL) : r;
}
