/* Deterministic, counter-based random numbers: Philox 4x32 with 10 rounds (Salmon, Moraes, Dror,
 * Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011; the constants are the paper's).
 *
 * A number depends on (seed, stream, counter) alone, so item i of stream s is the same whoever
 * computes it, on any number of threads and on every machine. A stream is named by what it is for:
 *
 *     uint64_t stream = ra_rng_stream("router/random", 7);
 *     double u = ra_rng_uniform(seed, stream, i);
 */
#ifndef RA_BASE_RNG_H
#define RA_BASE_RNG_H

#include <stdint.h>

/* Four 32-bit numbers for a 128-bit counter {c0,c1,c2,c3} and a 64-bit key. */
void ra_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Stream number for a purpose and an index. */
uint64_t ra_rng_stream(const char *purpose, uint64_t index);

/* 64 random bits, and a uniform double in [0, 1) with 53 bits. */
uint64_t ra_rng_bits(uint64_t seed, uint64_t stream, uint64_t counter);
double ra_rng_uniform(uint64_t seed, uint64_t stream, uint64_t counter);
/* A normal number of mean 0 and deviation 1 (Box and Muller). */
double ra_rng_normal(uint64_t seed, uint64_t stream, uint64_t counter);

#endif
