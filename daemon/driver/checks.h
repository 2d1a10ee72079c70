/* SPDX-License-Identifier: Apache-2.0 */
/* checks: each documented limit and requirement of a project as one finding, from what is known already: running this asks
 * nothing of a cloud (driver/jobs reads what only checks need). What cannot be known is never called ok. Sources of the limits: the documentation of TiDB Cloud ("Encryption at Rest
 * Using Customer-Managed Encryption Keys on AWS", "Pause or Resume a TiDB Cloud Dedicated Cluster", API reference, "Rate
 * Limiting") and of AWS KMS (key states, key policies, quotas). */
#pragma once
#include "core/core.h"
#include "model/moment.h"

struct project;

/* Of a multi-Region key, also in the plan of a revoke ("Multi-Region keys in AWS KMS", AWS KMS Developer Guide). */
#define CHECKS_REPLICAS_TEXT                                                                                 \
	"the key is multi-Region: its replicas in other regions decrypt the same data, under policies of "   \
	"their own, which cmekd neither watches nor changes"
#define CHECKS_FOUND_BYTES  1024
#define CHECKS_REMEDY_BYTES 512
#define CHECKS_SLOW_MS                                                                                       \
	(10 * 60 * (int64_t)1000) /* the rate limit should let the acts of a project through sooner */

/* In the order in which they are told. X(ENUM, "name", OF, "for people", "what to do about a problem", "what to do if it cannot be
 * known"): OF is what it is about. Names stand in the interface: never rename one. */
#define CHECK_TABLE(X)                                                                                       \
	X(CONFIGURATION, "configuration", PROJECT, "configuration",                                          \
		"cmekd --check-config names the mistake; correct it, then systemctl reload cmekd",           \
		"systemctl status cmekd")                                                                    \
	X(LEDGER, "ledger", PROJECT, "ledger",                                                               \
		"cmekctl verify PROJECT; see free space and rights of StateDirectory=",                      \
		"systemctl status cmekd")                                                                    \
	X(REACTION, "reaction", PROJECT, "automatic acts", "cmekctl unsuspend PROJECT ends it before that",  \
		"cmekctl status PROJECT")                                                                    \
	X(CMEK, "cmek", PROJECT, "CMEK",                                                                     \
		"CMEK is chosen when a project is created: create one with it, and configure its key "       \
		"before there is a cluster",                                                                 \
		"see Id=, the API key and the network; it is read again by itself")                          \
	X(AWS_CREDENTIALS, "aws_credentials", PROJECT, "AWS credentials",                                    \
		"renew them where they come from: cmekctl credentials PROJECT",                              \
		"wait for the first look; cmekctl credentials PROJECT")                                      \
	X(API_KEY, "api_key", PROJECT, "TiDB Cloud key",                                                     \
		"see ApiKeyFile= and the key's role in TiDB Cloud: cmekctl credentials PROJECT",             \
		"wait for the first reading; cmekctl credentials PROJECT")                                   \
	X(CLUSTER_LIST, "cluster_list", PROJECT, "cluster list",                                             \
		"see Id=, the API key's role (Project Owner, or for watching Project Viewer) and the "       \
		"network",                                                                                   \
		"it is read again by itself")                                                                \
	X(CLUSTER_REGIONS, "cluster_regions", PROJECT, "cluster regions",                                    \
		"configure a key for that region in TiDB Cloud (Encryption Access), or move the "            \
		"cluster; cmekd never pauses it",                                                            \
		"wait until the clusters and the CMEK settings are read")                                    \
	X(CLUSTER_SECTIONS, "cluster_sections", PROJECT, "[Cluster] sections",                               \
		"correct the name in the project's file, or take the section out, then systemctl reload "    \
		"cmekd; an id holds even when the cluster is renamed",                                       \
		"wait until the clusters are read")                                                          \
	X(PROVIDERS, "providers", PROJECT, "other providers", "",                                            \
		"look at the project's list of clusters in the console of TiDB Cloud: all have to be "       \
		"on AWS")                                                                                    \
	X(HEADROOM, "api_headroom", PROJECT, "API headroom",                                                 \
		"cmekctl status --lanes; see who else uses the API key, or give the project one of its "     \
		"own (ApiKeyFile=)",                                                                         \
		"cmekctl status --lanes")                                                                    \
	X(BUDGET, "budget", PROJECT, "pause budget",                                                         \
		"raise MaxPauses= and reload, or be ready to approve: cmekctl approve PROJECT#N",            \
		"wait until the clusters are read")                                                          \
	X(HINTS, "hints", PROJECT, "hints", "cmekctl status --hints; until then polling finds a loss later", \
		"cmekctl status --hints")                                                                    \
	X(BACKUP_SETTINGS, "backup_settings", PROJECT, "backup settings", "",                                \
		"look at Backup Setting of each cluster in the console: switch point-in-time restore "       \
		"off, for a cluster that has it cannot be paused; dual-region backup does not go with "      \
		"CMEK")                                                                                      \
	X(MIGRATION, "migration", PROJECT, "migration jobs", "",                                             \
		"look at Data Migration of each cluster in the console: a pause is refused while a job "     \
		"runs")                                                                                      \
	X(PAUSE_RIGHT, "pause_right", PROJECT, "right to pause", "",                                         \
		"look at the API key's role in the console: pausing takes Project Owner or "                 \
		"Organization Owner")                                                                        \
	X(OTHER_POLICIES, "other_policies", PROJECT, "other policies", "",                                   \
		"ask who manages the AWS organisation for policies (SCP, RCP) that concern the key")         \
	X(SETTING, "setting", REGION, "CMEK setting",                                                        \
		"find out who changed it; if the new key is right, pin it with Key= and reload",             \
		"it is read again by itself; cmekctl status PROJECT")                                        \
	X(PIN, "pin", REGION, "pinned key",                                                                  \
		"correct Key= in the project's file, then systemctl reload cmekd", "cmekctl status PROJECT") \
	X(KEY_REGION, "key_region", REGION, "key's region",                                                  \
		"a region's clusters need a key of that region: correct the setting with TiDB Cloud's "      \
		"support",                                                                                   \
		"cmekctl status PROJECT")                                                                    \
	X(KEY_KIND, "key_kind", REGION, "key kind",                                                          \
		"only a symmetric key for encryption will do; a configured key cannot be exchanged by "      \
		"API: ask TiDB Cloud's support",                                                             \
		"wait for a look that is answered; cmekctl explain PROJECT")                                 \
	X(KEY_ORIGIN, "key_origin", REGION, "key origin",                                                    \
		"TiDB Cloud supports only keys whose material AWS KMS made; ask its support",                \
		"wait for a look that is answered; cmekctl explain PROJECT")                                 \
	X(REPLICAS, "replicas", REGION, "replicas", "",                                                      \
		"aws kms describe-key --key-id KEY names them: see that their policies let in nobody "       \
		"whom the revoke is to shut out")                                                            \
	X(KEY_STATE, "key_state", REGION, "key state", "enable the key in AWS KMS",                          \
		"cmekctl explain PROJECT says why it is not known")                                          \
	X(ROTATION, "rotation", REGION, "rotation", "cmekctl rotation enable PROJECT",                       \
		"give cmekd's role kms:GetKeyRotationStatus; it is asked every RotationInterval=")           \
	X(SIGHT, "sight", REGION, "looks", "cmekctl explain PROJECT says what is in the way",                \
		"wait for more looks; cmekctl explain PROJECT")                                              \
	X(ARMED, "armed", REGION, "armed",                                                                   \
		"cmekd has to see the key usable once; until then a loss waits for cmekctl approve",         \
		"wait for the first looks")                                                                  \
	X(INCIDENT, "incident", REGION, "incident", "cmekctl status PROJECT says what happens next", "")     \
	X(GRANTS, "grants", REGION, "vendor's grants",                                                       \
		"cmekctl revoke PROJECT adds a Deny statement, which stops them too",                        \
		"aws kms list-grants --key-id KEY shows them")                                               \
	X(POLICY_EBS, "policy_ebs", REGION, "policy for ebs", "cmekctl explain PROJECT names the statement", \
		"cmekctl explain PROJECT says why it is not known")                                          \
	X(POLICY_S3, "policy_s3", REGION, "policy for s3", "cmekctl explain PROJECT names the statement",    \
		"cmekctl explain PROJECT says why it is not known")                                          \
	X(OWN_READ, "own_read", REGION, "own right to read",                                                 \
		"give cmekd's role kms:DescribeKey, kms:GetKeyPolicy and kms:GetKeyRotationStatus on "       \
		"the key",                                                                                   \
		"cmekctl explain PROJECT; SECURITY.md lists what cmekd needs")                               \
	X(OWN_CHANGE, "own_change", REGION, "own right to act",                                              \
		"give cmekd's role kms:PutKeyPolicy and kms:ListGrants on the key",                          \
		"aws iam simulate-principal-policy with cmekd's role tells what IAM says; the first "        \
		"revoke proves it")                                                                          \
	X(REVOKE, "revoke", REGION, "revoke",                                                                \
		"correct the key policy first; cmekctl revoke PROJECT --dry-run shows the change",           \
		"wait until the key policy and cmekd's own identity are read")                               \
	X(PUT_BACK, "put_back", REGION, "putting back",                                                      \
		"correct the key policy now: once it is changed, this text cannot be put back",              \
		"wait until the key policy and cmekd's own identity are read; cmekctl explain PROJECT")      \
	X(PAUSE, "pause", CLUSTER, "pause now",                                                              \
		"wait until the cluster is ACTIVE; in an incident cmekd does so too, and goes on trying",    \
		"wait until the cluster is read; cmekctl status PROJECT")                                    \
	X(JOBS, "jobs", CLUSTER, "running jobs",                                                             \
		"wait for an import or a backup to end, or cancel it; delete each changefeed, for a paused " \
		"one blocks too",                                                                            \
		"cmekctl check PROJECT reads them; or look at Import, Backup and Changefeed of the "         \
		"cluster in the console of TiDB Cloud")

enum check {
#define X(e, name, of, about, problem, unknown) CHECK_##e,
	CHECK_TABLE(X)
#undef X
		CHECK_COUNT
};

enum check_of { CHECK_OF_PROJECT, CHECK_OF_REGION, CHECK_OF_CLUSTER };
enum finding { FINDING_OK, FINDING_PROBLEM, FINDING_UNKNOWN };

/* Static texts of a row. */
const char *check_name(enum check c);
const char *check_about(enum check c);
enum check_of check_of(enum check c);
const char *check_of_name(enum check_of of); /* "project", "region", "cluster" */
const char *finding_name(enum finding f);    /* "ok", "problem", "unknown" */

struct checks_line {
	enum check check;
	enum finding finding;
	uint32_t binding;    /* of the region, or the cluster's; CORE_NO_INDEX: of the project */
	const char *subject; /* name of the project, region or cluster */
	const char *found;   /* one sentence, with the numbers that it rests on */
	const char *remedy;  /* what to do next; "" if it is ok */
};

/* A command in a remedy is to be typed as it stands: each `word` of it becomes `name`, as far as there is room. */
void checks_fill_in(char text[CHECKS_REMEDY_BYTES], const char *word, const char *name);

/* Each finding, in order of the table, region by region, cluster by cluster; texts are good during the call. A project whose
 * configuration cannot be read has one alone: the rest is not known. */
typedef void checks_each_fn(const struct checks_line *line, void *arg);
void checks_run(struct project *p, struct moment now, checks_each_fn *each, void *arg);
