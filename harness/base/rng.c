#include "base/rng.h"

#include <math.h>

void ra_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53U * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57U * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

uint64_t ra_rng_stream(const char *purpose, uint64_t index)
{
    uint64_t h = 0xcbf29ce484222325ULL ^ (index * 0x9E3779B97F4A7C15ULL);
    for (const unsigned char *s = (const unsigned char *)purpose; *s; s++)
        h = (h ^ *s) * 0x100000001b3ULL;
    return h;
}

uint64_t ra_rng_bits(uint64_t seed, uint64_t stream, uint64_t counter)
{
    const uint32_t c[4] = {(uint32_t)counter, (uint32_t)(counter >> 32), (uint32_t)stream,
                           (uint32_t)(stream >> 32)};
    const uint32_t k[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t out[4];
    ra_philox(c, k, out);
    return (uint64_t)out[1] << 32 | out[0];
}

double ra_rng_uniform(uint64_t seed, uint64_t stream, uint64_t counter)
{
    return (double)(ra_rng_bits(seed, stream, counter) >> 11) * 0x1p-53;
}

double ra_rng_normal(uint64_t seed, uint64_t stream, uint64_t counter)
{
    double u = 1 - ra_rng_uniform(seed, stream, 2 * counter);
    double v = ra_rng_uniform(seed, stream, 2 * counter + 1);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}
