/* SPDX-License-Identifier: Apache-2.0 */
#include "completion.h"
#include "grammar.h"
#include <stdio.h>
#include <string.h>

/* What stands where a verb has been typed and nothing behind it. */
static const char *takes(enum grammar_arguments arguments)
{
	switch (arguments) {
	case GRAMMAR_PROJECT_MAYBE:
	case GRAMMAR_PROJECT:
	case GRAMMAR_TARGET:
	case GRAMMAR_INCIDENT:
		return "project";
	case GRAMMAR_LEDGERS:
	case GRAMMAR_LEDGER:
	case GRAMMAR_STORY:
		return "ledger"; /* a project, or a file */
	case GRAMMAR_FILE:
	case GRAMMAR_POLICY_WORDS:
		return "file";
	case GRAMMAR_NAME:
	case GRAMMAR_NOTHING:
	case GRAMMAR_VERB_MAYBE:
		break;
	}
	return "nothing";
}

/* The parts that are the same whatever the tables say: before the options that take a value, before the verbs, behind
 * them. `is` is the verb as its row names it, `typed` all words so far. */
static const struct parts {
	const char *head, *verbs, *tail;
} parts[] = {
	[COMPLETION_BASH] =
		{
			"# bash completion for cmekctl; made by: cmekctl help completion bash\n"
			"_cmekctl_projects() {\n"
			"\tcmekctl projects \"$@\" 2>/dev/null\n"
			"}\n"
			"_cmekctl() {\n"
			"\tlocal typed=\"\" is=\"\" takes=\"\" items=\"\" word of=\"\" "
			"at=${COMP_WORDS[COMP_CWORD]}\n"
			"\tCOMPREPLY=()\n"
			"\tlocal -a socket=()\n"
			"\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
			"\t\tif [[ $of ]]; then\n"
			"\t\t\t[[ $word == = ]] && continue\n"
			"\t\t\t[[ $of == --socket ]] && socket=(--socket \"$word\")\n"
			"\t\t\tof=\"\"\n"
			"\t\t\tcontinue\n"
			"\t\tfi\n"
			"\t\tcase $word in\n",
			"\t\t-*) ;;\n"
			"\t\t*) typed+=${typed:+ }$word ;;\n"
			"\t\tesac\n"
			"\tdone\n"
			"\t[[ $of ]] && return # its value: the shell's own completion\n"
			"\tcase \"$typed \" in\n",
			"\tesac\n"
			"\t[[ $typed == \"$is\" && $at != -* ]] || takes=\"\"\n"
			"\tcase $takes in\n"
			"\tproject | ledger) items+=\" $(_cmekctl_projects \"${socket[@]}\")\" ;;\n"
			"\tesac\n"
			"\tmapfile -t COMPREPLY < <(compgen -W \"$items\" -- \"$at\")\n"
			"\tif [[ $takes == ledger || $takes == file ]]; then\n"
			"\t\tcompopt -o filenames 2>/dev/null\n"
			"\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$at\")\n"
			"\tfi\n"
			"}\n"
			"complete -o default -F _cmekctl cmekctl\n",
		},
	[COMPLETION_ZSH] =
		{
			"#compdef cmekctl\n"
			"# zsh completion for cmekctl; made by: cmekctl help completion zsh\n"
			"_cmekctl_projects() {\n"
			"\tcmekctl projects \"$@\" 2>/dev/null\n"
			"}\n"
			"_cmekctl() {\n"
			"\tlocal typed=\"\" is=\"\" takes=\"\" word=\"\" of=\"\"\n"
			"\tlocal -a items socket projects\n"
			"\tfor word in \"${(@)words[2,CURRENT-1]}\"; do\n"
			"\t\tif [[ -n $of ]]; then\n"
			"\t\t\t[[ $of == --socket ]] && socket=(--socket \"$word\")\n"
			"\t\t\tof=\"\"\n"
			"\t\t\tcontinue\n"
			"\t\tfi\n"
			"\t\tcase $word in\n",
			"\t\t--socket=*) socket=(\"$word\") ;;\n"
			"\t\t-*) ;;\n"
			"\t\t*) typed+=${typed:+ }$word ;;\n"
			"\t\tesac\n"
			"\tdone\n"
			"\tif [[ -n $of ]]; then\n"
			"\t\t_files\n"
			"\t\treturn\n"
			"\tfi\n"
			"\tcase \"$typed \" in\n",
			"\tesac\n"
			"\t[[ $typed == \"$is\" && ${words[CURRENT]} != -* ]] || takes=\"\"\n"
			"\tif [[ $takes == project || $takes == ledger ]]; then\n"
			"\t\tprojects=(${(f)\"$(_cmekctl_projects \"${socket[@]}\")\"})\n"
			"\t\tcompadd -- \"${projects[@]}\"\n"
			"\tfi\n"
			"\t[[ $takes == ledger || $takes == file ]] && _files\n"
			"\t_describe -V cmekctl items\n"
			"}\n"
			/* Found in fpath, the file is the function's body; sourced, it makes itself known. */
			"if [[ $funcstack[1] == _cmekctl ]]; then\n"
			"\t_cmekctl \"$@\"\n"
			"else\n"
			"\tcompdef _cmekctl cmekctl\n"
			"fi\n",
		},
};

static void add_item(
	struct buf *out, enum completion_shell shell, const char *name, size_t len, const char *help)
{
	if (shell == COMPLETION_BASH) {
		buf_append(out, name, len);
		buf_add(out, " ");
		return;
	}
	buf_printf(out, "'%.*s:", (int)len, name);
	for (const char *c = help; *c; c++)
		if (*c == '\'')
			buf_add(out, "'\\''");
		else
			buf_append(out, c, 1);
	buf_add(out, "' ");
}

/* "render|check FILE": those before the blank. */
static void add_words(struct buf *out, enum completion_shell shell, const char *synopsis)
{
	for (const char *word = synopsis; *word && *word != ' ';) {
		size_t len = strcspn(word, "| ");

		add_item(out, shell, word, len, "");
		word += len + (word[len] == '|');
	}
}

/* The first words of the verbs, each once; or the second ones after `first`. */
static void add_verbs(struct buf *out, enum completion_shell shell, const char *first)
{
	size_t first_len = first ? strlen(first) : 0;

	for (size_t v = 0; v < GRAMMAR_COUNT; v++) {
		const struct grammar_verb_row *row = grammar_verb_row((enum grammar_verb)v);
		const char *word = row->word, *help = row->help;
		size_t len = strcspn(word, " ");
		bool again = false;

		if (first && (strncmp(word, first, first_len) != 0 || word[first_len] != ' '))
			continue;
		for (size_t before = 0; !first && before < v && !again; before++) {
			const char *other = grammar_word((enum grammar_verb)before);

			again = strncmp(other, word, len) == 0 && strchr(" ", other[len]) != NULL;
		}
		if (again)
			continue;
		if (first)
			add_item(out, shell, word + first_len + 1, strlen(word + first_len + 1), help);
		else
			add_item(out, shell, word, len, help);
	}
}

static void open_arm(struct buf *out, enum completion_shell shell, const char *word, const char *what)
{
	buf_printf(out, "\t\"%s \"*) is=\"%s\" takes=%s items=%s", word, word, what,
		shell == COMPLETION_BASH ? "\"" : "(");
}

static void close_arm(struct buf *out, enum completion_shell shell)
{
	buf_add(out, shell == COMPLETION_BASH ? "\" ;;\n" : ") ;;\n");
}

static void add_verb(struct buf *out, enum completion_shell shell, const struct grammar_verb_row *row)
{
	open_arm(out, shell, row->word, takes(row->arguments));
	if (row->arguments == GRAMMAR_POLICY_WORDS)
		add_words(out, shell, row->synopsis);
	if (row->arguments == GRAMMAR_VERB_MAYBE) {
		add_verbs(out, shell, NULL);
		add_item(out, shell, "completion", strlen("completion"), "a script for bash or zsh");
	}
	add_verbs(out, shell, row->word);
	for (size_t o = 0; o < GRAMMAR_OPTION_COUNT; o++) {
		const struct grammar_option_row *option = grammar_option_row((enum grammar_option)o);
		char name[64];

		if (!(row->options & UINT64_C(1) << o))
			continue;
		(void)snprintf(name, sizeof name, "--%s", option->name);
		add_item(out, shell, name, strlen(name), option->help);
	}
	close_arm(out, shell);
}

/* A first word that is no verb by itself. */
static void add_first(struct buf *out, enum completion_shell shell, const char *word)
{
	char first[32];
	enum grammar_verb v;

	(void)snprintf(first, sizeof first, "%.*s", (int)strcspn(word, " "), word);
	if (grammar_find((const char *const[]){first}, 1, &v) > 0)
		return;
	open_arm(out, shell, first, "nothing");
	add_verbs(out, shell, first);
	close_arm(out, shell);
}

/* --account|--action|...: the next word is no verb. */
static void add_valued(struct buf *out)
{
	const char *between = "\t\t";

	for (size_t o = 0; o < GRAMMAR_OPTION_COUNT; o++) {
		const struct grammar_option_row *row = grammar_option_row((enum grammar_option)o);

		if (!*row->value)
			continue;
		buf_printf(out, "%s--%s", between, row->name);
		between = "|";
	}
	buf_add(out, ") of=$word ;;\n");
}

void completion_script(struct buf *out, enum completion_shell shell)
{
	buf_add(out, parts[shell].head);
	add_valued(out);
	buf_add(out, parts[shell].verbs);
	/* Of two words first: the first pattern that fits is taken. */
	for (size_t v = 0; v < 2 * GRAMMAR_COUNT; v++) {
		const struct grammar_verb_row *row = grammar_verb_row((enum grammar_verb)(v % GRAMMAR_COUNT));

		if ((strchr(row->word, ' ') != NULL) == (v < GRAMMAR_COUNT))
			add_verb(out, shell, row);
	}
	for (size_t v = 0; v < GRAMMAR_COUNT; v++)
		if (strchr(grammar_word((enum grammar_verb)v), ' '))
			add_first(out, shell, grammar_word((enum grammar_verb)v));
	buf_add(out, shell == COMPLETION_BASH ? "\t*) items=\"" : "\t*) items=(");
	add_verbs(out, shell, NULL);
	close_arm(out, shell);
	buf_add(out, parts[shell].tail);
}
