/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config_files.h"
#include "base/err.h"
#include "base/own.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void own_config(struct config *c)
{
	config_fini(c);
}

/* Reads a whole regular file, at most one byte over the limit, so that its reader sees that it is too long.
 * Refuses: 1, complained. Fails: -ENOMEM. */
static int read_file(const char *path, char **ret_text, size_t *ret_len, struct complaints *complaints)
{
	/* O_NONBLOCK: a FIFO in the directory must not hang the start. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0) {
		complaints_add(complaints, path, 0, "cannot be read: %s", strerror(errno));
		return 1;
	}
	if (!S_ISREG(st.st_mode)) {
		complaints_add(complaints, path, 0, "is no regular file; expected one");
		return 1;
	}
	_cleanup_free_ char *text = malloc(CONFIG_FILE_MAX_BYTES + 1);
	if (!text)
		return err_origin(-ENOMEM);
	size_t len = 0;
	while (len < CONFIG_FILE_MAX_BYTES + 1) {
		ssize_t n = read(fd, text + len, CONFIG_FILE_MAX_BYTES + 1 - len);
		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			complaints_add(complaints, path, 0, "cannot be read: %s", strerror(errno));
			return 1;
		}
		len += (size_t)n;
	}
	*ret_text = own_take(text);
	*ret_len = len;
	return 0;
}

/* ---- *.conf of a directory, in order of name ---- */

struct names {
	struct dirent **items;
	int count;
};

static void names_fini(struct names *n)
{
	for (int i = 0; i < n->count; i++)
		free(n->items[i]);
	free(n->items);
}

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

/* By byte, not by locale: the order is the same for every user. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* A directory that is not there is an empty one. Refuses: 1, complained. Fails: -ENOMEM. */
static int list_conf(const char *dir, struct names *ret_names, struct complaints *complaints)
{
	struct names names = {.items = NULL};
	names.count = scandir(dir, &names.items, is_conf, compare_names);
	if (names.count < 0) {
		int error = errno;
		if (error == ENOMEM)
			return err_origin(-ENOMEM);
		names.count = 0;
		if (error != ENOENT) {
			complaints_add(complaints, dir, 0, "cannot be read: %s", strerror(error));
			return 1;
		}
	}
	*ret_names = names;
	return 0;
}

static int load_main(struct config *c, const char *path, struct complaints *complaints)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = read_file(path, &text, &len, complaints);
	if (r == 0)
		r = config_parse_main(c, path, text, len, complaints);
	if (r == 1)
		c->broken = true;
	return r < 0 ? r : 0;
}

static int load_project(
	struct config *c, const char *path, const char *file_name, struct complaints *complaints)
{
	struct project_name name;
	if (project_name_parse(file_name, strlen(file_name) - 5, &name) != 0) {
		complaints_add(complaints, path, 0,
			"the file's name names no project; expected NAME.conf with 1 to 63 letters, digits, "
			"'.', '_' "
			"or '-'");
		return 0;
	}
	if (c->project_count >= CONFIG_PROJECTS_MAX) {
		complaints_add(
			complaints, path, 0, "too many projects; expected at most %u", CONFIG_PROJECTS_MAX);
		return 0;
	}
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = read_file(path, &text, &len, complaints);
	if (r == 0)
		r = config_parse_project(c, path, &name, text, len, complaints);
	else if (r == 1)
		r = config_add_broken(c, &name);
	return r < 0 ? r : 0;
}

typedef int load_fn(struct config *c, const char *path, const char *file_name, struct complaints *complaints);

static int load_drop_in(
	struct config *c, const char *path, const char *file_name, struct complaints *complaints)
{
	(void)file_name;
	return load_main(c, path, complaints);
}

static int load_directory(struct config *c, const char *dir, load_fn *load, struct complaints *complaints)
{
	_cleanup_(names_fini) struct names names = {.items = NULL};
	int r = list_conf(dir, &names, complaints);
	if (r == 1)
		c->broken = true; /* what it holds is not known: nothing can be right without it */
	if (r != 0)
		return r < 0 ? r : 0;
	for (int i = 0; i < names.count; i++) {
		char path[PATH_MAX];
		if (snprintf(path, sizeof path, "%s/%s", dir, names.items[i]->d_name) >= (int)sizeof path) {
			complaints_add(complaints, dir, 0, "a path in it is too long");
			c->broken = true;
			continue;
		}
		r = load(c, path, names.items[i]->d_name, complaints);
		if (r < 0)
			return r;
	}
	return 0;
}

/* "DIR/cmekd.conf" and "DIR" of a path that is either. */
static int split_path(const char *path, char ret_main[PATH_MAX], char ret_dir[PATH_MAX])
{
	struct stat st;
	int n;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		n = snprintf(ret_main, PATH_MAX, "%s/cmekd.conf", path);
		(void)snprintf(ret_dir, PATH_MAX, "%s", path);
	} else {
		const char *slash = strrchr(path, '/');
		n = snprintf(ret_main, PATH_MAX, "%s", path);
		(void)snprintf(ret_dir, PATH_MAX, "%.*s", slash ? (int)(slash - path + (slash == path)) : 1,
			slash ? path : ".");
	}
	return n >= PATH_MAX - 16 ? 1 : 0;
}

static const char *environment_variable(const char *name)
{
	return getenv(name);
}

int config_load(const char *path, struct config *ret_config, struct complaints *complaints)
{
	_cleanup_(own_config) struct config c = CONFIG_INIT;
	char main_file[PATH_MAX], dir[PATH_MAX], sub[PATH_MAX + 16];
	config_init(&c);
	if (strlen(path) >= PATH_MAX - 32 || split_path(path, main_file, dir) != 0) {
		complaints_add(complaints, "configuration", 0, "the path is too long");
		c.broken = true;
		*ret_config = c;
		c = CONFIG_INIT;
		return 1;
	}
	int r = load_main(&c, main_file, complaints);
	if (r < 0)
		return r;
	(void)snprintf(sub, sizeof sub, "%s.d", main_file);
	r = load_directory(&c, sub, load_drop_in, complaints);
	if (r < 0)
		return r;
	(void)snprintf(sub, sizeof sub, "%s/projects.d", dir);
	r = load_directory(&c, sub, load_project, complaints);
	if (r < 0)
		return r;
	(void)config_environment(&c, environment_variable, complaints); /* config_finish() tells */
	r = config_finish(&c, complaints);
	if (r < 0)
		return r;
	*ret_config = c;
	c = CONFIG_INIT;
	return r;
}
