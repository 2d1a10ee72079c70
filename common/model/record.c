/* SPDX-License-Identifier: Apache-2.0 */
#include "model/record.h"
#include "model/name_table.h"

static const char *const record_type_names[RECORD_TYPE_COUNT] = {
#define X(e, name, fields, meaning) [RECORD_##e] = name,
	RECORD_TABLE(X)
#undef X
};

static const uint32_t record_type_masks[RECORD_TYPE_COUNT] = {
#define X(e, name, fields, meaning) [RECORD_##e] = (fields),
	RECORD_TABLE(X)
#undef X
};

const char *record_type_name(enum record_type t)
{
	return record_type_names[t];
}

bool record_type_parse(const char *name, enum record_type *ret_type)
{
	int i = name_table_find(record_type_names, RECORD_TYPE_COUNT, name);
	if (i < 0)
		return false;
	*ret_type = (enum record_type)i;
	return true;
}

uint32_t record_type_fields(enum record_type t)
{
	return record_type_masks[t];
}
