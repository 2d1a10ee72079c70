/* SPDX-License-Identifier: Apache-2.0 */
/* interface: the text of io.cmekd.varlink and org.varlink.service, made at build time from the files beside
 * this. */
#pragma once

extern const char interface_io_cmekd[];
extern const char interface_org_varlink_service[];
