/* SPDX-License-Identifier: Apache-2.0 */
/* grammar: the command line. One table of verbs and one of options; parsing comes from them, and help.h and completion.h. */
#pragma once
#include "base/err.h"
#include "model/ids.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(ENUM, "name", "VALUE" or "", "help") */
#define GRAMMAR_OPTION_TABLE(X)                                                                              \
	X(ACCEPT_LOSS, "accept-loss", "", "go on although others lose what the key policy gives them")       \
	X(ACCOUNT, "account", "ACCOUNT", "TiDB Cloud's AWS account: 12 digits")                              \
	X(ACTION, "action", "ACTION", "what is asked for: kms:Decrypt")                                      \
	X(ADMIN, "admin", "ARN", "who keeps all rights to the key; may be given more than once")             \
	X(ADOPT, "adopt", "SID",                                                                             \
		"remove the Deny statement with this Sid, which others put into the key policy")             \
	X(ALL, "all", "", "every project, also those of which nothing is to be said")                        \
	X(ANY_REGION, "any-region", "", "for clusters in every region")                                      \
	X(BATCH, "batch", "", "read requests as JSON, one a line, from standard input")                      \
	X(CONFIG, "config", "DIR|FILE", "the configuration to replay with (default: the installed one)")     \
	X(CONTEXT, "context", "KEY=VALUE", "a condition key of the request; may be given more than once")    \
	X(DISABLE_KEY, "disable-key", "", "cut by disabling the key, for all who use it, not by its policy") \
	X(DRY_RUN, "dry-run", "", "show the plan, change nothing")                                           \
	X(FOR, "for", "SPAN", "how long: 30min, 2h, 1d; at most seven days")                                 \
	X(GOOD_PART, "good-part", "", "of a damaged ledger, the records before the damage")                  \
	X(HEADLINE, "headline", "WORD", "only projects with this headline: lost, dark, usable, ...")         \
	X(HEADS, "heads", "FILE",                                                                            \
		"compare with the heads in these lines of journalctl -o json; - is standard input")          \
	X(HELP, "help", "", "show this help")                                                                \
	X(HINTS, "hints", "", "whether the queues of hints can be read, and what came from them")            \
	X(HTML, "html", "FILE", "write a page of its own; - is standard output")                             \
	X(INCIDENT, "incident", "N", "which incident (default: the last)")                                   \
	X(INCLUDE, "include", "CLUSTER",                                                                     \
		"resume this one as well, though people acted on it; may be given more than once")           \
	X(JSON, "json", "", "one JSON document for scripts")                                                 \
	X(KEEP_GRANTS, "keep-grants", "", "leave TiDB Cloud's grants on the key")                            \
	X(KEY, "key", "ARN", "the KMS key's ARN: tells its account and region")                              \
	X(LANES, "lanes", "", "how much of each rate limit is used, and what waits")                         \
	X(LIST, "list", "", "print every record")                                                            \
	X(LIVE, "live", "CLUSTER", "pause this one and resume it, to prove that cmekd may")                  \
	X(NAME, "name", "PATTERN", "only projects with such a name: 'prod-*'")                               \
	X(NO_COLOR, "no-color", "", "no colour, even on a terminal")                                         \
	X(PART, "part", "", "a part of a ledger, as ledger export writes it")                                \
	X(PASSWORD_FILE, "password-file", "FILE", "holds the root password; only its owner may read it")     \
	X(PAUSE_FIRST, "pause-first", "",                                                                    \
		"pause the clusters, and change the key policy when they are paused")                        \
	X(PAUSE_ONLY, "pause-only", "", "pause the clusters, leave the key policy alone")                    \
	X(PERIOD, "period", "DAYS", "days from one rotation to the next: 90 to 2560")                        \
	X(PRINCIPAL, "principal", "ARN", "who asks: account, user, role or role session")                    \
	X(PROBLEMS, "problems", "", "only projects of which something is to be said")                        \
	X(REASON, "reason", "TEXT", "why; kept in the ledger")                                               \
	X(REGION, "region", "REGION", "of the clusters and the key")                                         \
	X(REMOVE_STATEMENTS, "remove-statements", "",                                                        \
		"take TiDB Cloud out of the key policy instead of adding a Deny statement")                  \
	X(RESOURCE, "resource", "ARN", "the key that is asked for")                                          \
	X(SHARED_KEY, "shared-key", "", "go on although other projects use the same key")                    \
	X(SINCE, "since", "TIME", "from this time on: 2026-11-24 or 2026-11-24T03:49:26Z")                   \
	X(SOCKET, "socket", "PATH", "where cmekd listens (also: CMEKD_SOCKET)")                              \
	X(SORT, "sort", "WORD", "by name, headline (the worst first) or look (the longest ago first)")       \
	X(SPEC, "spec", "FILE", "the cluster as JSON, in the shape of TiDB Cloud Dedicated API v1beta1")     \
	X(STATE_DIR, "state-dir", "DIR", "where the ledgers are")                                            \
	X(UNKNOWN, "unknown", "KEY",                                                                         \
		"a condition key that may be there or not; may be given more than once")                     \
	X(SHOW_VERSION, "version", "", "the same as cmekctl version")                                        \
	X(WAIT, "wait", "", "follow it to the end; Ctrl-C leaves without stopping it")                       \
	X(WATCH, "watch", "", "show it again whenever it changes, until Ctrl-C")                             \
	X(YES, "yes", "", "do not ask")

enum grammar_option {
#define X(e, name, value, help) GRAMMAR_OPTION_##e,
	GRAMMAR_OPTION_TABLE(X)
#undef X
		GRAMMAR_OPTION_COUNT
};
#define OPTION_BIT(e) (UINT64_C(1) << GRAMMAR_OPTION_##e)

/* Understood with every verb. */
#define GRAMMAR_OPTIONS_ALWAYS                                                                               \
	(OPTION_BIT(HELP) | OPTION_BIT(JSON) | OPTION_BIT(NO_COLOR) | OPTION_BIT(SOCKET) |                   \
		OPTION_BIT(SHOW_VERSION))
#define GRAMMAR_OPTIONS_CHANGE (OPTION_BIT(DRY_RUN) | OPTION_BIT(REASON) | OPTION_BIT(WAIT) | OPTION_BIT(YES))

enum grammar_arguments {
	GRAMMAR_NOTHING,
	GRAMMAR_PROJECT_MAYBE, /* [PROJECT] */
	GRAMMAR_PROJECT,       /* PROJECT */
	GRAMMAR_TARGET,        /* PROJECT[/REGION] */
	GRAMMAR_INCIDENT,      /* PROJECT#N */
	GRAMMAR_LEDGERS,       /* FILE|PROJECT... */
	GRAMMAR_LEDGER,        /* FILE|PROJECT */
	GRAMMAR_STORY,         /* PROJECT#N|PROJECT|FILE */
	GRAMMAR_POLICY_WORDS,  /* render, check FILE, ... */
	GRAMMAR_FILE,          /* FILE */
	GRAMMAR_NAME,          /* NAME, of something that is to be made */
	GRAMMAR_VERB_MAYBE,    /* [VERB]|completion [SHELL] */
};

/* X(ENUM, "word", ARGUMENTS, "synopsis", OPTIONS, "help", "more help, shown by VERB --help"). A word may be two: "key list". */
#define GRAMMAR_TABLE(X)                                                                                     \
	X(STATUS, "status", PROJECT_MAYBE, "[PROJECT]",                                                      \
		OPTION_BIT(ALL) | OPTION_BIT(HEADLINE) | OPTION_BIT(HINTS) | OPTION_BIT(LANES) |             \
			OPTION_BIT(NAME) | OPTION_BIT(PROBLEMS) | OPTION_BIT(SORT) | OPTION_BIT(WATCH),      \
		"show keys, incidents and clusters",                                                         \
		"Exits 0 if all is well, 3 if an access problem or an incident is open; with --problems, "   \
		"--headline, --name or --sort: among the projects shown.")                                   \
	X(MONITOR, "monitor", PROJECT_MAYBE, "[PROJECT]", 0, "show what is recorded and told, as it comes",  \
		"Verdicts, incidents, acts and what people do, as they stand in the ledgers, and the "       \
		"notices of the "                                                                            \
		"journal, until Ctrl-C; with --json a document a line, a record with the line of its "       \
		"ledger. Who reads "                                                                         \
		"too slowly is told how many are missing.")                                                  \
	X(PROJECTS, "projects", NOTHING, "", 0, "list the names of all projects",                            \
		"One a line, in order, and nothing else: for scripts and for completion.")                   \
	X(EXPLAIN, "explain", TARGET, "PROJECT[/REGION]", 0, "say why cmekd believes what it believes", "")  \
	X(CHECK, "check", PROJECT_MAYBE, "[PROJECT]", 0, "check each documented limit and requirement",      \
		"Of CMEK, the key and its policy, cmekd's own rights, the API's limits and each cluster: "   \
		"ok, problem, or ? for what cannot be known, with what to do next. Imports, backups and "    \
		"changefeeds, which block a pause, are read of a project that is named; of all projects "    \
		"it shows what is known already, with its age. Exits 0 if there is no problem, else 3.")     \
	X(DRILL, "drill", TARGET, "PROJECT[/REGION]",                                                        \
		OPTION_BIT(LIVE) | OPTION_BIT(REASON) | OPTION_BIT(YES),                                     \
		"rehearse a revoke, and change nothing",                                                     \
		"Looks at the key, lists the clusters and reads each by its id, lists the vendor's grants, " \
		"reads what blocks a pause, and says whether a revoke would get dark and what is in its "    \
		"way. All of it now, from both clouds; nothing is changed, and the ledger keeps that it "    \
		"was done and what came of it. Exits 0 if no problem was found, else 3. With --live "        \
		"CLUSTER, by name or id, that one is paused and resumed before, for which it asks: no "      \
		"other way tells whether the API key may. It takes minutes, and Ctrl-C stops nothing: what " \
		"was paused is resumed all the same.")                                                       \
	X(CREDENTIALS, "credentials", PROJECT, "PROJECT", 0, "show as whom cmekd asks both clouds",          \
		"Where the AWS credentials and the TiDB Cloud API key come from, whose they are, how long "  \
		"they last, and whether a change is seen at a reload, a restart or by itself. Never a "      \
		"secret. Exits 3 if there are none, or if they could not be fetched anew.")                  \
	X(REVOKE, "revoke", TARGET, "PROJECT[/REGION]",                                                      \
		GRAMMAR_OPTIONS_CHANGE | OPTION_BIT(ACCEPT_LOSS) | OPTION_BIT(DISABLE_KEY) |                 \
			OPTION_BIT(KEEP_GRANTS) | OPTION_BIT(PAUSE_FIRST) | OPTION_BIT(PAUSE_ONLY) |         \
			OPTION_BIT(REMOVE_STATEMENTS) | OPTION_BIT(SHARED_KEY),                              \
		"cut the key, pause the clusters: data goes dark",                                           \
		"Shows the plan and asks before anything is changed. Held until cmekctl restore. With "      \
		"--wait, exits 0 only when the data is dark. With --pause-first the key is cut when every "  \
		"cluster is read as PAUSED; asked again without it, the key is cut at once. --disable-key "  \
		"disables the key instead of changing its policy, or besides, if it is asked for again: "    \
		"whoever else uses it loses it too, and --accept-loss says that this is meant. The restore " \
		"enables what the revoke disabled, and nothing that others did. --remove-statements takes "  \
		"TiDB Cloud out of the key policy, as it documents it, and the restore puts back just "      \
		"that; "                                                                                     \
		"a Deny statement, the default, is undone more surely and beats grants.")                    \
	X(RESTORE, "restore", TARGET, "PROJECT[/REGION]",                                                    \
		GRAMMAR_OPTIONS_CHANGE | OPTION_BIT(ADOPT) | OPTION_BIT(INCLUDE),                            \
		"give access back, resume the clusters",                                                     \
		"Shows the plan and asks before anything is changed. With --wait, exits 0 when the "         \
		"incident is "                                                                               \
		"closed. What the incident paused and people acted on since is left alone: --include "       \
		"CLUSTER, by name or id, resumes it with the rest, also in an incident that nobody "         \
		"ordered. --adopt SID is for a Deny statement that cmekd does not know as its own, put "     \
		"there by people, by another cmekd or by one whose ledger is lost: it is shown, and "        \
		"removed; the incident then ends as after any loss. No operator's revoke may be in force.")  \
	X(APPROVE, "approve", INCIDENT, "PROJECT#N", OPTION_BIT(REASON) | OPTION_BIT(YES),                   \
		"let a waiting incident pause its clusters",                                                 \
		"Shows the plan, asks, and sends the digest of the plan that was shown: refused if it has "  \
		"changed since.")                                                                            \
	X(DECLINE, "decline", INCIDENT, "PROJECT#N", OPTION_BIT(REASON),                                     \
		"keep the clusters running all the same",                                                    \
		"Does not ask: it must be quick in the grace period.")                                       \
	X(SUSPEND, "suspend", PROJECT, "PROJECT --for SPAN", OPTION_BIT(FOR) | OPTION_BIT(REASON),           \
		"switch automatic acts off for a while",                                                     \
		"For maintenance: a key that is lost then waits for approval, and nothing is resumed by "    \
		"itself. What an operator revokes, restores or approves goes on. When the time is over, "    \
		"losses are confirmed and grace runs anew.")                                                 \
	X(UNSUSPEND, "unsuspend", PROJECT, "PROJECT", OPTION_BIT(REASON), "switch automatic acts on again",  \
		"")                                                                                          \
	X(ROTATION, "rotation", PROJECT_MAYBE, "[PROJECT]", 0, "show how keys rotate",                       \
		"On or off, the period, the last rotation and the next, and how many of the 25 on demand "   \
		"are used, as cmekd read it last: each hour, and when the key material changes. Exits 3 if " \
		"rotation is off or overdue.")                                                               \
	X(ROTATION_NOW, "rotation now", TARGET, "PROJECT[/REGION]", OPTION_BIT(REASON) | OPTION_BIT(YES),    \
		"rotate the key material now",                                                               \
		"Asks first: a key can be rotated on demand 25 times in its life. Not sent while one is in " \
		"progress; one whose answer was lost is looked for before another is sent.")                 \
	X(ROTATION_ENABLE, "rotation enable", TARGET, "PROJECT[/REGION]",                                    \
		OPTION_BIT(PERIOD) | OPTION_BIT(REASON), "switch on automatic rotation of the key",          \
		"Every 365 days, or as --period says; given again, it changes the period. Nothing must be "  \
		"changed in TiDB Cloud: the key's ARN stays, and rotation takes access from nobody.")        \
	X(KEY_CANCEL_DELETION, "key cancel-deletion", TARGET, "PROJECT[/REGION]",                            \
		OPTION_BIT(REASON) | OPTION_BIT(YES), "cancel the deletion of the key, and enable it",       \
		"AWS KMS leaves a key Disabled when its deletion is cancelled, so cmekd enables it then, "   \
		"unless an operator's revoke is in force. An incident ends when access is proven again.")    \
	X(POLICY, "policy", POLICY_WORDS, "render|check|explain|diff|simulate [FILE]...",                    \
		OPTION_BIT(ACCOUNT) | OPTION_BIT(ACTION) | OPTION_BIT(ADMIN) | OPTION_BIT(ANY_REGION) |      \
			OPTION_BIT(BATCH) | OPTION_BIT(CONTEXT) | OPTION_BIT(KEY) | OPTION_BIT(PRINCIPAL) |  \
			OPTION_BIT(REGION) | OPTION_BIT(RESOURCE) | OPTION_BIT(UNKNOWN),                     \
		"write, check and compare key policies, of files or of projects",                            \
		"render --account A --region R (or --any-region) [--admin ARN]... writes the documented "    \
		"policy. check FILE --account A --region R says whether a policy gives TiDB Cloud what it "  \
		"needs (exits 3 if not), explain FILE also why. "                                            \
		"diff FILE FILE compares what two mean (exits 1 if not the same). FILE may be -, standard "  \
		"input; for a PROJECT[/REGION] in its place cmekd is asked. simulate FILE --action A "       \
		"--principal ARN [--resource ARN] [--context KEY=VALUE]... [--unknown KEY]... answers any "  \
		"request; simulate --batch many.")                                                           \
	X(POLICY_APPLY, "policy apply", TARGET, "PROJECT[/REGION]",                                          \
		OPTION_BIT(ACCEPT_LOSS) | OPTION_BIT(DRY_RUN) | OPTION_BIT(KEY) | OPTION_BIT(REASON) |       \
			OPTION_BIT(YES),                                                                     \
		"let TiDB Cloud in by the key policy",                                                       \
		"Merges the documented statements into the key's present policy: all else stays. Shows the " \
		"difference, asks, changes it and reads it back. --key ARN names a key that TiDB Cloud was " \
		"not told of yet: the policy has to be right before. Refused while an incident is open in "  \
		"the region, and, without --accept-loss, if anybody else would lose something.")             \
	X(PROJECT_CREATE, "project create", NAME, "NAME", OPTION_BIT(REASON) | OPTION_BIT(YES),              \
		"create a project with CMEK in TiDB Cloud",                                                  \
		"With the daemon's own API key, whose role must be Organization Owner. Refused if there is " \
		"a project of this name, so it may be asked for again. Shows the lines of the project's "    \
		"file; writes no configuration.")                                                            \
	X(CMEK_CONFIGURE, "cmek configure", PROJECT, "PROJECT --key ARN",                                    \
		OPTION_BIT(DRY_RUN) | OPTION_BIT(KEY) | OPTION_BIT(REASON) | OPTION_BIT(YES),                \
		"configure a key in TiDB Cloud, for good",                                                   \
		"For the clusters of the key's region. A configured key cannot be changed, so it is looked " \
		"at first: it must be there, enabled, symmetric, made by AWS KMS, and its policy must let "  \
		"TiDB Cloud in. Refused for a region that has a key; asked for a second region.")            \
	X(CLUSTER_CREATE, "cluster create", PROJECT, "PROJECT --spec FILE",                                  \
		OPTION_BIT(PASSWORD_FILE) | OPTION_BIT(REASON) | OPTION_BIT(SPEC) | OPTION_BIT(YES),         \
		"create a cluster in a region that has a key",                                               \
		"FILE is JSON in the shape of TiDB Cloud Dedicated API v1beta1. What a project with CMEK "   \
		"does not permit is refused before anything is sent. The root password comes from "          \
		"--password-file, or is asked for on a terminal; never from the command line. Refused if "   \
		"there is a cluster of this name.")                                                          \
	X(SETUP, "setup", PROJECT_MAYBE, "[PROJECT]", OPTION_BIT(KEY) | OPTION_BIT(REASON),                  \
		"show how far a project is set up, and go on",                                               \
		"Step by step: done, or what is missing, with its command. On a terminal it goes on with "   \
		"what cmekd can do, asking before each change; it can be left at any time and taken up "     \
		"again. Exits 0 if all is done, else 3.")                                                    \
	X(VENDOR, "vendor", FILE, "FILE", OPTION_BIT(KEY),                                                   \
		"tell TiDB Cloud's AWS account from its console's file",                                     \
		"FILE is the ROLE-TRUST-POLICY.JSON of the console (Encryption Access > Create Encryption "  \
		"Key), or "                                                                                  \
		"-, standard input. Prints the line to write into the project's file. Refused if the file "  \
		"lets in no "                                                                                \
		"account or more than one; with --key, the key's own account is never taken. Asks no "       \
		"daemon.")                                                                                   \
	X(VERIFY, "verify", LEDGERS, "FILE|PROJECT...",                                                      \
		OPTION_BIT(HEADS) | OPTION_BIT(LIST) | OPTION_BIT(PART) | OPTION_BIT(STATE_DIR),             \
		"check ledgers, without the daemon",                                                         \
		"An argument with a / or ending in .ledger is a file. Exits 1 if a ledger is damaged. An "   \
		"unfinished last line is no damage: it is told, and exits 0. With --part, records may be "   \
		"missing behind the first, as ledger export leaves them out of a part: what "                \
		"such a part cannot show is said. --heads compares the ledger with the heads that journal "  \
		"lines carry, best those kept on another machine: a ledger that was rewritten as a whole, "  \
		"or cut at its end, does not fit them (exits 1).")                                           \
	X(INCIDENTS, "incidents", LEDGER, "FILE|PROJECT", OPTION_BIT(STATE_DIR),                             \
		"list the incidents of a ledger, without the daemon",                                        \
		"Newest first: when each was opened and by whom or what, how many clusters it paused, how "  \
		"long until it was dark, and for how long. Exits 3 if one is open where the ledger ends, 1 " \
		"if the ledger is damaged.")                                                                 \
	X(SHOW, "show", STORY, "PROJECT#N|FILE", OPTION_BIT(INCIDENT) | OPTION_BIT(STATE_DIR),               \
		"tell an incident, record by record",                                                        \
		"From its ledger, without the daemon: what happened, when, who asked, request ids; the "     \
		"clusters, the times between the verdict, the first pause, dark and restored, and what is "  \
		"still open. Exits 3 if the incident is open where the ledger ends, 1 if the ledger is "     \
		"damaged.")                                                                                  \
	X(REPORT, "report", STORY, "PROJECT#N|FILE",                                                         \
		OPTION_BIT(HTML) | OPTION_BIT(INCIDENT) | OPTION_BIT(STATE_DIR),                             \
		"show with the evidence that an auditor asks for",                                           \
		"Adds ids, sequence numbers, hashes and all request ids, and how to check them. --html "     \
		"writes one page, with a timeline, that needs no network and holds no script; a FILE that "  \
		"exists is left alone. Exits as show does.")                                                 \
	X(LEDGER_ADOPT, "ledger adopt", PROJECT, "PROJECT", OPTION_BIT(REASON) | OPTION_BIT(YES),            \
		"say that a ledger from elsewhere belongs to this machine",                                  \
		"A ledger that was begun on another machine, or whose last record is old while an incident " \
		"is open, is held: nothing is paused or resumed by itself. Asks first: a second cmekd that " \
		"still runs for the project would act as well.")                                             \
	X(LEDGER_EXPORT, "ledger export", LEDGER, "FILE|PROJECT",                                            \
		OPTION_BIT(GOOD_PART) | OPTION_BIT(INCIDENT) | OPTION_BIT(SINCE) | OPTION_BIT(STATE_DIR),    \
		"write the records of a ledger as they are hashed",                                          \
		"One a line, to standard output, after the whole ledger was checked; a damaged one is "      \
		"refused without --good-part. --since and --incident write a part: the first record, which " \
		"tells whose ledger it is, and then all records of the part, so that their chain holds. "    \
		"What is needed to check it is told beside it. Without the daemon.")                         \
	X(TIMES, "times", LEDGERS, "FILE|PROJECT...", OPTION_BIT(STATE_DIR),                                 \
		"tell how long things took, over all incidents of ledgers",                                  \
		"From the last usable look to the verdict, from the verdict to the first pause, from the "   \
		"verdict or a revoke to dark, from a restore to restored: how many, percentiles and the "    \
		"longest. Without the daemon. Exits 1 if a ledger is damaged.")                              \
	X(REPLAY, "replay", LEDGER, "FILE|PROJECT",                                                          \
		OPTION_BIT(CONFIG) | OPTION_BIT(INCIDENT) | OPTION_BIT(STATE_DIR),                           \
		"show what another configuration would have done",                                           \
		"Plays a recorded incident to cmekd's own core in virtual time, under the configuration of " \
		"--config, and shows what was recorded beside what would have happened. Offline: nothing "   \
		"is sent, written or asked of the daemon. What a ledger cannot tell is said below the "      \
		"answer.")                                                                                   \
	X(PING, "ping", NOTHING, "", 0, "ask whether cmekd answers, and how fast", "")                       \
	X(VERSION, "version", NOTHING, "", 0, "show the versions of cmekctl and of cmekd", "")               \
	X(HELP, "help", VERB_MAYBE, "[VERB]|completion [bash|zsh]", 0, "show help, or a completion script",  \
		"completion prints a script for bash (the default) or zsh; make install puts both where "    \
		"they "                                                                                      \
		"are found.")

enum grammar_verb {
#define X(e, word, arguments, synopsis, options, help, more) GRAMMAR_##e,
	GRAMMAR_TABLE(X)
#undef X
		GRAMMAR_COUNT
};
const char *grammar_word(enum grammar_verb v);

/* The rows themselves. */
struct grammar_verb_row {
	const char *word, *synopsis, *help, *more;
	enum grammar_arguments arguments;
	uint64_t options; /* with GRAMMAR_OPTIONS_ALWAYS */
};
struct grammar_option_row {
	const char *name, *value, *help; /* value: "" if it takes none */
};
const struct grammar_verb_row *grammar_verb_row(enum grammar_verb v);
const struct grammar_option_row *grammar_option_row(enum grammar_option o);

/* How many of the words name the verb, the most that do: "policy apply" before "policy". 0: none. */
size_t grammar_find(const char *const *words, size_t count, enum grammar_verb *ret_verb);

enum grammar_refusal { GRAMMAR_E_USAGE = 1 };

#define GRAMMAR_LIST_MAX 64 /* values of an option that may be given more than once */
struct grammar_list {
	const char *items[GRAMMAR_LIST_MAX]; /* borrowed from argv */
	size_t count;
};

struct request {
	enum grammar_verb verb;
	uint64_t options;                         /* OPTION_BIT(e) */
	const char *values[GRAMMAR_OPTION_COUNT]; /* as typed, borrowed; NULL if not given */
	struct grammar_list admins, context, include, unknown;
	struct project_name project; /* "" if not given */
	struct region region;        /* "" if not given: all */
	struct incident_id incident;
	const char *const *arguments; /* as typed, without options; borrowed from argv, which is reordered */
	size_t argument_count;
};
#define REQUEST_HAS(request, e)   (((request)->options & OPTION_BIT(e)) != 0)
#define REQUEST_VALUE(request, e) ((request)->values[GRAMMAR_OPTION_##e])

/* Understands argv (argv[0] is the program); options and words may come in any order. `argv` is reordered.
 * `ret_request->options` is written in every case: the caller has to know whether JSON was asked for.
 * Refuses: GRAMMAR_E_USAGE, with what was expected and the nearest known word in `reterr_why`. */
int grammar_parse(int argc, char **argv, struct request *ret_request, struct why *reterr_why);

/* PROJECT[/REGION] into the request. Refuses: GRAMMAR_E_USAGE. */
int grammar_parse_target(struct request *r, const char *text, struct why *reterr_why);
