# SPDX-License-Identifier: Apache-2.0
dist_man_MANS += man/cmekd.8 man/cmekd.conf.5 man/cmekd.project.5 man/io.cmekd.7 man/cmekctl.1
