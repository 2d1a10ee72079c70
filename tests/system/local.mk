# SPDX-License-Identifier: Apache-2.0
# cmekd as it is installed, under a systemd that is booted in a container: as root, and not of a sanitizer build, which is another
# program and would only say the same again.
system_tests = tests/system/incident.py tests/system/start.py
EXTRA_DIST += tests/system/container.py tests/system/repack.py tests/system/service.py $(system_tests)
if !SANITIZERS
TESTS += $(system_tests)
endif
