/* SPDX-License-Identifier: Apache-2.0 */
#include "model/notice.h"

static const char *const notice_names[NOTICE_COUNT] = {
#define X(e, name, priority, id, happened, todo) [NOTICE_##e] = name,
	NOTICE_TABLE(X)
#undef X
};

static const char *const notice_message_ids[NOTICE_COUNT] = {
#define X(e, name, priority, id, happened, todo) [NOTICE_##e] = id,
	NOTICE_TABLE(X)
#undef X
};

static const char *const notice_happeneds[NOTICE_COUNT] = {
#define X(e, name, priority, id, happened, todo) [NOTICE_##e] = happened,
	NOTICE_TABLE(X)
#undef X
};

static const char *const notice_todos[NOTICE_COUNT] = {
#define X(e, name, priority, id, happened, todo) [NOTICE_##e] = todo,
	NOTICE_TABLE(X)
#undef X
};

static const int notice_priorities[NOTICE_COUNT] = {
#define X(e, name, priority, id, happened, todo) [NOTICE_##e] = priority,
	NOTICE_TABLE(X)
#undef X
};

const char *notice_name(enum notice n)
{
	return notice_names[n];
}

const char *notice_message_id(enum notice n)
{
	return notice_message_ids[n];
}

const char *notice_happened(enum notice n)
{
	return notice_happeneds[n];
}

const char *notice_todo(enum notice n)
{
	return notice_todos[n];
}

int notice_priority(enum notice n)
{
	return notice_priorities[n];
}
