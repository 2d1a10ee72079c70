/* SPDX-License-Identifier: Apache-2.0 */
/* settings_table: every setting, one row. Parser, defaults, bounds, --check-config and cmekd.conf(5) come
 * from it.
 *
 * X(SECTION, "Key", PLACE, KIND, target, "default", min, max, "unit", "help")
 *
 * SECTION: DAEMON, TIDB, AWS and NETWORK are members of struct daemon_settings, PROJECT of struct
 * project_settings, CLUSTER, of which there may be several, [Cluster NAME], of struct cluster_settings.
 *
 * PLACE: MAIN is cmekd.conf only; FILE a project's file only; BOTH either, in cmekd.conf as the default of all
 * projects.
 *
 * KIND: how the value is read, a row of SETTING_KIND_TABLE.
 *
 * default: parsed like a value; NULL: there is no value unless one is given.
 *
 * min, max: of the value itself (SPAN: milliseconds); 0, 0 where that means nothing.
 */
#pragma once
#include "model/settings.h"
#include <stddef.h>

#define SETTING_SECTION_TABLE(X)                                                                             \
	X(DAEMON, "Daemon")                                                                                  \
	X(TIDB, "TiDBCloud")                                                                                 \
	X(AWS, "AWS")                                                                                        \
	X(NETWORK, "Network")                                                                                \
	X(PROJECT, "Project")                                                                                \
	X(CLUSTER, "Cluster")

/* X(KIND, "what is expected") */
#define SETTING_KIND_TABLE(X)                                                                                \
	X(PATH, "an absolute path")                                                                          \
	X(SOCKET, "an absolute path of at most 107 bytes")                                                   \
	X(SECRET_FILE, "an absolute path, or the name of a systemd credential")                              \
	X(PROFILE, "a profile's name: letters, digits and . _ - @ + / : only")                               \
	X(GROUP, "the name or number of a group, or nothing")                                                \
	X(URL, "https://HOST[:PORT][/PATH]")                                                                 \
	X(NUMBER, "a whole number")                                                                          \
	X(SPAN, "a time span such as 30s, 5min or 1h 30min")                                                 \
	X(BOOL, "yes or no")                                                                                 \
	X(REACTION, "pause, approve or observe")                                                             \
	X(CLUSTER_API, "dedicated or v1beta")                                                                \
	X(PROJECT_ID, "the project's number in TiDB Cloud")                                                  \
	X(ACCOUNT, "an AWS account id of 12 digits")                                                         \
	X(KEY, "a KMS key ARN, arn:aws:kms:REGION:ACCOUNT:key/ID")                                           \
	X(QUEUE, "the ARN of an SQS queue, arn:aws:sqs:REGION:ACCOUNT:NAME")                                 \
	X(CONTEXT, "CONDITION-KEY=VALUE, such as aws:PrincipalOrgID=o-a1b2c3d4e5")

#define SETTING_MS_MIN  10
#define SETTING_HOUR_MS (60 * 60 * 1000LL)
#define SETTING_DAY_MS  (24 * SETTING_HOUR_MS)

#define SETTING_TABLE(X)                                                                                     \
	X(DAEMON, "StateDirectory", MAIN, PATH, state_dir, CMEKD_LOCALSTATEDIR "/lib/cmekd", 0, 0, "path",   \
		"Where the ledgers are kept, one file a project below ledger/.")                             \
	X(DAEMON, "Socket", MAIN, SOCKET, socket_path, CMEKD_RUNSTATEDIR "/cmekd/io.cmekd", 0, 0, "path",    \
		"The Varlink socket that cmekctl talks to.")                                                 \
	X(DAEMON, "ReadGroup", MAIN, GROUP, read_group, "", 0, 0, "group",                                   \
		"Members may read status. Empty: only root and the OperateGroup.")                           \
	X(DAEMON, "OperateGroup", MAIN, GROUP, operate_group, "", 0, 0, "group",                             \
		"Members may revoke, restore, approve, decline, suspend and unsuspend. Empty: only root.")   \
	X(DAEMON, "MaxPauses", MAIN, NUMBER, max_pauses, "20", 0, 100000, "pauses an hour",                  \
		"Budget of first pauses by automatic causes, over all projects. A plan that does not fit "   \
		"waits whole, until there is room or a person approves. 0: always wait for a person.")       \
	X(DAEMON, "CheckInterval", MAIN, SPAN, check_ms, "1d", 0, 30 * SETTING_DAY_MS, "time span",          \
		"How often each project is checked by itself, as cmekctl check does, and told if something " \
		"has become a problem. 0: never.")                                                           \
	X(TIDB, "Endpoint", MAIN, URL, v1beta_url, "https://api.tidbcloud.com", 0, 0, "URL",                 \
		"TiDB Cloud API v1beta (projects and CMEK settings), without /api/v1beta.")                  \
	X(TIDB, "DedicatedEndpoint", MAIN, URL, dedicated_url, "https://dedicated.tidbapi.com", 0, 0, "URL", \
		"TiDB Cloud Dedicated API v1beta1 (clusters), without /v1beta1.")                            \
	X(TIDB, "ClusterApi", MAIN, CLUSTER_API, cluster_api, "dedicated", 0, 0, "word",                     \
		"The API that lists, reads, pauses and resumes clusters: dedicated or v1beta. Reads fall "   \
		"back to the other one; a pause or a resume only if this one surely lacks the endpoint. "    \
		"v1beta does not tell when TiDB Cloud resumes a paused cluster by itself.")                  \
	X(TIDB, "ApiKeyFile", MAIN, SECRET_FILE, api_key_file, "tidbcloud-api-key", 0, 0, "path",            \
		"File with the API key as PUBLIC:PRIVATE. A name without a slash is a systemd credential.")  \
	X(TIDB, "RequestsPerMinute", MAIN, NUMBER, requests_per_minute, "100", 1, 1000, "requests a minute", \
		"Rate limit of the API key. TiDB Cloud gives 100; state less if others use the key too.")    \
	X(AWS, "EndpointURL", MAIN, URL, aws_url, "", 0, 0, "URL",                                           \
		"Answers for AWS KMS, STS and SQS of every region. Empty: what AWS_ENDPOINT_URL_KMS, "       \
		"AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL of the environment "         \
		"name, else the regional endpoints of AWS.")                                                 \
	X(AWS, "CredentialsFile", MAIN, SECRET_FILE, aws_credentials_file, "", 0, 0, "path",                 \
		"Shared credentials file, which alone is read: its profile has static keys, role_arn, "      \
		"web_identity_token_file or credential_process. A name without a slash is a systemd "        \
		"credential. Empty: as the SDKs of AWS look for credentials, see AWS CREDENTIALS in "        \
		"cmekd.conf(5).")                                                                            \
	X(AWS, "Profile", MAIN, PROFILE, aws_profile, "", 0, 0, "profile",                                   \
		"Which profile of the credentials file, or of the shared files where no CredentialsFile= "   \
		"is "                                                                                        \
		"given. Empty: AWS_PROFILE of the environment in that case, else default.")                  \
	X(AWS, "HintQueue", MAIN, QUEUE, hint_queues, NULL, 0, HINT_QUEUE_MAX, "ARN",                        \
		"An SQS queue with EventBridge's events about keys: each makes cmekd look at its key at "    \
		"once. Nothing else is believed of them, and keys are looked at each PollInterval= all the " \
		"same. May come several times, for queues of several regions; an empty value forgets what "  \
		"was given before. How to set one up: HINTS in cmekd.conf(5).")                              \
	X(NETWORK, "CAFile", MAIN, PATH, ca_file, "", 0, 0, "path",                                          \
		"Certificates of the authorities to trust, PEM. Empty: the system's.")                       \
	X(NETWORK, "RequestTimeout", MAIN, SPAN, request_timeout_ms, "10s", 100, 300000, "time span",        \
		"How long one request may take. A look does not wait or try again longer than that.")        \
	X(PROJECT, "Id", FILE, PROJECT_ID, id, NULL, 0, 0, "id",                                             \
		"The project's id in TiDB Cloud. Required.")                                                 \
	X(PROJECT, "VendorAccount", FILE, ACCOUNT, vendor, NULL, 0, 0, "account",                            \
		"The AWS account in which TiDB Cloud runs the clusters (kms:CallerAccount). Required. Take " \
		"it "                                                                                        \
		"from the console's key policy or from support; never the key's own account.")               \
	X(PROJECT, "Key", FILE, KEY, pins, NULL, 0, KEY_PIN_MAX, "ARN",                                      \
		"Pins the key of a region: a CMEK setting that differs is then an alert. Once a region.")    \
	X(PROJECT, "Reaction", BOTH, REACTION, policy.reaction, "pause", 0, 0, "word",                       \
		"What a proven loss leads to: pause the clusters, wait for cmekctl approve, or only "        \
		"observe.")                                                                                  \
	X(PROJECT, "PauseOnDeletion", BOTH, BOOL, policy.pause_on_deletion, "no", 0, 0, "yes or no",         \
		"Pause without asking when the key is pending deletion. A running cluster may then be the "  \
		"last readable copy, therefore no.")                                                         \
	X(PROJECT, "PollInterval", BOTH, SPAN, policy.poll_ms, "30s", SETTING_MS_MIN, SETTING_HOUR_MS,       \
		"time span", "How often each key is looked at.")                                             \
	X(PROJECT, "ConfirmInterval", BOTH, SPAN, policy.confirm_ms, "5s", SETTING_MS_MIN, SETTING_HOUR_MS,  \
		"time span", "How soon a look that disagrees with the verdict is followed by the next.")     \
	X(PROJECT, "GracePeriod", BOTH, SPAN, policy.grace_ms, "2min", 0, 7 * SETTING_DAY_MS, "time span",   \
		"From the confirmed loss to the first pause. A usable look in it cancels.")                  \
	X(PROJECT, "MaxPauses", BOTH, NUMBER, policy.max_pauses, "100000", 0, 100000, "pauses an hour",      \
		"Budget of this project alone, beside the one of all projects in [Daemon]: a plan has to "   \
		"fit into both. 0: always wait for a person.")                                               \
	X(PROJECT, "RestoreDelay", BOTH, SPAN, policy.restore_delay_ms, "5min", 0, 7 * SETTING_DAY_MS,       \
		"time span", "How long access must hold before clusters are resumed.")                       \
	X(PROJECT, "BlindAlert", BOTH, SPAN, policy.blind_alert_ms, "15min", SETTING_MS_MIN, SETTING_DAY_MS, \
		"time span",                                                                                 \
		"After how long without a usable answer people are told that the key cannot be "             \
		"judged.")                                                                                   \
	X(PROJECT, "ClustersInterval", BOTH, SPAN, policy.clusters_ms, "5min", SETTING_MS_MIN,               \
		SETTING_DAY_MS, "time span",                                                                 \
		"How often CMEK settings and clusters are read in quiet times.")                             \
	X(PROJECT, "IncidentInterval", BOTH, SPAN, policy.incident_ms, "20s", SETTING_MS_MIN,                \
		SETTING_HOUR_MS, "time span", "How often clusters are read while an incident is open.")      \
	X(PROJECT, "RotationInterval", BOTH, SPAN, policy.rotation_ms, "1h", SETTING_MS_MIN,                 \
		7 * SETTING_DAY_MS, "time span", "How often the key's rotation is read.")                    \
	X(PROJECT, "VendorContext", BOTH, CONTEXT, context, NULL, 0, VENDOR_CONTEXT_MAX, "KEY=VALUE",        \
		"States what is known of the vendor's requests, so that a Deny for a whole organisation "    \
		"can "                                                                                       \
		"be decided. May come several times; an empty value forgets what was given before.")         \
	X(PROJECT, "ApiKeyFile", FILE, SECRET_FILE, api_key_file, "", 0, 0, "path",                          \
		"An API key for this project alone. Empty: the daemon's.")                                   \
	X(PROJECT, "CredentialsFile", FILE, SECRET_FILE, aws_credentials_file, "", 0, 0, "path",             \
		"AWS credentials for this project alone. Empty: the daemon's.")                              \
	X(PROJECT, "Profile", FILE, PROFILE, aws_profile, "", 0, 0, "profile",                               \
		"Which profile of the credentials file, for this project alone. Empty: default of this "     \
		"project's CredentialsFile=, or the daemon's where that is empty too.")                      \
	X(CLUSTER, "Reaction", FILE, REACTION, mark.reaction, "pause", 0, 0, "word",                         \
		"What a proven loss leads to for this cluster, if that is more careful than Reaction= of "   \
		"the project: with approve or observe it is not paused by itself, but with cmekctl "         \
		"approve or revoke.")                                                                        \
	X(CLUSTER, "Order", FILE, NUMBER, mark.order, "100", 0, 1000, "rank",                                \
		"Clusters are paused in this order, the least first. None waits for the one before to be "   \
		"paused.")                                                                                   \
	X(CLUSTER, "Exclude", FILE, BOOL, mark.excluded, "no", 0, 0, "yes or no",                            \
		"Never pause this cluster, not even when an operator revokes. Its data does not go dark "    \
		"while it runs, and cmekd says so.")

#define SETTING_ROWS_MAX 64

enum setting_section {
#define X(e, name) SETTING_SECTION_##e,
	SETTING_SECTION_TABLE(X)
#undef X
		SETTING_SECTION_COUNT
};
enum setting_kind {
#define X(e, expected) SETTING_KIND_##e,
	SETTING_KIND_TABLE(X)
#undef X
		SETTING_KIND_COUNT
};
enum setting_place { SETTING_PLACE_MAIN, SETTING_PLACE_FILE, SETTING_PLACE_BOTH };

struct setting {
	enum setting_section section;
	const char *key;
	enum setting_place place;
	enum setting_kind kind;
	size_t offset, size; /* of the target in struct daemon_settings or struct project_settings */
	const char *initial; /* default, NULL: none */
	int64_t min, max;
	const char *unit, *help;
};

/* The rows in order of the table. */
const struct setting *setting_rows(size_t *ret_count);
const char *setting_section_name(enum setting_section s);
const char *setting_kind_expected(enum setting_kind k);
/* May it come more than once in a section? */
bool setting_is_list(const struct setting *s);
