/* SPDX-License-Identifier: Apache-2.0 */
/* project create and cluster create: what is made in TiDB Cloud, once. */
#include "ask.h"
#include "base/own.h"
#include "base/secret.h"
#include "spec_text.h"
#include "cmd.h"
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#define PASSWORD_MAX_BYTES 256

/* ---- project create ---- */

int cmd_project_create(struct session *s)
{
	const char *name = s->request->arguments[0];
	struct json_object *parameters;
	struct view_made made;
	int result = session_confirm_name(s, "create a project with CMEK in TiDB Cloud", "project", name);

	if (result != 0)
		return result;
	parameters = session_parameters(NULL, NULL, REQUEST_VALUE(s->request, REASON));
	if (parameters)
		(void)json_object_object_add(parameters, "name", json_object_new_string(name));
	result = session_send(s, verb_method(VERB_CREATE_PROJECT), parameters, false);
	if (result != 0)
		return result;
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

static int no_password(struct session *s)
{
	s->out->ops->note(s->out, "No root password: the cluster gets none yet; set it in TiDB Cloud's "
				  "console, or name a file: "
				  "--password-file.");
	return 0;
}

/* Which cluster it is, before it costs money. */
static int show_spec(struct session *s, const struct buf *spec)
{
	const char *path = REQUEST_VALUE(s->request, SPEC), *summary;
	struct why why = {""};
	int r = spec_text(&s->out->arena, spec->data, spec->len, &summary, &why);

	if (r < 0)
		return output_trouble(s->out, EXIT_ERROR, "failure", "out of memory");
	if (r > 0)
		return output_trouble(s->out, EXIT_ERROR, "malformed",
			"%s is no cluster's spec: %s. Expected JSON in the shape of TiDB Cloud Dedicated API "
			"v1beta1",
			path, why.text);
	s->out->ops->note(s->out, arena_printf(&s->out->arena, "Project %s is to get cluster %s.",
					  s->request->project.text, summary));
	return 0;
}

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
	if (ferror(f))
		return output_trouble(
			s->out, EXIT_ERROR, "unreadable", "cannot read %s: %s", path, strerror(errno));
	if (text->trouble || text->len == 0)
		return output_trouble(s->out, EXIT_ERROR, "unreadable",
			"%s is empty, or has more than %d bytes", path, SPEC_TEXT_MAX_BYTES);
	return show_spec(s, text);
}

/* What is typed twice is what was meant. */
static int type_password(struct session *s, struct secret *ret_password)
{
	_cleanup_(secret_fini) struct secret again = SECRET_INIT;
	const struct page *page = &s->out->error;
	int r = ask_secret(s->in, page,
		"Root password of the new cluster (nothing: none yet): ", PASSWORD_MAX_BYTES, ret_password);

	if (r == 0 && ret_password->len > 0)
		r = ask_secret(s->in, page, "The same again: ", PASSWORD_MAX_BYTES, &again);
	switch (r) {
	case 0:
		break;
	case ASK_E_BLIND:
		return no_password(s);
	case ASK_E_ENDED:
		return output_trouble(
			s->out, EXIT_ERROR, "not_confirmed", "no password was typed: nothing was created");
	case ASK_E_LONG:
		return output_trouble(s->out, EXIT_USAGE, "usage",
			"a password has at most %d bytes: nothing was created", PASSWORD_MAX_BYTES);
	default:
		return output_trouble(s->out, EXIT_ERROR, "failure",
			"the password could not be asked for: %s", strerror(-r));
	}
	if (ret_password->len == 0)
		return no_password(s);
	if (again.len == ret_password->len && memcmp(again.bytes, ret_password->bytes, again.len) == 0)
		return 0;
	return output_trouble(s->out, EXIT_ERROR, "not_confirmed",
		"the two passwords are not the same: nothing was created; ask again");
}

static int read_password(struct session *s, struct secret *ret_password)
{
	const char *path = REQUEST_VALUE(s->request, PASSWORD_FILE);
	struct why why = {""};
	int r;

	if (!path)
		return s->in && !REQUEST_HAS(s->request, YES) ? type_password(s, ret_password)
							      : no_password(s);
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
	_cleanup_(buf_fini) struct buf spec = BUF_INIT(SPEC_TEXT_MAX_BYTES);
	_cleanup_(secret_fini) struct secret password = SECRET_INIT;
	int result = read_spec(s, &spec);

	if (result == 0)
		result = session_may_ask(s);
	if (result == 0)
		result = read_password(s, &password);
	if (result == 0)
		result = session_confirm(s, "create this cluster, which costs money from now on");
	return result != 0 ? result : create(s, &spec, &password);
}
