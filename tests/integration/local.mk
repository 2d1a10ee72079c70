# SPDX-License-Identifier: Apache-2.0
# Whole programs: a real cmekd and cmekctl against the stand-in cloud. ./quickstart uses the harness too.
integration_tests = \
	tests/integration/adopt.py tests/integration/check.py \
	tests/integration/clusters.py \
	tests/integration/drill.py tests/integration/drill_live.py \
	tests/integration/shared_key.py \
	tests/integration/configuration.py tests/integration/credentials.py \
	tests/integration/control_socket.py \
	tests/integration/disk.py \
	tests/integration/faults_kms.py \
	tests/integration/faults_tidb.py \
	tests/integration/hints.py \
	tests/integration/hygiene.py \
	tests/integration/incidents.py \
	tests/integration/json_shapes.py \
	tests/integration/key_policy.py \
	tests/integration/kills.py tests/integration/log_control.py \
	tests/integration/nameserver.py \
	tests/integration/operations.py tests/integration/operators.py tests/integration/permissions.py \
	tests/integration/revoke_disable.py tests/integration/revoke_ways.py \
	tests/integration/scenarios.py \
	tests/integration/replay.py \
	tests/integration/rotation.py tests/integration/runbook.py \
	tests/integration/secrecy.py \
	tests/integration/see.py \
	tests/integration/setup.py \
	tests/integration/story.py tests/integration/taken_out.py \
	tests/integration/terminal.py \
	tests/integration/tidb_apis.py \
	tests/integration/weather.py
dist_check_SCRIPTS += $(integration_tests)
TESTS += $(integration_tests)

dist_noinst_SCRIPTS += quickstart
EXTRA_DIST += \
	doc/walkthrough.md \
	tests/integration/elsewhere.c \
	tests/integration/harness.py \
	tests/integration/page.py tests/integration/play.py tests/integration/plays_incident.py \
	tests/integration/plays_key.py tests/integration/plays_need.py \
	tests/integration/quickstart.py \
	tests/integration/rate.py \
	tests/integration/script.py \
	tests/integration/stage.py \
	tests/integration/varlink.py \
	tests/integration/world.py
