/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/rights.h"
#include "base/num.h"
#include "io/control.h"
#include "io/journal.h"
#include "model/settings.h"
#include <grp.h>
#include <string.h>
#include <syslog.h>

#define GROUP_BUFFER_BYTES 65536 /* a group with many members has a long line */

static gid_t resolve(const char *setting, const char *name)
{
	static char buffer[GROUP_BUFFER_BYTES];
	struct group group, *found = NULL;
	uint64_t number;

	if (*name == '\0')
		return (gid_t)-1;
	if (getgrnam_r(name, &group, buffer, sizeof buffer, &found) == 0 && found)
		return group.gr_gid;
	if (num_parse_u64(name, strlen(name), (gid_t)-2, &number) == 0)
		return (gid_t)number;
	journal_log(LOG_WARNING, NULL,
		"%s=%s: there is no such group; only root has these rights until it exists and cmekd is "
		"reloaded",
		setting, name);
	return (gid_t)-1;
}

void rights_resolve(const struct daemon_settings *settings, struct control_rights *ret_rights)
{
	ret_rights->read = resolve("ReadGroup", settings->read_group);
	ret_rights->operate = resolve("OperateGroup", settings->operate_group);
}
