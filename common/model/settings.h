/* SPDX-License-Identifier: Apache-2.0 */
/* settings: the configuration as values. Parsed by wire/config, read by all. docs: cmekd.conf(5). */
#pragma once
#include "model/ids.h"
#include <stdbool.h>
#include <stdint.h>

enum reaction { REACTION_PAUSE, REACTION_APPROVE, REACTION_OBSERVE };
const char *reaction_name(enum reaction r); /* "pause", "approve", "observe" */

/* What the configuration says of one cluster. All zero but for `order`: nothing. */
struct cluster_mark {
	bool excluded;          /* never paused, whatever is lost or revoked */
	enum reaction reaction; /* to a loss, if it is more careful than the project's */
	uint32_t order;         /* the least are paused first */
};
#define CLUSTER_ORDER_DEFAULT 100

#define CLUSTER_SECTION_MAX 32 /* [Cluster NAME] sections of a project */
#define CLUSTER_LABEL_BYTES                                                                                  \
	65 /* a name of at most 64 bytes (TiDB Cloud API v1beta, CreateCluster), or an id */

/* A section [Cluster NAME]. */
struct cluster_settings {
	char label[CLUSTER_LABEL_BYTES]; /* the cluster's name, or its id */
	struct cluster_mark mark;
};

/* What holds of the cluster of this id and name: of several sections (its name, its id) the more careful word. */
struct cluster_mark cluster_settings_mark(
	const struct cluster_settings *sections, uint32_t count, const char *id, const char *name);

/* Which API of TiDB Cloud is asked about clusters; projects and CMEK settings exist only in v1beta. X(ENUM, "name") */
#define CLUSTER_API_TABLE(X)                                                                                 \
	X(DEDICATED, "dedicated") /* TiDB Cloud Dedicated API v1beta1 */                                     \
	X(V1BETA, "v1beta")       /* TiDB Cloud API v1beta */
enum cluster_api {
#define X(e, name) CLUSTER_API_##e,
	CLUSTER_API_TABLE(X)
#undef X
		CLUSTER_API_COUNT
};
const char *cluster_api_name(enum cluster_api a);

#define KEY_PIN_MAX           32 /* Key= lines of a project: one per region */
#define VENDOR_CONTEXT_MAX    16 /* VendorContext= lines */
#define HINT_QUEUE_MAX        4  /* HintQueue= lines: each keeps a connection */
#define SETTING_PATH_BYTES    256
#define SETTING_URL_BYTES     256
#define SETTING_PROFILE_BYTES 65

/* Services of AWS that cmekd asks. X(ENUM, "name"): as in endpoints and signatures. */
#define AWS_SERVICE_TABLE(X)                                                                                 \
	X(KMS, "kms")                                                                                        \
	X(STS, "sts")                                                                                        \
	X(SQS, "sqs")
enum aws_service {
#define X(e, name) AWS_##e,
	AWS_SERVICE_TABLE(X)
#undef X
		AWS_SERVICE_COUNT
};
const char *aws_service_name(enum aws_service s);

/* Where each is asked; "" = by partition and region. */
struct aws_urls {
	char of[AWS_SERVICE_COUNT][SETTING_URL_BYTES];
};

/* What the core needs to know; all intervals in milliseconds. Defaults in wire/settings_table.h. */
struct policy_settings {
	enum reaction reaction;
	bool pause_on_deletion;
	uint32_t max_pauses;      /* MaxPauses= of the project itself, an hour; the driver's to keep */
	int64_t poll_ms;          /* PollInterval=30s */
	int64_t confirm_ms;       /* ConfirmInterval=5s */
	int64_t grace_ms;         /* GracePeriod=2min */
	int64_t restore_delay_ms; /* RestoreDelay=5min */
	int64_t blind_alert_ms;   /* BlindAlert=15min */
	int64_t clusters_ms;      /* ClustersInterval=5min, quiet times */
	int64_t incident_ms;      /* IncidentInterval=20s, while an incident is open */
	int64_t rotation_ms;      /* RotationInterval=1h */
};

struct vendor_context {
	char key[64];
	char value[128];
};

struct project_settings {
	struct project_name name;
	struct project_id id;
	struct account_id vendor;
	struct policy_settings policy;
	struct key_arn pins[KEY_PIN_MAX];
	uint32_t pin_count;
	struct vendor_context context[VENDOR_CONTEXT_MAX];
	uint32_t context_count;
	struct cluster_settings clusters[CLUSTER_SECTION_MAX];
	uint32_t cluster_count;
	char api_key_file[SETTING_PATH_BYTES];         /* "" = the daemon's */
	char aws_credentials_file[SETTING_PATH_BYTES]; /* "" = the daemon's */
	char aws_profile[SETTING_PROFILE_BYTES]; /* "" = the daemon's, if the file is the daemon's too */
};

struct daemon_settings {
	char state_dir[SETTING_PATH_BYTES];     /* StateDirectory=, ledgers in <dir>/ledger/NAME.ledger */
	char socket_path[SETTING_PATH_BYTES];   /* Socket= */
	char read_group[64], operate_group[64]; /* ReadGroup=, OperateGroup=: "" = only root */
	uint32_t max_pauses;                    /* MaxPauses=20 an hour */
	int64_t check_ms;                       /* CheckInterval=1d; 0: never */
	char v1beta_url[SETTING_URL_BYTES];     /* [TiDBCloud] Endpoint= */
	char dedicated_url[SETTING_URL_BYTES];  /* [TiDBCloud] DedicatedEndpoint= */
	enum cluster_api cluster_api;           /* [TiDBCloud] ClusterApi=dedicated */
	char api_key_file[SETTING_PATH_BYTES];  /* [TiDBCloud] ApiKeyFile= "PUBLIC:PRIVATE" */
	uint32_t requests_per_minute;           /* [TiDBCloud] RequestsPerMinute=100 */
	char aws_url[SETTING_URL_BYTES];        /* [AWS] EndpointURL= */
	struct aws_urls aws_urls;               /* in force: EndpointURL=, or the environment's */
	char aws_credentials_file[SETTING_PATH_BYTES]; /* [AWS] CredentialsFile= */
	char aws_profile[SETTING_PROFILE_BYTES];       /* [AWS] Profile= */
	struct queue_arn hint_queues[HINT_QUEUE_MAX];  /* [AWS] HintQueue= */
	uint32_t hint_queue_count;
	char ca_file[SETTING_PATH_BYTES]; /* [Network] CAFile=, "" = the system's */
	int64_t request_timeout_ms;       /* [Network] RequestTimeout=10s */
};
