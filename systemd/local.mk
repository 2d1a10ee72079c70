# SPDX-License-Identifier: Apache-2.0
systemdsystemunit_DATA = systemd/cmekd.service systemd/cmekd.socket
EXTRA_DIST += systemd/cmekd.service.in systemd/cmekd.socket.in systemd/cmekd.sysusers systemd/cmekd.tmpfiles

# Keys that systemd 252 does not know: a drop-in for each version from which on it is installed (configure --with-systemd-version).
# A package is built with the libsystemd of its release, and so gets those of its release.
dropindir = $(systemdsystemunitdir)/cmekd.service.d
EXTRA_DIST += systemd/since-253.conf systemd/since-254.conf systemd/since-257.conf
if SYSTEMD_257
dropin_DATA = systemd/since-253.conf systemd/since-254.conf systemd/since-257.conf
else
if SYSTEMD_254
dropin_DATA = systemd/since-253.conf systemd/since-254.conf
else
if SYSTEMD_253
dropin_DATA = systemd/since-253.conf
endif
endif
endif

# Who may own the name on the bus, and who may ask it.
dbuspolicydir = $(datadir)/dbus-1/system.d
dist_dbuspolicy_DATA = systemd/io.cmekd.conf

# What journalctl -x shows; tests/guard/notices.py makes it.
catalogdir = $(prefix)/lib/systemd/catalog
dist_catalog_DATA = systemd/cmekd.catalog
CLEANFILES += systemd/cmekd.service systemd/cmekd.socket

# By make, not by configure: ${prefix} in a directory is known only here.
unit_sed = $(AM_V_GEN)$(MKDIR_P) systemd && $(SED) -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@runstatedir[@]|$(runstatedir)|g'
systemd/cmekd.service: systemd/cmekd.service.in Makefile
	$(unit_sed) $(srcdir)/systemd/cmekd.service.in >$@.tmp && mv $@.tmp $@
systemd/cmekd.socket: systemd/cmekd.socket.in Makefile
	$(unit_sed) $(srcdir)/systemd/cmekd.socket.in >$@.tmp && mv $@.tmp $@

# Installed under the name of the service, as sysusers.d(5) and tmpfiles.d(5) ask.
install-data-local: install-etc
	$(MKDIR_P) "$(DESTDIR)$(sysusersdir)" "$(DESTDIR)$(tmpfilesdir)"
	$(INSTALL_DATA) $(srcdir)/systemd/cmekd.sysusers "$(DESTDIR)$(sysusersdir)/cmekd.conf"
	$(INSTALL_DATA) $(srcdir)/systemd/cmekd.tmpfiles "$(DESTDIR)$(tmpfilesdir)/cmekd.conf"
uninstall-local: uninstall-etc
	rm -f "$(DESTDIR)$(sysusersdir)/cmekd.conf" "$(DESTDIR)$(tmpfilesdir)/cmekd.conf"
