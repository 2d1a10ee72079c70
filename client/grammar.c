/* SPDX-License-Identifier: Apache-2.0 */
#include "grammar.h"
#include "base/nearest.h"
#include "base/num.h"
#include "ledger_path.h"
#include "model/record.h"
#include <stdio.h>
#include <string.h>

static const struct grammar_option_row option_rows[] = {
#define X(e, name, value, help) {name, value, help},
	GRAMMAR_OPTION_TABLE(X)
#undef X
};
_Static_assert(GRAMMAR_OPTION_COUNT <= 64, "options are bits of an uint64_t");

static const struct grammar_verb_row verb_rows[] = {
#define X(e, word, arguments, synopsis, options, help, more)                                                 \
	{word, synopsis, help, more, GRAMMAR_##arguments, (options) | GRAMMAR_OPTIONS_ALWAYS},
	GRAMMAR_TABLE(X)
#undef X
};

const char *grammar_word(enum grammar_verb v)
{
	return verb_rows[v].word;
}

const struct grammar_verb_row *grammar_verb_row(enum grammar_verb v)
{
	return &verb_rows[v];
}

const struct grammar_option_row *grammar_option_row(enum grammar_option o)
{
	return &option_rows[o];
}

/* ---- words and options ---- */

size_t grammar_find(const char *const *words, size_t count, enum grammar_verb *ret_verb)
{
	size_t found = 0;

	for (size_t v = 0; v < GRAMMAR_COUNT; v++) {
		const char *word = verb_rows[v].word, *second = strchr(word, ' ');
		size_t len = second ? (size_t)(second - word) : strlen(word), needs = second ? 2 : 1;

		if (needs <= found || count < needs || strlen(words[0]) != len ||
			memcmp(words[0], word, len) != 0 || (second && strcmp(words[1], second + 1) != 0))
			continue;
		*ret_verb = (enum grammar_verb)v;
		found = needs;
	}
	return found;
}

/* What may follow `word`, the first of two; false: it begins no verb. */
static bool second_words(const char *word, char *text, size_t size)
{
	size_t len = strlen(word), used = 0;

	for (size_t v = 0; v < GRAMMAR_COUNT && used < size; v++) {
		const char *row = verb_rows[v].word;

		if (strncmp(row, word, len) == 0 && row[len] == ' ')
			used += (size_t)snprintf(
				text + used, size - used, "%s%s", used ? ", " : "", row + len + 1);
	}
	return used > 0;
}

static int unknown_verb(const char *word, struct why *reterr_why)
{
	const char *close = NULL;
	size_t best = NEAREST_WORD_MAX;
	char after[128];

	if (second_words(word, after, sizeof after)) {
		why_set(reterr_why, "\"%s\" needs a second word: %s", word, after);
		return GRAMMAR_E_USAGE;
	}
	for (size_t v = 0; v < GRAMMAR_COUNT; v++) {
		size_t distance = nearest_distance(word, verb_rows[v].word);
		if (!nearest_is_close(word, verb_rows[v].word) || distance >= best)
			continue;
		best = distance;
		close = verb_rows[v].word;
	}
	if (close)
		why_set(reterr_why, "there is no verb \"%s\"; did you mean \"%s\"?", word, close);
	else
		why_set(reterr_why, "there is no verb \"%s\"; all verbs: cmekctl help", word);
	return GRAMMAR_E_USAGE;
}

static int unknown_option(const char *name, size_t len, struct why *reterr_why)
{
	char typed[NEAREST_WORD_MAX + 1] = "";

	if (len <= NEAREST_WORD_MAX)
		memcpy(typed, name, len);
	for (size_t o = 0; o < GRAMMAR_OPTION_COUNT; o++) {
		if (!nearest_is_close(typed, option_rows[o].name))
			continue;
		why_set(reterr_why, "there is no option --%s; did you mean --%s?", typed,
			option_rows[o].name);
		return GRAMMAR_E_USAGE;
	}
	why_set(reterr_why, "there is no option --%.*s; see: cmekctl help", (int)(len > 64 ? 64 : len), name);
	return GRAMMAR_E_USAGE;
}

static bool option_of(const char *name, size_t len, enum grammar_option *ret_option)
{
	for (size_t o = 0; o < GRAMMAR_OPTION_COUNT; o++) {
		if (strlen(option_rows[o].name) != len || memcmp(option_rows[o].name, name, len) != 0)
			continue;
		*ret_option = (enum grammar_option)o;
		return true;
	}
	return false;
}

/* Of an option that may be given more than once; NULL: of none. */
static struct grammar_list *list_of(struct request *r, enum grammar_option option)
{
	return option == GRAMMAR_OPTION_ADMIN     ? &r->admins
	       : option == GRAMMAR_OPTION_CONTEXT ? &r->context
	       : option == GRAMMAR_OPTION_INCLUDE ? &r->include
	       : option == GRAMMAR_OPTION_UNKNOWN ? &r->unknown
						  : NULL;
}

static int keep_value(
	struct request *r, enum grammar_option option, const char *value, struct why *reterr_why)
{
	struct grammar_list *list = list_of(r, option);

	if (!list)
		r->values[option] = value;
	else if (list->count < GRAMMAR_LIST_MAX)
		list->items[list->count++] = value;
	else {
		why_set(reterr_why, "--%s is given more than %d times", option_rows[option].name,
			GRAMMAR_LIST_MAX);
		return GRAMMAR_E_USAGE;
	}
	return 0;
}

/* `word` begins with "--" and is longer. `next` is the word after it or NULL; `*ret_used_next` tells whether it was
 * the option's value. */
static int parse_option(
	struct request *r, const char *word, const char *next, bool *ret_used_next, struct why *reterr_why)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	enum grammar_option option;

	if (!option_of(name, len, &option))
		return unknown_option(name, len, reterr_why);
	const struct grammar_option_row *row = &option_rows[option];
	const char *value = equals ? equals + 1 : NULL;
	if (equals && !*row->value) {
		why_set(reterr_why, "--%s takes no value", row->name);
		return GRAMMAR_E_USAGE;
	}
	if (*row->value && !value) {
		value = next;
		*ret_used_next = true;
	}
	if (*row->value && (!value || !*value)) {
		why_set(reterr_why, "--%s needs a value: --%s %s", row->name, row->name, row->value);
		return GRAMMAR_E_USAGE;
	}
	if (value && strlen(value) > RECORD_TEXT_MAX) {
		why_set(reterr_why, "the value of --%s is longer than %d bytes", row->name, RECORD_TEXT_MAX);
		return GRAMMAR_E_USAGE;
	}
	r->options |= UINT64_C(1) << option;
	return value ? keep_value(r, option, value, reterr_why) : 0;
}

/* Takes the options out; what is left are `r->arguments`, the verb first. */
static int parse_words(int argc, char **argv, struct request *r, struct why *reterr_why)
{
	size_t kept = 0;
	bool words_only = false;
	int first = 0;

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		bool used_next = false;
		int result = 0;

		if (!words_only && strcmp(word, "--") == 0)
			words_only = true;
		else if (!words_only && strcmp(word, "-h") == 0)
			r->options |= OPTION_BIT(HELP);
		else if (!words_only && strncmp(word, "--", 2) == 0)
			result = parse_option(
				r, word, i + 1 < argc ? argv[i + 1] : NULL, &used_next, reterr_why);
		else if (!words_only && word[0] == '-' && word[1]) {
			why_set(reterr_why, "there is no option %s; options are written out: cmekctl help",
				word);
			result = GRAMMAR_E_USAGE;
		} else
			argv[++kept] = argv[i];
		/* Goes on after a refusal: --json must be seen wherever it stands. */
		first = first ? first : result;
		i += used_next && i + 1 < argc;
	}
	r->arguments = (const char *const *)(argv + 1);
	r->argument_count = kept;
	return first;
}

/* ---- arguments ---- */

static int expected(const struct request *r, struct why *reterr_why, const char *what)
{
	const struct grammar_verb_row *row = &verb_rows[r->verb];

	why_set(reterr_why, "%s; expected: cmekctl %s%s%s", what, row->word, *row->synopsis ? " " : "",
		row->synopsis);
	return GRAMMAR_E_USAGE;
}

/* "rotation enabel prod": the second word may have been meant for the verb. */
static int too_many(const struct request *r, struct why *reterr_why)
{
	const char *first = verb_rows[r->verb].word;
	size_t len = strlen(first);

	for (size_t v = 0; v < GRAMMAR_COUNT; v++) {
		const char *word = verb_rows[v].word;

		if (strncmp(word, first, len) != 0 || word[len] != ' ' ||
			!nearest_is_close(r->arguments[0], word + len + 1))
			continue;
		why_set(reterr_why, "there is no verb \"%s %.32s\"; did you mean \"%s\"?", first,
			r->arguments[0], word);
		return GRAMMAR_E_USAGE;
	}
	return expected(r, reterr_why, "too many words");
}

static int parse_project(struct request *r, const char *text, size_t len, struct why *reterr_why)
{
	if (project_name_parse(text, len, &r->project) == 0)
		return 0;
	const char *slash = memchr(text, '/', len);
	struct project_name project;
	if (slash && project_name_parse(text, (size_t)(slash - text), &project) == 0) {
		why_set(reterr_why, "%s is about a whole project, without a region: cmekctl %s %s",
			grammar_word(r->verb), grammar_word(r->verb), project.text);
		return GRAMMAR_E_USAGE;
	}
	why_set(reterr_why,
		"\"%.*s\" is no name of a project: 1 to 63 letters, digits, dots, underscores and hyphens "
		"(the name of its"
		" file in projects.d without .conf)",
		(int)(len > 64 ? 64 : len), text);
	return GRAMMAR_E_USAGE;
}

int grammar_parse_target(struct request *r, const char *text, struct why *reterr_why)
{
	size_t len = strcspn(text, "/");
	int result = parse_project(r, text, len, reterr_why);

	if (result != 0 || !text[len])
		return result;
	if (region_parse(text + len + 1, strlen(text + len + 1), &r->region) == 0)
		return 0;
	why_set(reterr_why, "\"%.64s\" is no AWS region; expected PROJECT/REGION, as in prod/us-west-2",
		text + len + 1);
	return GRAMMAR_E_USAGE;
}

static int parse_incident(struct request *r, const char *text, struct why *reterr_why)
{
	size_t len = strcspn(text, "#");
	uint64_t number;

	if (!text[len] || num_parse_u64(text + len + 1, strlen(text + len + 1), UINT32_MAX, &number) != 0 ||
		number == 0) {
		why_set(reterr_why,
			"\"%.64s\" names no incident; expected PROJECT#N as cmekctl status shows it, as in "
			"prod#7",
			text);
		return GRAMMAR_E_USAGE;
	}
	r->incident.n = (uint32_t)number;
	return parse_project(r, text, len, reterr_why);
}

/* PROJECT#N, or a ledger and --incident. */
static int parse_story(struct request *r, const char *text, struct why *reterr_why)
{
	uint64_t number;

	if (strchr(text, '#') && !ledger_path_is_file(text)) {
		if (!REQUEST_VALUE(r, INCIDENT))
			return parse_incident(r, text, reterr_why);
		why_set(reterr_why, "\"%.64s\" names the incident: it takes no --incident", text);
		return GRAMMAR_E_USAGE;
	}
	if (!REQUEST_VALUE(r, INCIDENT))
		return 0;
	if (num_parse_u64(REQUEST_VALUE(r, INCIDENT), strlen(REQUEST_VALUE(r, INCIDENT)), UINT32_MAX,
		    &number) != 0 ||
		number == 0) {
		why_set(reterr_why,
			"\"%.64s\" is no number of an incident; expected --incident N, as in prod#N",
			REQUEST_VALUE(r, INCIDENT));
		return GRAMMAR_E_USAGE;
	}
	r->incident.n = (uint32_t)number;
	return 0;
}

/* completion [SHELL]; without one: of bash. */
static int parse_shell(const struct request *r, struct why *reterr_why)
{
	if (r->argument_count > 2)
		return too_many(r, reterr_why);
	if (r->argument_count == 1 || strcmp(r->arguments[1], "bash") == 0 ||
		strcmp(r->arguments[1], "zsh") == 0)
		return 0;
	why_set(reterr_why, "there is no completion for \"%.64s\"; for bash and zsh there is",
		r->arguments[1]);
	return GRAMMAR_E_USAGE;
}

static int parse_arguments(struct request *r, struct why *reterr_why)
{
	enum grammar_arguments arguments = verb_rows[r->verb].arguments;
	enum grammar_verb topic;

	if (arguments == GRAMMAR_VERB_MAYBE && r->argument_count > 0) {
		if (strcmp(r->arguments[0], "completion") == 0)
			return parse_shell(r, reterr_why);
		size_t named = grammar_find(r->arguments, r->argument_count, &topic);
		if (named == 0)
			return unknown_verb(r->arguments[0], reterr_why);
		return named < r->argument_count ? expected(r, reterr_why, "too many words") : 0;
	}
	if (arguments == GRAMMAR_LEDGERS)
		return r->argument_count > 0 ? 0 : expected(r, reterr_why, "a ledger is missing");
	if (arguments == GRAMMAR_POLICY_WORDS)
		return r->argument_count > 0 ? 0 : expected(r, reterr_why, "say what to do with a policy");
	if (arguments == GRAMMAR_NOTHING && r->argument_count > 0)
		return too_many(r, reterr_why);
	if (r->argument_count > 1)
		return too_many(r, reterr_why);
	if (r->argument_count == 0) {
		if (arguments == GRAMMAR_LEDGER)
			return expected(r, reterr_why, "a ledger is missing");
		if (arguments == GRAMMAR_TARGET || arguments == GRAMMAR_PROJECT)
			return expected(r, reterr_why, "a project is missing");
		if (arguments == GRAMMAR_FILE)
			return expected(r, reterr_why, "a file is missing");
		if (arguments == GRAMMAR_NAME)
			return expected(r, reterr_why, "a name is missing");
		return arguments == GRAMMAR_INCIDENT || arguments == GRAMMAR_STORY
			       ? expected(r, reterr_why, "an incident is missing")
			       : 0;
	}
	const char *text = r->arguments[0];
	switch (arguments) {
	case GRAMMAR_PROJECT_MAYBE:
	case GRAMMAR_PROJECT:
		return parse_project(r, text, strlen(text), reterr_why);
	case GRAMMAR_TARGET:
		return grammar_parse_target(r, text, reterr_why);
	case GRAMMAR_INCIDENT:
		return parse_incident(r, text, reterr_why);
	case GRAMMAR_STORY:
		return parse_story(r, text, reterr_why);
	case GRAMMAR_VERB_MAYBE:
	case GRAMMAR_NOTHING:
	case GRAMMAR_LEDGERS:
	case GRAMMAR_LEDGER:
	case GRAMMAR_FILE:
	case GRAMMAR_NAME:
	case GRAMMAR_POLICY_WORDS:
		break;
	}
	return 0;
}

static int check_options(const struct request *r, struct why *reterr_why)
{
	uint64_t foreign = r->options & ~verb_rows[r->verb].options;

	for (size_t o = 0; o < GRAMMAR_OPTION_COUNT; o++) {
		if (!(foreign & UINT64_C(1) << o))
			continue;
		why_set(reterr_why, "%s does not take --%s; see: cmekctl %s --help", verb_rows[r->verb].word,
			option_rows[o].name, verb_rows[r->verb].word);
		return GRAMMAR_E_USAGE;
	}
	return 0;
}

int grammar_parse(int argc, char **argv, struct request *ret_request, struct why *reterr_why)
{
	struct request r = {.verb = GRAMMAR_HELP};
	int result = parse_words(argc, argv, &r, reterr_why);

	ret_request->options = r.options;
	if (result != 0)
		return result;
	if (r.argument_count == 0 && REQUEST_HAS(&r, SHOW_VERSION))
		r.verb = GRAMMAR_VERSION;
	if (r.argument_count > 0) {
		size_t words = grammar_find(r.arguments, r.argument_count, &r.verb);

		if (words == 0)
			return unknown_verb(r.arguments[0], reterr_why);
		if (REQUEST_HAS(&r, HELP) &&
			r.verb != GRAMMAR_HELP) { /* VERB --help: whatever else was typed */
			r.verb = GRAMMAR_HELP;
			r.argument_count = words;
			*ret_request = r;
			return 0;
		}
		r.arguments += words;
		r.argument_count -= words;
	}
	result = parse_arguments(&r, reterr_why);
	if (result == 0)
		result = check_options(&r, reterr_why);
	if (result == 0)
		*ret_request = r;
	return result;
}
