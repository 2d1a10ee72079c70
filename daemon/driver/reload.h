/* SPDX-License-Identifier: Apache-2.0 */
/* reload: another configuration takes the place of the running one, whole or not at all. */
#pragma once

struct engine;

void reload_all(struct engine *e);
