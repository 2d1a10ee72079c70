# SPDX-License-Identifier: Apache-2.0
dist_man_MANS += man/cmekd.8 man/cmekd.conf.5 man/cmekctl.1
