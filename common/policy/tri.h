/* SPDX-License-Identifier: Apache-2.0 */
/* tri: Kleene's three-valued logic. UNKNOWN means that the truth could be either. */
#pragma once

enum tri { TRI_FALSE, TRI_UNKNOWN, TRI_TRUE };

static inline enum tri tri_of(int truth)
{
	return truth ? TRI_TRUE : TRI_FALSE;
}

static inline enum tri tri_and(enum tri a, enum tri b)
{
	return a < b ? a : b;
}

static inline enum tri tri_or(enum tri a, enum tri b)
{
	return a > b ? a : b;
}

static inline enum tri tri_not(enum tri a)
{
	return a == TRI_TRUE ? TRI_FALSE : a == TRI_FALSE ? TRI_TRUE : TRI_UNKNOWN;
}

/* One of two readings holds, and it is not known which. */
static inline enum tri tri_either(enum tri a, enum tri b)
{
	return a == b ? a : TRI_UNKNOWN;
}
