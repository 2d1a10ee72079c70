/* SPDX-License-Identifier: Apache-2.0 */
/* own: cleanup attributes. One owner an object; each early return is right for free. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))

static inline void own_free(void *p)
{
	free(*(void **)p);
}

/* Closes once; the result is cast away and EINTR is never retried: the number may by then be another file. */
static inline void own_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static inline void own_fclose(FILE **f)
{
	if (*f)
		(void)fclose(*f);
	*f = NULL;
}

#define _cleanup_free_   _cleanup_(own_free)
#define _cleanup_close_  _cleanup_(own_close)
#define _cleanup_fclose_ _cleanup_(own_fclose)

/* Moves ownership out of a local that has a cleanup attribute. */
#define own_take(p)                                                                                          \
	({                                                                                                   \
		__typeof__(p) own_taken_ = (p);                                                              \
		(p) = NULL;                                                                                  \
		own_taken_;                                                                                  \
	})
