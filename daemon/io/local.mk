# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libio.a
libio_a_SOURCES = daemon/io/control.c daemon/io/control.h daemon/io/control_call.c \
	daemon/io/control_conn.c daemon/io/control_conn.h \
	daemon/io/control_route.c daemon/io/control_route.h \
	daemon/io/control_socket.c daemon/io/control_socket.h \
	daemon/io/hint_queue.c daemon/io/hint_queue.h \
	daemon/io/kept_policy.c daemon/io/kept_policy.h \
	daemon/io/genesis.c daemon/io/genesis.h \
	daemon/io/store.c daemon/io/store.h daemon/io/store_file.c daemon/io/store_file.h \
	daemon/io/store_load.c daemon/io/store_load.h daemon/io/store_many.c daemon/io/store_many.h \
	daemon/io/chance.c daemon/io/chance.h daemon/io/clock.c daemon/io/clock.h daemon/io/credential.c daemon/io/credential.h \
	daemon/io/credential_chain.c daemon/io/credential_chain.h \
	daemon/io/credential_fetch.c daemon/io/credential_fetch.h \
	daemon/io/credential_keeper.c daemon/io/credential_keeper.h \
	daemon/io/credential_process.c daemon/io/credential_process.h \
	daemon/io/curl_loop.c daemon/io/curl_loop.h daemon/io/http.c daemon/io/http.h \
	daemon/io/http_head.c daemon/io/http_head.h \
	daemon/io/http_memory.c daemon/io/http_memory.h \
	daemon/io/http_site.c daemon/io/http_site.h daemon/io/http_transfer.c daemon/io/http_transfer.h \
	daemon/io/journal.c daemon/io/journal.h daemon/io/journal_native.c daemon/io/journal_native.h daemon/io/lane.c daemon/io/lane.h \
	daemon/io/log_bus.c daemon/io/log_bus.h \
	daemon/io/notify.c daemon/io/notify.h daemon/io/process.c daemon/io/process.h \
	daemon/io/tidb.c daemon/io/tidb.h daemon/io/tidb_link.c daemon/io/tidb_link.h \
	daemon/io/tidb_cluster.c daemon/io/tidb_jobs.c daemon/io/tidb_op.h daemon/io/tidb_project.c daemon/io/tidb_setup.c \
	daemon/io/tidb_route.c daemon/io/tidb_route.h \
	daemon/io/aws_link.c daemon/io/aws_link.h daemon/io/kms.c daemon/io/kms.h daemon/io/kms_change.c \
	daemon/io/kms_edit.c daemon/io/kms_edit.h daemon/io/kms_errand.c daemon/io/kms_identity.c daemon/io/kms_lane.c daemon/io/kms_lane.h \
	daemon/io/kms_look.c daemon/io/kms_revoke.c daemon/io/kms_switch.c daemon/io/kms_op.c daemon/io/kms_op.h daemon/io/kms_rotation.c daemon/io/retry.c daemon/io/retry.h
