/* SPDX-License-Identifier: Apache-2.0 */
/* project create and cluster create: what is made in TiDB Cloud, once. */
#include "base/own.h"
#include "base/secret.h"
#include "cmd.h"
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <termios.h>

#define SPEC_MAX_BYTES     65536
#define PASSWORD_MAX_BYTES 256

/* ---- project create ---- */

int cmd_project_create(struct session *s)
{
	const char *name = s->request->arguments[0];
	struct json_object *parameters;
	struct view_made made;
	int result = session_confirm_name(s, "create a project with CMEK in TiDB Cloud", name);

	if (result != 0)
		return result;
	parameters = session_parameters(NULL, NULL, REQUEST_VALUE(s->request, REASON));
	if (parameters)
		(void)json_object_object_add(parameters, "name", json_object_new_string(name));
	result = session_send(s, verb_method(VERB_CREATE_PROJECT), parameters, false);
	if (result == 0)
		result = session_receive(s, SESSION_ERRAND_MS, VIEW_MADE, &made);
	if (result == EXIT_UNREACHABLE)
		s->out->ops->note(s->out, "The project may have been created. Ask again with the same name: "
					  "nothing is created twice.");
	if (result != 0)
		return result;
	s->out->ops->made(s->out, name, &made);
	return EXIT_GOOD;
}

/* ---- cluster create ---- */

static int read_spec(struct session *s, struct buf *text)
{
	const char *path = REQUEST_VALUE(s->request, SPEC);
	_cleanup_fclose_ FILE *f = path ? fopen(path, "re") : NULL;
	char block[4096];
	size_t n;

	if (!path)
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"say what to create: --spec FILE, JSON in the shape of TiDB Cloud Dedicated API "
			"v1beta1");
	if (!f)
		return output_trouble(
			s->out, EXIT_ERROR, "unreadable", "cannot read %s: %s", path, strerror(errno));
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		buf_append(text, block, n);
	if (ferror(f) || text->trouble || text->len == 0)
		return output_trouble(s->out, EXIT_ERROR, "unreadable",
			"%s is empty, or has more than %d bytes", path, SPEC_MAX_BYTES);
	return 0;
}

/* Without echo. Nothing typed: none. */
static int type_password(struct session *s, struct secret *ret_password)
{
	char line[PASSWORD_MAX_BYTES + 2] = "";
	struct termios before, quiet;
	int fd = s->in ? fileno(s->in) : -1, result;

	if (fd < 0 || tcgetattr(fd, &before) != 0) {
		s->out->ops->note(s->out,
			"No --password-file: the cluster gets no root password yet; set it in TiDB "
			"Cloud's console.");
		return 0;
	}
	quiet = before;
	quiet.c_lflag &= (tcflag_t)~ECHO;
	(void)fprintf(s->out->error.to, "Root password of the new cluster (nothing: none yet): ");
	(void)fflush(s->out->error.to);
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	if (!fgets(line, sizeof line, s->in))
		line[0] = '\0';
	(void)tcsetattr(fd, TCSAFLUSH, &before);
	(void)fputc('\n', s->out->error.to);
	line[strcspn(line, "\r\n")] = '\0';
	result = line[0] ? secret_set(ret_password, line, strlen(line)) : 0;
	explicit_bzero(line, sizeof line);
	return result == 0 ? 0 : output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
}

static int read_password(struct session *s, struct secret *ret_password)
{
	const char *path = REQUEST_VALUE(s->request, PASSWORD_FILE);
	struct why why = {""};
	int r;

	if (!path)
		return type_password(s, ret_password);
	r = secret_load_file(path, PASSWORD_MAX_BYTES, ret_password, &why);
	if (r > 0)
		return output_trouble(s->out, EXIT_ERROR, "unreadable", "%s", why.text);
	return r == 0 ? 0 : output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
}

/* json-c does not wipe what it frees. */
static void wipe_text(struct json_object *text)
{
	if (text)
		explicit_bzero((char *)(uintptr_t)json_object_get_string(text),
			(size_t)json_object_get_string_len(text));
	json_object_put(text);
}

static int create(struct session *s, const struct buf *spec, const struct secret *password)
{
	struct json_object *parameters = session_parameters(
				   s->request->project.text, NULL, REQUEST_VALUE(s->request, REASON)),
			   *secret = NULL;
	struct view_errand end;
	int result;

	if (parameters)
		(void)json_object_object_add(
			parameters, "spec", json_object_new_string_len(spec->data, (int)spec->len));
	if (parameters && password->bytes) {
		secret = json_object_new_string_len(password->bytes, (int)password->len);
		(void)json_object_object_add(parameters, "rootPassword", json_object_get(secret));
	}
	result = session_errand(s, VERB_CREATE_CLUSTER, parameters, &end);
	wipe_text(secret);
	if (result != 0)
		return result;
	const struct wire wire = session_wire(s);
	s->out->ops->errand(s->out, ERRAND_CREATE_CLUSTER, &end, &wire);
	return EXIT_GOOD;
}

int cmd_cluster_create(struct session *s)
{
	_cleanup_(buf_fini) struct buf spec = BUF_INIT(SPEC_MAX_BYTES);
	_cleanup_(secret_fini) struct secret password = SECRET_INIT;
	int result = read_spec(s, &spec);

	if (result == 0)
		result = read_password(s, &password);
	if (result == 0)
		result = session_confirm(
			s, "create this cluster, which costs money from now on, in this project");
	return result != 0 ? result : create(s, &spec, &password);
}
