/* SPDX-License-Identifier: Apache-2.0 */
/* report_svg: the timeline of an incident as a drawing inside of a page: a bar a cluster, marks, an axis in UTC. Colours
 * are classes of the page's style. */
#pragma once
#include "base/buf.h"
#include "output.h"

#define REPORT_SVG_CLUSTERS_MAX 100u /* bars; all clusters stand in the page's table */

void report_svg(struct buf *out, const struct output_story *o);
