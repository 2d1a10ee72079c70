/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/texts.h"
#include <stdlib.h>
#include <string.h>

static size_t room_for(const char *text)
{
	return text && *text ? strnlen(text, RECORD_TEXT_MAX) + 1 : 0;
}

static const char *put(char **memory, const char *text)
{
	size_t room = room_for(text);
	char *at = *memory;

	if (room == 0)
		return NULL;
	memcpy(at, text, room - 1);
	at[room - 1] = '\0';
	*memory += room;
	return at;
}

struct texts *texts_new(const struct record_texts *texts)
{
	size_t room;
	struct texts *t;
	char *memory;

	if (!texts)
		return NULL;
	room = room_for(texts->who) + room_for(texts->note) + room_for(texts->message) +
	       room_for(texts->request) + room_for(texts->usable);
	if (room == 0)
		return NULL;
	t = malloc(sizeof *t + room);
	if (!t)
		return NULL;
	memory = t->memory;
	t->of.who = put(&memory, texts->who);
	t->of.note = put(&memory, texts->note);
	t->of.message = put(&memory, texts->message);
	t->of.request = put(&memory, texts->request);
	t->of.usable = put(&memory, texts->usable);
	return t;
}

struct texts *texts_free(struct texts *t)
{
	free(t);
	return NULL;
}
