# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += etc/cmekd.conf etc/example.conf.sample
# Examples for the AWS side: the ARNs in them are to be replaced.
awsdir = $(docdir)/aws
dist_aws_DATA = etc/aws/event-rule-calls.json etc/aws/event-rule-keys.json etc/aws/iam-hints.json etc/aws/iam-operate.json \
	etc/aws/iam-watch.json etc/aws/queue-policy.json
cmekd_confdir = $(DESTDIR)$(sysconfdir)/cmekd

# A configuration that is there already is its owner's, at install and at uninstall.
install-etc:
	$(MKDIR_P) "$(cmekd_confdir)/projects.d" "$(cmekd_confdir)/cmekd.conf.d"
	test -e "$(cmekd_confdir)/cmekd.conf" || $(INSTALL_DATA) $(srcdir)/etc/cmekd.conf "$(cmekd_confdir)/cmekd.conf"
	$(INSTALL_DATA) $(srcdir)/etc/example.conf.sample "$(cmekd_confdir)/projects.d/example.conf.sample"
uninstall-etc:
	rm -f "$(cmekd_confdir)/projects.d/example.conf.sample"
	if cmp -s $(srcdir)/etc/cmekd.conf "$(cmekd_confdir)/cmekd.conf"; then rm -f "$(cmekd_confdir)/cmekd.conf"; fi
	-rmdir "$(cmekd_confdir)/projects.d" "$(cmekd_confdir)/cmekd.conf.d" "$(cmekd_confdir)" 2>/dev/null
.PHONY: install-etc uninstall-etc
