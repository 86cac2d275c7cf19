/* Parallel loops whose result does not depend on the number of threads: the body for index i
 * writes only to what belongs to i; sums over indices are made afterwards, in order. */
#ifndef RA_BASE_PARALLEL_H
#define RA_BASE_PARALLEL_H

#include <stddef.h>

typedef void ra_parallel_body(size_t index, void *context);

/* Calls body for 0 .. count-1, on `threads` threads (0 = all cores). */
void ra_parallel_for(size_t count, int threads, ra_parallel_body *body, void *context);

/* Number of threads that 0 stands for. */
int ra_parallel_cores(void);

#endif
