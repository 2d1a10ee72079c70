# SPDX-License-Identifier: Apache-2.0
# The stand-in cloud. Built by `make`, because quickstart runs it too; never installed.
noinst_PROGRAMS += cmekd-cloud
cmekd_cloud_SOURCES = \
	tests/cloud/admin.c tests/cloud/admin.h tests/cloud/admin_acts.c tests/cloud/admin_queue.c \
	tests/cloud/admin_state.c \
	tests/cloud/alloc.c tests/cloud/alloc.h \
	tests/cloud/announce.c tests/cloud/announce.h \
	tests/cloud/clock.c tests/cloud/clock.h \
	tests/cloud/cloud.h \
	tests/cloud/cluster.c tests/cloud/cluster.h \
	tests/cloud/cmk.c tests/cloud/cmk.h \
	tests/cloud/dedicated.c \
	tests/cloud/digest_auth.c tests/cloud/digest_auth.h \
	tests/cloud/event.c tests/cloud/event.h \
	tests/cloud/fault.c tests/cloud/fault.h tests/cloud/fault_apply.c \
	tests/cloud/field.c tests/cloud/field.h \
	tests/cloud/iam.c tests/cloud/iam.h \
	tests/cloud/kms.c tests/cloud/kms.h tests/cloud/kms_grants.c tests/cloud/kms_ops.c tests/cloud/kms_ops.h \
	tests/cloud/kms_policy.c tests/cloud/kms_rotation.c \
	tests/cloud/main.c \
	tests/cloud/metadata.c tests/cloud/metadata.h \
	tests/cloud/queue.c tests/cloud/queue.h \
	tests/cloud/request.c tests/cloud/request.h \
	tests/cloud/request_log.c tests/cloud/request_log.h \
	tests/cloud/response.c tests/cloud/response.h \
	tests/cloud/server.c tests/cloud/server.h \
	tests/cloud/service.c tests/cloud/service.h \
	tests/cloud/sigv4.c tests/cloud/sigv4.h \
	tests/cloud/sqs.c tests/cloud/sqs.h tests/cloud/sqs_ops.c tests/cloud/sqs_ops.h \
	tests/cloud/sts.c tests/cloud/sts.h \
	tests/cloud/tidb.c tests/cloud/tidb.h \
	tests/cloud/tls_ca.c tests/cloud/tls_ca.h \
	tests/cloud/v1beta.c \
	tests/cloud/vendor.c tests/cloud/vendor.h \
	tests/cloud/world.c tests/cloud/world.h tests/cloud/world_load.c
cmekd_cloud_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/cloud
cmekd_cloud_CFLAGS = $(AM_CFLAGS) $(MHD_CFLAGS) $(CRYPTO_CFLAGS) $(JSONC_CFLAGS)
cmekd_cloud_LDADD = $(MHD_LIBS) $(CRYPTO_LIBS) $(JSONC_LIBS)

EXTRA_DIST += tests/cloud/README.md tests/cloud/clients.py tests/cloud/cloudctl tests/cloud/sample.py \
	tests/cloud/world-demo.json
if HAVE_PYTHON
cloud_tests = tests/cloud/test-aws.py tests/cloud/test-faults.py tests/cloud/test-sqs.py \
	tests/cloud/test-tidb.py
dist_check_SCRIPTS += $(cloud_tests)
TESTS += $(cloud_tests)
endif
