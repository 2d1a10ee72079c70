/* SPDX-License-Identifier: Apache-2.0 */
#include "rehearsal.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/own.h"
#include "io/store.h"
#include "io/store_file.h"
#include "proto/json_write.h"
#include "replay/replay.h"
#include "wire/config_files.h"
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#define DOCUMENT_MAX_BYTES (32 * 1024 * 1024)
#define EXIT_NOT_PERMITTED 5 /* as cmekctl(1) has it */

static void put_object(struct json_object **o)
{
	json_object_put(*o);
}

/* Gives `status`, or 1 if it could not be written. */
static int print(struct json_object *document, int status)
{
	_cleanup_(buf_fini) struct buf text = BUF_INIT(DOCUMENT_MAX_BYTES);

	json_write(&text, document);
	buf_add(&text, "\n");
	if (!text.data || text.trouble != 0 || fputs(text.data, stdout) == EOF || fflush(stdout) != 0) {
		fputs("cmekd: the replay could not be written\n", stderr);
		return EXIT_FAILURE;
	}
	return status;
}

static int refuse(int status, const char *id, const struct why *why)
{
	_cleanup_(put_object) struct json_object *document = json_object_new_object();
	struct json_object *error = json_object_new_object();

	(void)json_object_object_add(error, "id", json_object_new_string(id));
	(void)json_object_object_add(error, "text", json_object_new_string(why->text));
	(void)json_object_object_add(document, "error", error);
	return print(document, status);
}

/* ---- what is replayed ---- */

static int read_ledger(const char *path, char **ret_bytes, size_t *ret_len)
{
	char *copy = strdup(path);
	struct store_file file = {.path = copy, .step = "read"};
	struct why why = {"out of memory"};
	int r = copy ? store_file_read(&file, STORE_LEDGER_MAX, ret_bytes, ret_len) : -ENOMEM;

	free(copy);
	if (r == 0)
		return 0;
	if (r == -ELOOP || r == -ENOTSUP)
		why_set(&why, "%s is no regular file", path);
	else if (r == -EFBIG)
		why_set(&why, "%s has more than %d bytes: it is no ledger", path, STORE_LEDGER_MAX);
	else
		why_set(&why, "cannot read %s: %s%s", path, strerror(-r),
			r == -EACCES ? "; only root and cmekd's own user may read ledgers" : "");
	return refuse(r == -EACCES ? EXIT_NOT_PERMITTED : EXIT_FAILURE, "unreadable", &why);
}

/* ---- under which configuration ---- */

static int read_config(const char *path, struct config *config)
{
	_cleanup_(complaints_fini) struct complaints complaints = COMPLAINTS_INIT;
	char line[COMPLAINT_LINE_BYTES] = "";
	struct why why = {""};
	int r = config_load(path, config, &complaints);

	if (r == 0)
		return 0;
	if (complaints.count > 0)
		complaint_format(&complaints.items[0], line);
	why_set(&why, "the configuration %s cannot be used: %.200s; give another: --config DIR", path,
		*line ? line : strerror(r < 0 ? -r : EINVAL));
	return refuse(EXIT_FAILURE, "configuration", &why);
}

/* The project's own settings, by its id; NULL: the configuration does not name it. */
static const struct config_project *find_project(const struct config *config, const struct project_id *id)
{
	for (uint32_t i = 0; i < config->project_count; i++)
		if (!config->projects[i].broken && project_id_equal(&config->projects[i].settings.id, id))
			return &config->projects[i];
	return NULL;
}

/* Its file has errors, so its settings are not known. */
static const struct config_project *find_broken(const struct config *config, const char *ledger)
{
	const char *base = strrchr(ledger, '/');

	base = base ? base + 1 : ledger;
	for (uint32_t i = 0; i < config->project_count; i++) {
		const struct config_project *p = &config->projects[i];
		size_t len = strlen(p->settings.name.text);

		if (p->broken && strncmp(base, p->settings.name.text, len) == 0 &&
			strcmp(base + len, ".ledger") == 0)
			return p;
	}
	return NULL;
}

static struct json_object *configuration(const char *path, const struct config *config,
	const struct config_project *project, const struct policy_settings *policy)
{
	struct json_object *o = json_object_new_object();

	(void)json_object_object_add(o, "path", json_object_new_string(path));
	(void)json_object_object_add(
		o, "project", project ? json_object_new_string(project->settings.name.text) : NULL);
	(void)json_object_object_add(o, "reaction", json_object_new_string(reaction_name(policy->reaction)));
	(void)json_object_object_add(o, "graceMs", json_object_new_int64(policy->grace_ms));
	(void)json_object_object_add(o, "restoreDelayMs", json_object_new_int64(policy->restore_delay_ms));
	(void)json_object_object_add(o, "pollMs", json_object_new_int64(policy->poll_ms));
	(void)json_object_object_add(o, "confirmMs", json_object_new_int64(policy->confirm_ms));
	(void)json_object_object_add(
		o, "pauseOnDeletion", json_object_new_boolean(policy->pause_on_deletion));
	(void)json_object_object_add(o, "maxPauses", json_object_new_int64(config->daemon.max_pauses));
	return o;
}

/* ---- both ---- */

static int failed(int r)
{
	struct why why;

	why_set(&why, "the replay failed: %s", strerror(-r));
	return refuse(EXIT_FAILURE, "failure", &why);
}

static struct recording_pace pace_of(const struct policy_settings *policy)
{
	return (struct recording_pace){
		.confirm_ms = policy->confirm_ms < policy->poll_ms ? policy->confirm_ms : policy->poll_ms,
		.incident_ms = policy->incident_ms,
		.poll_ms = policy->poll_ms};
}

/* Which settings are meant is known only when the ledger was read; they say how fast it was written. */
static int read_recording(struct recording *recording, const char *bytes, size_t len, uint32_t incident,
	const struct config *config, const struct config_project **ret_project, struct why *reterr_why)
{
	const struct incident_id wanted = {incident};
	int r = recording_read(recording, bytes, len, wanted, pace_of(&config->defaults.policy), reterr_why);

	if (r != 0)
		return r;
	*ret_project = find_project(config, &recording->project);
	if (!*ret_project)
		return 0;
	recording_fini(recording);
	return recording_read(
		recording, bytes, len, wanted, pace_of(&(*ret_project)->settings.policy), reterr_why);
}

int rehearsal_run(const char *ledger, const char *path, uint32_t incident)
{
	_cleanup_(config_fini) struct config config = CONFIG_INIT;
	_cleanup_(recording_fini) struct recording recording = {.clusters = NULL};
	_cleanup_(stage_fini) struct stage stage = {.end = STAGE_ENDED};
	_cleanup_(put_object) struct json_object *document = json_object_new_object();
	_cleanup_free_ char *bytes = NULL;
	const struct config_project *project = NULL, *broken;
	const struct policy_settings *policy;
	struct stage_settings settings;
	struct why why = {""};
	size_t len = 0;
	int r = read_ledger(ledger, &bytes, &len);

	if (r == 0)
		r = read_config(path, &config);
	if (r != 0)
		return r;
	r = read_recording(&recording, bytes, len, incident, &config, &project, &why);
	if (r > 0) {
		why_prefix(&why, "%s", ledger);
		return refuse(EXIT_FAILURE, r == RECORDING_E_DAMAGED ? "damaged" : "nothing_to_replay", &why);
	}
	if (r < 0)
		return failed(r);
	broken = project ? NULL : find_broken(&config, ledger);
	if (broken) {
		why_set(&why,
			"%s has errors: correct them (cmekd --check-config), or give another "
			"configuration: --config DIR",
			broken->file ? broken->file : broken->settings.name.text);
		return refuse(EXIT_FAILURE, "configuration", &why);
	}
	policy = project ? &project->settings.policy : &config.defaults.policy;
	settings = (struct stage_settings){.policy = policy,
		.clusters = project ? project->settings.clusters : NULL,
		.cluster_count = project ? project->settings.cluster_count : 0,
		.max_pauses = config.daemon.max_pauses};
	r = stage_play(&recording, &settings, &stage);
	if (r == 0) {
		(void)json_object_object_add(document, "ledger", json_object_new_string(ledger));
		(void)json_object_object_add(
			document, "configuration", configuration(path, &config, project, policy));
		r = replay_describe(&recording, &stage, policy, document);
	}
	return r < 0 ? failed(r) : print(document, EXIT_SUCCESS);
}
