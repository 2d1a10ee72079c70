# SPDX-License-Identifier: Apache-2.0
# The Debian package, built, and installed into a clean root: as root. It builds for itself, so once is enough.
package_tests = tests/package/debian.py
EXTRA_DIST += tests/package/booted.py tests/package/root.py $(package_tests)
if !SANITIZERS
TESTS += $(package_tests)
endif
CLEANFILES += package-root.tar
