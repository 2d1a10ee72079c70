/* SPDX-License-Identifier: Apache-2.0 */
/* rights: ReadGroup= and OperateGroup= as group ids. */
#pragma once

struct control_rights;
struct daemon_settings;

/* A group that does not exist gives rights to nobody, and is logged. */
void rights_resolve(const struct daemon_settings *settings, struct control_rights *ret_rights);
