/* SPDX-License-Identifier: Apache-2.0 */
/* Linked with -Wl,--wrap=malloc and so on: calls of the project's own code come here first. What json-c makes is not
 * counted: the leak check of the sanitizers sees it. */
#include "starve.h"
#include "fuzz.h"
#include <stdio.h>

#define NEVER UINT64_MAX

static struct {
	bool running;     /* else nothing is counted */
	bool for_good;    /* all that follow fail too */
	uint64_t fail_at; /* from 1 */
	uint64_t asked;   /* for memory */
	int64_t alive;    /* taken and not given back */
	bool failed, gave_up;
	uint64_t outcome; /* FNV-1a of the results */
} run;

bool starve_is_on(void)
{
	return run.running;
}

bool starve_has_failed(void)
{
	return run.failed;
}

void starve_give_up(void)
{
	run.gave_up = true;
}

void starve_result(const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		run.outcome = (run.outcome ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
}

static bool fails(void)
{
	if (!run.running || (++run.asked != run.fail_at && !(run.for_good && run.failed)))
		return false;
	run.failed = true;
	errno = ENOMEM;
	return true;
}

static void *taken(void *p)
{
	run.alive += run.running && p;
	return p;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void __real_free(void *p);

void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : taken(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : taken(__real_calloc(count, size));
}

/* What was there already is counted already. */
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
	bool fresh = !p;

	if (fails())
		return NULL;
	p = __real_realloc(p, size);
	return fresh ? taken(p) : p;
}

void *__wrap_reallocarray(void *p, size_t count, size_t size);
void *__wrap_reallocarray(void *p, size_t count, size_t size)
{
	bool fresh = !p;

	if (fails())
		return NULL;
	p = __real_reallocarray(p, count, size);
	return fresh ? taken(p) : p;
}

char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : taken(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t len);
char *__wrap_strndup(const char *text, size_t len)
{
	return fails() ? NULL : taken(__real_strndup(text, len));
}

void __wrap_free(void *p);
void __wrap_free(void *p)
{
	run.alive -= run.running && p;
	__real_free(p);
}

/* The makers of json-c, which takes its memory itself; not all targets link it. */
struct json_object;
#define MAKER(name, parameters, arguments)                                                                   \
	struct json_object *__real_json_object_new_##name parameters __attribute__((weak));                  \
	struct json_object *__wrap_json_object_new_##name parameters;                                        \
	struct json_object *__wrap_json_object_new_##name parameters                                         \
	{                                                                                                    \
		return fails() ? NULL : __real_json_object_new_##name arguments;                             \
	}
MAKER(object, (void), ())
MAKER(array, (void), ())
MAKER(string, (const char *text), (text))

int __real_json_object_object_add(struct json_object *object, const char *name, struct json_object *value)
	__attribute__((weak));
int __wrap_json_object_object_add(struct json_object *object, const char *name, struct json_object *value);
int __wrap_json_object_object_add(struct json_object *object, const char *name, struct json_object *value)
{
	return fails() ? -1 : __real_json_object_object_add(object, name, value);
}

int __real_json_object_array_add(struct json_object *array, struct json_object *value) __attribute__((weak));
int __wrap_json_object_array_add(struct json_object *array, struct json_object *value);
int __wrap_json_object_array_add(struct json_object *array, struct json_object *value)
{
	return fails() ? -1 : __real_json_object_array_add(array, value);
}

/* One run; what it came to. */
static uint64_t once(const uint8_t *data, size_t size, uint64_t fail_at, bool for_good)
{
	run.for_good = for_good;
	run.fail_at = fail_at;
	run.asked = 0;
	run.alive = 0;
	run.failed = run.gave_up = false;
	run.outcome = 14695981039346656037u;
	run.running = true;
	(void)LLVMFuzzerTestOneInput(data, size);
	run.running = false;
	run.failed = false;
	return run.outcome;
}

static int all(const uint8_t *data, size_t size, uint64_t wanted, uint64_t asked, bool for_good)
{
	for (uint64_t n = 1; n <= asked; n++) {
		uint64_t outcome = once(data, size, n, for_good);
		const char *what = for_good ? "allocations fail from here on" : "this allocation fails";

		if (run.alive != 0) {
			(void)printf("# %s, %llu: %lld blocks are not freed\n", what, (unsigned long long)n,
				(long long)run.alive);
			return 1;
		}
		if (!run.gave_up && outcome != wanted) {
			(void)printf(
				"# %s, %llu: another result, and no error\n", what, (unsigned long long)n);
			return 1;
		}
	}
	return 0;
}

int starve(const uint8_t *data, size_t size)
{
	uint64_t wanted = once(data, size, NEVER, false), asked = run.asked;

	if (run.alive != 0) {
		(void)printf("# %lld blocks are not freed\n", (long long)run.alive);
		return 1;
	}
	return all(data, size, wanted, asked, false) != 0 || all(data, size, wanted, asked, true) != 0;
}
