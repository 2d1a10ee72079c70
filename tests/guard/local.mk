# SPDX-License-Identifier: Apache-2.0
# Guards: what the compiler cannot see. Each proves in the same run that it can fail.
guards = tests/guard/layers.py tests/guard/purity.py tests/guard/headers.py tests/guard/tables.py \
	tests/guard/format.py tests/guard/words.py tests/guard/sizes.py tests/guard/units.py tests/guard/counting.sh \
	tests/guard/manuals.py tests/guard/notices.py tests/guard/permissions.py tests/guard/versions.py tests/guard/figures.py
if !SANITIZERS
guards += tests/guard/hardening.py tests/guard/instructions.py
endif
dist_check_SCRIPTS += $(guards)
TESTS += $(guards)
EXTRA_DIST += tests/tap.py tests/tap.sh tests/count.sh tests/guard/tree.py tests/guard/hardening.py \
	tests/guard/instructions.py tests/guard/instructions.txt
