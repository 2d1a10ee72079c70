# SPDX-License-Identifier: Apache-2.0
systemdsystemunit_DATA = systemd/cmekd.service
EXTRA_DIST += systemd/cmekd.service.in systemd/cmekd.sysusers

# What journalctl -x shows; tests/guard/notices.py makes it.
catalogdir = $(prefix)/lib/systemd/catalog
dist_catalog_DATA = systemd/cmekd.catalog
CLEANFILES += systemd/cmekd.service

# By make, not by configure: ${prefix} in a directory is known only here.
systemd/cmekd.service: systemd/cmekd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && \
	$(SED) -e 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/systemd/cmekd.service.in >$@.tmp && mv $@.tmp $@

# Installed under the name of the service, as sysusers.d(5) asks.
install-data-local: install-etc
	$(MKDIR_P) "$(DESTDIR)$(sysusersdir)"
	$(INSTALL_DATA) $(srcdir)/systemd/cmekd.sysusers "$(DESTDIR)$(sysusersdir)/cmekd.conf"
uninstall-local: uninstall-etc
	rm -f "$(DESTDIR)$(sysusersdir)/cmekd.conf"
