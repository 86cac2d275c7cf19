/* The kernel of panels.h for x86-64 with AVX2: two registers of sums for each of 6 rows, and each
 * step multiplies the 16 numbers of a panel with one number of every row. (AVX-512 with 12 rows was
 * no faster where it was measured, on Zen 4.) */
#include "base/panels.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>
#include <stdbool.h>

#define AVX2 __attribute__((target("avx2,fma")))

enum { ROWS = 6 };

AVX2 static inline void finish(__m256 low, __m256 high, float *out, bool add)
{
    _mm256_storeu_ps(out, add ? _mm256_add_ps(_mm256_loadu_ps(out), low) : low);
    _mm256_storeu_ps(out + 8, add ? _mm256_add_ps(_mm256_loadu_ps(out + 8), high) : high);
}

AVX2 static void tile_256(const float *const *row, const float *panel, size_t columns,
                          const float *start, float *out, size_t stride)
{
    const float *r0 = row[0];
    const float *r1 = row[1];
    const float *r2 = row[2];
    const float *r3 = row[3];
    const float *r4 = row[4];
    const float *r5 = row[5];
    for (size_t r = 0; r < ROWS; r++) /* there when the sums are ready */
        __builtin_prefetch(out + r * stride, 1);
    bool add = !start;
    __m256 l0 = add ? _mm256_setzero_ps() : _mm256_loadu_ps(start), l1 = l0, l2 = l0, l3 = l0,
           l4 = l0, l5 = l0;
    __m256 h0 = add ? _mm256_setzero_ps() : _mm256_loadu_ps(start + 8), h1 = h0, h2 = h0, h3 = h0,
           h4 = h0, h5 = h0;
    for (size_t k = 0; k < columns; k++) {
        __m256 low = _mm256_loadu_ps(panel + k * RA_PANEL);
        __m256 high = _mm256_loadu_ps(panel + k * RA_PANEL + 8), x;
        x = _mm256_broadcast_ss(r0 + k);
        l0 = _mm256_fmadd_ps(x, low, l0);
        h0 = _mm256_fmadd_ps(x, high, h0);
        x = _mm256_broadcast_ss(r1 + k);
        l1 = _mm256_fmadd_ps(x, low, l1);
        h1 = _mm256_fmadd_ps(x, high, h1);
        x = _mm256_broadcast_ss(r2 + k);
        l2 = _mm256_fmadd_ps(x, low, l2);
        h2 = _mm256_fmadd_ps(x, high, h2);
        x = _mm256_broadcast_ss(r3 + k);
        l3 = _mm256_fmadd_ps(x, low, l3);
        h3 = _mm256_fmadd_ps(x, high, h3);
        x = _mm256_broadcast_ss(r4 + k);
        l4 = _mm256_fmadd_ps(x, low, l4);
        h4 = _mm256_fmadd_ps(x, high, h4);
        x = _mm256_broadcast_ss(r5 + k);
        l5 = _mm256_fmadd_ps(x, low, l5);
        h5 = _mm256_fmadd_ps(x, high, h5);
    }
    finish(l0, h0, out, add);
    finish(l1, h1, out + stride, add);
    finish(l2, h2, out + 2 * stride, add);
    finish(l3, h3, out + 3 * stride, add);
    finish(l4, h4, out + 4 * stride, add);
    finish(l5, h5, out + 5 * stride, add);
}

const ra_panel_kernel *ra_panel_kernel_avx2(void)
{
    static const ra_panel_kernel kernel = {"avx2", ROWS, tile_256};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernel : NULL;
}

#else

const ra_panel_kernel *ra_panel_kernel_avx2(void)
{
    return NULL;
}

#endif
