/* SPDX-License-Identifier: Apache-2.0 */
/* chance: the only source of randomness of a simulation; a value, so that any run can be repeated. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct chance {
	uint64_t state;
};

/* splitmix64 (public domain, Sebastiano Vigna). */
static inline uint64_t chance_next(struct chance *c)
{
	uint64_t z = (c->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* 0..n-1; n > 0 */
static inline uint32_t chance_below(struct chance *c, uint32_t n)
{
	return (uint32_t)(((chance_next(c) >> 32) * n) >> 32);
}

/* low..high */
static inline int64_t chance_range(struct chance *c, int64_t low, int64_t high)
{
	return low + (int64_t)(chance_next(c) % (uint64_t)(high - low + 1));
}

/* one time in n */
static inline bool chance_one_in(struct chance *c, uint32_t n)
{
	return chance_below(c, n) == 0;
}

static inline bool chance_percent(struct chance *c, uint32_t percent)
{
	return chance_below(c, 100) < percent;
}
