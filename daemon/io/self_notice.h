/* SPDX-License-Identifier: Apache-2.0 */
/* self_notice: what the daemon tells of itself and of its projects as a whole, outside of what a core decides (model/notice.h, whose rows
 * these are like: neither table may repeat a name or a MESSAGE_ID of the other). */
#pragma once

/* X(ENUM, "name", PRIORITY, "MESSAGE_ID", "what happened", "what to do") */
#define SELF_NOTICE_TABLE(X)                                                                                 \
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

enum self_notice {
#define X(e, name, priority, id, happened, todo) SELF_NOTICE_##e,
	SELF_NOTICE_TABLE(X)
#undef X
		SELF_NOTICE_COUNT
};
