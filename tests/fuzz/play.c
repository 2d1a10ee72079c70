/* SPDX-License-Identifier: Apache-2.0 */
/* play: gives each file of a corpus to a fuzz target: what fuzzing found, and what it starts from, must pass in every
 * `make check`, with and without memory (starve.c). FUZZ_CORPUS names the folder; or files are given as arguments. */
#include "base/own.h"
#include "fuzz.h"
#include "starve.h"
#include <dirent.h>
#include <stdio.h>

#define INPUT_MAX_BYTES (1024 * 1024)
#define PATH_BYTES      1024

static int play(const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ uint8_t *whole = malloc(INPUT_MAX_BYTES), *exact = NULL;
	size_t n;

	if (!f || !whole)
		return 1;
	n = fread(whole, 1, INPUT_MAX_BYTES, f);
	exact = malloc(n > 0 ? n : 1); /* so that a byte too many is seen by the sanitizers */
	if (!exact)
		return 1;
	for (size_t i = 0; i < n; i++)
		exact[i] = whole[i];
	return LLVMFuzzerTestOneInput(exact, n) != 0 || starve(exact, n) != 0;
}

static int is_input(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int report(int number, const char *name, int failed)
{
	(void)printf("%s %d - %s\n", failed ? "not ok" : "ok", number, name);
	(void)fflush(stdout);
	return failed;
}

int main(int argc, char **argv)
{
	const char *src = getenv("CMEKD_SRC");
	char folder[PATH_BYTES], path[2 * PATH_BYTES];
	struct dirent **names = NULL;
	int count, failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= report(i, argv[i], play(argv[i]));
	if (argc > 1)
		return failed;
	(void)snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", src ? src : ".", FUZZ_CORPUS);
	count = scandir(folder, &names, is_input, alphasort);
	if (count <= 0) {
		(void)printf("1..1\nnot ok 1 - no corpus in %s\n", folder);
		return 1;
	}
	(void)printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		failed |= report(i + 1, names[i]->d_name, play(path));
		free(names[i]);
	}
	free(names);
	return failed;
}
