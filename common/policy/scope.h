/* SPDX-License-Identifier: Apache-2.0 */
/* scope: what a statement is about: its actions and resources. */
#pragma once
#include "policy/document.h"
#include "policy/request.h"
#include "policy/tri.h"

enum tri scope_action(const struct policy *p, const struct statement *s, const struct request *r);
/* FALSE without Resource and NotResource: such a statement has no effect. */
enum tri scope_resource(const struct policy *p, const struct statement *s, const struct request *r);
