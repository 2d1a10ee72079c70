# SPDX-License-Identifier: Apache-2.0
# A release holds what builds its Debian package (debian/cmekd.README.Debian).
EXTRA_DIST += debian/.gitignore debian/changelog debian/cmekd.README.Debian debian/cmekd.docs debian/cmekd.postrm debian/cmekd.prerm \
	debian/control debian/copyright debian/rules debian/source/format debian/tests/control debian/tests/smoke debian/tests/system
