# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += doc/key-policy.md
noinst_LIBRARIES += libpolicy.a
libpolicy_a_SOURCES = common/policy/access.c common/policy/adopt.c common/policy/adopt.h common/policy/condition.c common/policy/condition.h \
	common/policy/caller.c common/policy/caller.h common/policy/compare.c common/policy/compare.h \
	common/policy/give.c common/policy/give.h common/policy/render.c common/policy/render.h common/policy/review.c \
	common/policy/vendor.c common/policy/vendor.h \
	common/policy/operator.c common/policy/operator.h common/policy/simulate.c \
	common/policy/variable.c common/policy/variable.h common/policy/cut.c common/policy/cut.h common/policy/document.c common/policy/document.h \
	common/policy/edit.c common/policy/explain.c common/policy/pattern.c common/policy/pattern.h \
	common/policy/policy.h common/policy/principal.c common/policy/principal.h common/policy/request.c \
	common/policy/request.h common/policy/scope.c common/policy/scope.h common/policy/tri.h \
	common/policy/verdict.c common/policy/verdict.h
