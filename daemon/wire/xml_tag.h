/* SPDX-License-Identifier: Apache-2.0 */
/* xml_tag: the text of one element of a small XML answer (STS query protocol). No general XML reader:
 * documents with a DOCTYPE, CDATA or a processing instruction other than the declaration are refused. */
#pragma once
#include <stddef.h>

enum xml_tag_refusal { XML_TAG_E_ABSENT = 1, XML_TAG_E_SYNTAX, XML_TAG_E_SIZE };

/* Finds the first element whose path ends in `parent`/`name` (namespace prefixes are not resolved) and copies
 * its text, the five predefined entities decoded, blanks at both ends cut. Refuses: XML_TAG_E_*. */
int xml_tag(const char *text, size_t len, const char *parent, const char *name, char *ret_text, size_t size);
