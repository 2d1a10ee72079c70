# SPDX-License-Identifier: Apache-2.0
# Guards: what the compiler cannot see. Each proves in the same run that it can fail.
guards = tests/guard/layers.py
dist_check_SCRIPTS += $(guards)
TESTS += $(guards)
EXTRA_DIST += tests/tap.py tests/tap.sh tests/guard/tree.py
