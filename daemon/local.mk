# SPDX-License-Identifier: Apache-2.0
sbin_PROGRAMS += cmekd
cmekd_SOURCES = daemon/cmekd.c daemon/rehearsal.c daemon/rehearsal.h
cmekd_LDADD = libreplay.a libdriver.a libio.a libwire.a libcore.a libproto.a libledger.a libpolicy.a libmodel.a libbase.a \
	$(UV_LIBS) $(CURL_LIBS) $(CRYPTO_LIBS) $(JSONC_LIBS) $(SYSTEMD_LIBS)
