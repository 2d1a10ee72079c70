#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A few of the deliberate faults, and that all of them still apply; `make mutants` tries all.
exec "${PYTHON3:-python3}" "$CMEKD_SRC/tests/sim/mutants.py" --quick
