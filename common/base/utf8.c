/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

size_t utf8_step_wide(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	/* The second byte's range is what keeps out overlong forms, surrogates and the far end. */
	unsigned char low = 0x80, high = 0xbf;
	size_t need;
	if (s[0] >= 0xc2 && s[0] <= 0xdf) {
		need = 2;
	} else if (s[0] >= 0xe0 && s[0] <= 0xef) {
		need = 3;
		if (s[0] == 0xe0)
			low = 0xa0;
		if (s[0] == 0xed)
			high = 0x9f;
	} else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		need = 4;
		if (s[0] == 0xf0)
			low = 0x90;
		if (s[0] == 0xf4)
			high = 0x8f;
	} else {
		return 0;
	}
	if (len < need || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return need;
}
