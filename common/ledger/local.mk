# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libledger.a
libledger_a_SOURCES = \
	common/ledger/ledger.c common/ledger/ledger.h \
	common/ledger/ledger_member.c common/ledger/ledger_member.h
