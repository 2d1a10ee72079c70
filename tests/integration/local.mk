# SPDX-License-Identifier: Apache-2.0
# Whole programs: a real cmekd and cmekctl against the stand-in cloud. ./quickstart uses the harness too.
dist_noinst_SCRIPTS += quickstart
EXTRA_DIST += \
	tests/integration/harness.py \
	tests/integration/quickstart.py \
	tests/integration/varlink.py \
	tests/integration/world.py
