/* SPDX-License-Identifier: Apache-2.0 */
/* notice: everything that is told to people through the journal. One row: enum, name, priority, MESSAGE_ID,
 * text. Priorities are those of syslog(3); an alert on PRIORITY<=3 is right. Only changes of belief, never
 * each poll. */
#pragma once

/* X(ENUM, "name", PRIORITY, "MESSAGE_ID", "what happened", "what to do") */
#define NOTICE_TABLE(X)                                                                                      \
	X(ARMED, "armed", 6, "315acee2535147d892be16b5ab471486", "key seen usable; the binding is armed",    \
		"nothing to do")                                                                             \
	X(DISARMED, "disarmed", 4, "1c619fc423bb43bdb17453c624a65f14",                                       \
		"the binding's configuration changed; it is no longer armed", "wait for a usable look")      \
	X(NOT_ARMED, "not_armed", 3, "68e0a1092337440d8243a662def0edbb",                                     \
		"the binding is not armed: cmekd would not react to a loss by itself",                       \
		"cmekctl explain says what is missing")                                                      \
	X(VERDICT, "verdict", 5, "6c30e04560a24b029442b283050dc6f4", "the verdict changed",                  \
		"cmekctl explain")                                                                           \
	X(LOST, "lost", 2, "0497622a34fd41b7a556731b08603bd7",                                               \
		"the vendor's access to the key is proven lost", "cmekctl status; cmekctl explain")          \
	X(DEGRADED, "degraded", 3, "53e3aaafa87a4e2baa3ea96607747431",                                       \
		"the key policy withholds some of the actions that the vendor needs",                        \
		"cmekctl explain names them; backups may fail")                                              \
	X(BLIND, "blind", 3, "0b33633543b04539a7162acbaedeb38e",                                             \
		"the key could not be judged for BlindAlert", "cmekctl explain says why")                    \
	X(SEES, "sees", 5, "51b5389516d243199a860ea9122a4073", "the key can be judged again",                \
		"nothing to do")                                                                             \
	X(SELF_DENIED, "self_denied", 2, "84612b0342394300b96bab039edb0e3f",                                 \
		"cmekd cannot see the key any more; the vendor may be cut too",                              \
		"give cmekd's role its permissions back, or cmekctl approve the pause")                      \
	X(INCIDENT_OPENED, "incident_opened", 3, "b7b935a84fcd4464a3895104356e4042",                         \
		"an incident was opened", "cmekctl status")                                                  \
	X(NEEDS_APPROVAL, "needs_approval", 2, "1efa581d4e8d443491e1bbecac43bda9",                           \
		"the incident waits for a person", "cmekctl approve INCIDENT, or cmekctl decline INCIDENT")  \
	X(GRACE, "grace", 2, "e4c762fcb6ea472f85d3beecdf02b835",                                             \
		"clusters will be paused when the grace period is over",                                     \
		"give access back, or cmekctl decline INCIDENT, to stop it")                                 \
	X(CANCELLED, "cancelled", 4, "09c579dd35dc428788b59ffab140dfd4",                                     \
		"access was seen before anything was paused; the incident is closed", "nothing to do")       \
	X(BUDGET, "budget", 1, "76fecba863864e4ca5e579051a6b9a20",                                           \
		"the plan exceeds the hourly budget of pauses (MaxPauses=)", "cmekctl approve INCIDENT")     \
	X(PAUSING, "pausing", 2, "420af473306c437d9c9ab7ffc33f1916", "clusters are being paused",            \
		"cmekctl status")                                                                            \
	X(PAUSE_REFUSED, "pause_refused", 3, "a127b29b9c4345e09d27b3cff67e7609",                             \
		"TiDB Cloud refused to pause a cluster; cmekd goes on trying",                               \
		"see the reason: end the backup, import, changefeed, PITR or migration job")                 \
	X(NOT_PAUSED, "not_paused", 2, "ef2a86ad6aff465c9e927dc329b7dd98",                                   \
		"not every cluster that is to be paused is read as PAUSED after an hour: the data is not "   \
		"known to be dark",                                                                          \
		"see which in cmekctl status PROJECT, and pause them in TiDB Cloud, or open a ticket there") \
	X(CLUSTER_PAUSED, "cluster_paused", 5, "cef30a328e2c46a781f482be5ea7b617", "cluster read as PAUSED", \
		"nothing to do")                                                                             \
	X(DARK, "dark", 3, "7636bc2fa67b4c4faedd8bcdaec74cae",                                               \
		"dark: the key is cut and every cluster of the region is PAUSED", "nothing to do")           \
	X(NOT_DARK, "not_dark", 2, "5b5cda7e336b4ae9bbac90a6a0d8d85f", "no longer dark", "cmekctl status")   \
	X(PROVING, "proving", 5, "fc00144300264524944b89e44d8fef6c",                                         \
		"access seems back; it must hold for RestoreDelay", "nothing to do")                         \
	X(RESUMING, "resuming", 4, "1081d29f5cfd4019bd236261da6a0b3d",                                       \
		"access is proven; the clusters that this incident paused are being resumed",                \
		"cmekctl status")                                                                            \
	X(RESUME_REFUSED, "resume_refused", 3, "d7283f848cee4999a7ac624dee27cd78",                           \
		"TiDB Cloud refused to resume a cluster; cmekd goes on trying", "see the reason")            \
	X(CLUSTER_RESUMED, "cluster_resumed", 5, "b65dff1d5a00468bad0d7ada8ae6570b",                         \
		"cluster read as running", "nothing to do")                                                  \
	X(CLOSED, "closed", 5, "f45f016d8f094781b7a4132f9bf071ce", "the incident is closed",                 \
		"nothing to do")                                                                             \
	X(TOUCHED, "touched", 3, "289fab1a97e54df7bd45d55983f0d985",                                         \
		"people acted on a cluster during the incident; cmekd leaves it alone",                      \
		"if it shall run again with the rest: cmekctl restore --include CLUSTER, while the "         \
		"incident "                                                                                  \
		"is open")                                                                                   \
	X(CLUSTER_EXCLUDED, "cluster_excluded", 3, "211b429eb79442f8a5565ca89a0be02f",                       \
		"a cluster is excluded by the configuration: cmekd does not pause it, and the data is not "  \
		"dark "                                                                                      \
		"while it runs",                                                                             \
		"pause it in TiDB Cloud, or take Exclude= out of its [Cluster] section and reload")          \
	X(CLUSTER_WAITS, "cluster_waits", 2, "0a3d6bc3f9fd4277b5a0471c0a272f49",                             \
		"a cluster is not paused by itself (Reaction= of the cluster)",                              \
		"cmekctl approve INCIDENT, or pause it in TiDB Cloud")                                       \
	X(CUT_INEFFECTIVE, "cut_ineffective", 1, "e6db46defb584ef5af86f6f5cd54c2a6",                         \
		"a cluster came back running under a lost key: the cut does not work",                       \
		"revoke the vendor's grants; disable the key")                                               \
	X(STRANDED, "stranded", 2, "e6b523abd16f42c0a724440f380b25ad",                                       \
		"a cluster left PAUSED under a lost key and is neither running nor paused",                  \
		"restore access, then check the cluster")                                                    \
	X(RESUME_AHEAD, "resume_ahead", 4, "7e85c29638d3428cb72c90d790ec80fd",                               \
		"TiDB Cloud will resume a paused cluster within a day; cmekd will pause it again",           \
		"nothing to do")                                                                             \
	X(REVOKED, "revoked", 4, "cbbf13eb74f84736919b24b80d7cb2b5", "an operator revoked the key",          \
		"cmekctl status")                                                                            \
	X(RESTORED, "restored", 4, "1a4b9fc5e078420b8e3d3dd4e95f3b76",                                       \
		"an operator asked to restore access", "cmekctl status")                                     \
	X(REVOKE_UNDONE, "revoke_undone", 1, "840567a2276543f0a2f6afd4d03b9749",                             \
		"access is usable although an operator revoked it: somebody changed the key policy",         \
		"cmekctl revoke again, or cmekctl restore")                                                  \
	X(CUT_MADE, "cut_made", 4, "4f02a46ba9a04e1e96261f2ec0e91496",                                       \
		"the key is cut: a Deny statement stands in its policy, TiDB Cloud is out of it, or it is "  \
		"disabled",                                                                                  \
		"nothing to do")                                                                             \
	X(CUT_WAITS_FOR_ERRAND, "cut_waits_for_errand", 4, "1b541d94feaf47f9abfded54a3346767",               \
		"the cut of a revoke waits, for a minute at most, for the end of a change that would undo "  \
		"it",                                                                                        \
		"nothing to do")                                                                             \
	X(CUT_WAITS, "cut_waits", 2, "e5eba0c62e6945329c0ebb25f5860d9e",                                     \
		"a revoke still waits for clusters to pause: the key is not cut, the vendor keeps access",   \
		"cmekctl status names them; cmekctl revoke without --pause-first cuts the key now")          \
	X(CHANGE_LATE, "change_late", 2, "9b368b477cde46d79647e46f28312eb2",                                 \
		"cmekd has tried in vain for BlindAlert to change the key: a revoke has not cut it, or a "   \
		"restore has not given it back",                                                             \
		"see in cmekctl status PROJECT what is tried and why it fails, and mend that, or change "    \
		"the key by hand")                                                                           \
	X(CUT_BY_HAND, "cut_by_hand", 2, "c1324d20136f4638868670829566b100",                                 \
		"cmekd may not change the key policy, or the state of the key",                              \
		"apply the change by hand: cmekctl status says which")                                       \
	X(CUT_UNDONE, "cut_undone", 4, "9c02d48411bb43328241693148857f8e",                                   \
		"cmekd's cut is undone: its Deny statement is gone, TiDB Cloud is back in the policy, or "   \
		"the key is enabled",                                                                        \
		"nothing to do")                                                                             \
	X(KEY_LEFT_DISABLED, "key_left_disabled", 3, "5a3258c790e840e8b5d5079e1ccb461e",                     \
		"the key is disabled, and not by the revoke that ends: cmekd does not enable it",            \
		"enable it where access is to be back: aws kms enable-key")                                  \
	X(GRANTS_REVOKED, "grants_revoked", 4, "6ca94314112f4761a6e6fd72eb6de912",                           \
		"grants of the vendor on the key were revoked; TiDB Cloud makes new ones when it resumes",   \
		"nothing to do")                                                                             \
	X(GRANTS_BY_HAND, "grants_by_hand", 3, "5fa0f19565b44cecaf8d2fbe0520c26c",                           \
		"cmekd may not revoke the vendor's grants on the key",                                       \
		"give its role kms:RevokeGrant, or revoke them by hand: cmekctl status says how")            \
	X(SETTING_CHANGED, "setting_changed", 2, "d41e432f0dec4716a4c02a740f5dfa11",                         \
		"the project's CMEK setting in TiDB Cloud is missing or differs; the old key stays watched", \
		"compare Key= with the project's CMEK page")                                                 \
	X(CLUSTERS_UNREAD, "clusters_unread", 3, "43aad8c61e6347b099e226f4418b7127",                         \
		"the project's clusters could not be read", "check the TiDB Cloud API key and endpoint")     \
	X(CLUSTERS_READ, "clusters_read", 5, "f50d0e1b66a44f0b953d3c99375e6176",                             \
		"the project's clusters can be read again", "nothing to do")                                 \
	X(CLOCK_STEP, "clock_step", 4, "afd8ce5011b242a0921eaa195d836eb4",                                   \
		"the wall clock stepped; grace starts again", "check time synchronisation")                  \
	X(LEDGER_FAILED, "ledger_failed", 1, "c093972f6b094adebe4b78c2a8ab0d27",                             \
		"the ledger could not be written; no act is possible for this project",                      \
		"free space on the state directory's file system")                                           \
	X(LEDGER_DAMAGED, "ledger_damaged", 1, "0c6453b5d7aa4bea9b1f25b36e404ce6",                           \
		"the ledger is damaged; this project is only observed",                                      \
		"cmekctl verify names the line; restore the ledger from a backup or move it away")           \
	X(LEDGER_FOREIGN, "ledger_foreign", 2, "34c5a45f8814484f90da30a0b7674649",                           \
		"the ledger comes from another machine, or is old with an open incident; nothing is done "   \
		"by itself",                                                                                 \
		"cmekctl ledger adopt PROJECT once you are sure that no other cmekd runs for this project")  \
	X(LEDGER_ADOPTED, "ledger_adopted", 4, "a174ec43d64a47c185a3d23a42f97f53",                           \
		"an operator said that the ledger belongs to this machine: what was held back goes on",      \
		"nothing to do")                                                                             \
	X(SUSPENDED, "suspended", 4, "a5e1e24dc23c4811a89cf59fe45cc219",                                     \
		"an operator switched automatic acts off for a while: a loss would wait for a person",       \
		"cmekctl unsuspend PROJECT switches them on again")                                          \
	X(UNSUSPENDED, "unsuspended", 5, "2d94296bd0c445a6b2f865b2c2bc1e50", "automatic acts are on again",  \
		"nothing to do")                                                                             \
	X(ERRAND_DONE, "errand_done", 5, "2f198d9c380246d58a18e0aa9dfea748",                                 \
		"what an operator asked for was done", "nothing to do")                                      \
	X(ERRAND_FAILED, "errand_failed", 4, "89d2c21b726042a88f69453461b35d61",                             \
		"what an operator asked for was not done", "see the reason; then ask for it again")          \
	X(ERRAND_UNSURE, "errand_unsure", 3, "6f17f85ddf6d4eefbd3755148e5d5d20",                             \
		"whether what an operator asked for was done is not known: cmekd or the answer was lost",    \
		"look, then ask for it again: cmekd looks first, and does nothing twice")                    \
	X(LIVE_DRILL, "live_drill", 4, "fcb0cc9758124ae1903cbc323d5545a7",                                   \
		"a drill that an operator asked for pauses a cluster, and resumes it then", "nothing to do") \
	X(LIVE_DRILL_PROVEN, "live_drill_proven", 5, "be8503c04f90490aa1fa3c1063ff4145",                     \
		"a drill paused a cluster and resumed it: cmekd may do both", "nothing to do")               \
	X(LIVE_DRILL_ENDED, "live_drill_ended", 3, "bca33359c33948e1806eec9d2d026b78",                       \
		"a drill ended without proof that cmekd may pause and resume the cluster",                   \
		"see how it ended in the ledger, look at the cluster, then drill again")                     \
	X(LIVE_DRILL_STUCK, "live_drill_stuck", 2, "c16888e26abb442f96955c20773a0a31",                       \
		"a cluster that a drill paused does not run again after an hour; cmekd goes on trying",      \
		"cmekctl status; resume it in TiDB Cloud if that cannot wait")                               \
	X(RELOADED, "reloaded", 5, "bf05cf99d91445289bc61e93e6354479", "the configuration was reloaded",     \
		"nothing to do")                                                                             \
	X(RELOAD_FAILED, "reload_failed", 3, "b14d79a2a8b342f8b8e42d1acd06f522",                             \
		"the new configuration has errors; the running one stays in force", "cmekd --check-config")  \
	X(PROJECT_BROKEN, "project_broken", 3, "406ab8dc359e4ffebf3de33b015bd8e6",                           \
		"a project's configuration has errors; this project is not watched", "cmekd --check-config") \
	X(ROTATION_OFF, "rotation_off", 4, "277a176119394c0d9caf56cd141cba0b",                               \
		"automatic rotation of the key is off", "cmekctl rotation enable")                           \
	X(ROTATION_SOON, "rotation_soon", 6, "21fbf42c4be04c54af6fa697b220c3cf",                             \
		"the key material will be rotated within a week",                                            \
		"nothing must be changed in TiDB Cloud: the ARN stays")                                      \
	X(ROTATION_OVERDUE, "rotation_overdue", 4, "25fbed2db957413987425d680ebc3444",                       \
		"the key should have been rotated more than a day ago, and was not",                         \
		"cmekctl rotation; ask AWS why, or rotate it: cmekctl rotation now")                         \
	X(DELETION_AHEAD, "deletion_ahead", 2, "bd457009bad14b2c8c13a644d1cae452",                           \
		"the key is pending deletion: what it encrypts cannot be read by anybody after it",          \
		"cancel the deletion before that date, or export the data")                                  \
	X(ROTATED, "rotated", 5, "b96e2a766ef548229322aada04074112", "the key material was rotated",         \
		"nothing must be changed in TiDB Cloud: the ARN stays")                                      \
	X(HINTS_FAILED, "hints_failed", 4, "39d3f95f115d488caf4ec2b3cc430d60",                               \
		"a queue of hints (HintQueue=) cannot be read: changes are seen by the next look, not at "   \
		"once",                                                                                      \
		"cmekctl status --hints says why")                                                           \
	X(HINTS_BACK, "hints_back", 5, "84059274f09344bda7a79e1fac8f388b",                                   \
		"a queue of hints can be read again", "nothing to do")                                       \
	X(CHECKED, "checked", 6, "e918b4565dd44e6e8c5537f4aa337533", "the daily check was made",             \
		"cmekctl check PROJECT shows each line")                                                     \
	X(CHECK_WORSE, "check_worse", 3, "97dbf8340fb446a2ae5ef940643ed0d8",                                 \
		"the daily check found a problem that was none before",                                      \
		"cmekctl check PROJECT says what to do")                                                     \
	X(PROJECT_ASKED, "project_asked", 5, "bfdbc904a23847a8a61765fa5cb72468",                             \
		"an operator asked for a new project of TiDB Cloud with CMEK", "wait for what comes of it")  \
	X(PROJECT_CREATED, "project_created", 5, "997be642366a4a829d4bfc653ccabe19",                         \
		"a project of TiDB Cloud with CMEK was created",                                             \
		"write its file in projects.d: cmekctl setup")                                               \
	X(PROJECT_NOT_CREATED, "project_not_created", 4, "1a24aec21ecb4e35920cc84902a3a125",                 \
		"no project of TiDB Cloud was created, or it is not known whether",                          \
		"see the reason; asked for again, nothing is created twice")                                 \
	/* From here on what the daemon tells of itself, and of a project as a whole: no core decides it. */ \
	X(STARTED, "started", 5, "01056b6bc1b6455d82f60a450317d589", "cmekd started", "nothing to do")       \
	X(STOPPED, "stopped", 5, "21c7ae358d1143e29e3dbfe939458130", "cmekd stopped", "nothing to do")       \
	X(SUMMARY, "summary", 6, "737b31e1ca0f45adaceeadb572b5a5d6", "the daily line of a project",          \
		"nothing to do")                                                                             \
	X(SUMMARY_ATTENTION, "summary_attention", 3, "1f0db640abf34ff18375ac5088e184eb",                     \
		"the daily line of a project that needs somebody: keys, clusters or cmekd are not as they "  \
		"should be",                                                                                 \
		"cmekctl status PROJECT says what to do")                                                    \
	X(NOT_STARTED, "not_started", 2, "89f40d28ab4549a6a0ca3ea9c27c23ab",                                 \
		"cmekd could not start; nothing is watched",                                                 \
		"the lines before say why; cmekd --check-config")                                            \
	X(PROJECT_REMOVED, "project_removed", 4, "01305dba7e524ef0b785c59799499158",                         \
		"a project is no longer configured", "nothing to do")                                        \
	X(CREDENTIALS_MISSING, "credentials_missing", 3, "8032befe97dd4a9a9a81b0567bd0086f",                 \
		"credentials could not be read; a cloud cannot be asked", "cmekctl credentials PROJECT")     \
	X(CREDENTIALS_FAILED, "credentials_failed", 4, "8a93eebe42e34691a0ae5398c1f55cfa",                   \
		"credentials could not be fetched or read anew; they stay as they were",                     \
		"cmekctl credentials PROJECT")                                                               \
	X(CREDENTIALS_BACK, "credentials_back", 5, "12ef7b92d98c4f1a9826d5e45f02c4e5",                       \
		"AWS credentials are fresh again", "nothing to do")                                          \
	X(API_CHANGED, "api_changed", 4, "58ecc0a5b53042a1bb388c09f23c1d7c",                                 \
		"an API of TiDB Cloud fails, or lacks what is asked; the other one is used",                 \
		"cmekctl status --lanes; if that lasts, change ClusterApi=")                                 \
	X(API_BACK, "api_back", 5, "be6891166d3d4a839dc25b5cb8a5d63d",                                       \
		"the API of ClusterApi= answers again", "nothing to do")

enum notice {
#define X(e, name, priority, id, happened, todo) NOTICE_##e,
	NOTICE_TABLE(X)
#undef X
		NOTICE_COUNT
};
const char *notice_name(enum notice n);
int notice_priority(enum notice n);
const char *notice_message_id(enum notice n);
const char *notice_happened(enum notice n);
const char *notice_todo(enum notice n);
