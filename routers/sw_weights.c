#include "routers/sw_weights.h"

#include "base/clones.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* The loops below are written for the compiler to turn into vector instructions: eight independent
 * lanes, no branch. Each clone gives the same bits, as no step depends on the vector's length. */
#define RA_VECTOR RA_CLONES("avx2", "default")
enum { LANES = 8 };

RA_VECTOR static float maximum(const float *values, size_t count)
{
    float lane[LANES];
    for (size_t l = 0; l < LANES; l++)
        lane[l] = -INFINITY;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] = values[i + l] > lane[l] ? values[i + l] : lane[l];
    for (; i < count; i++)
        lane[0] = values[i] > lane[0] ? values[i] : lane[0];
    float most = lane[0];
    for (size_t l = 1; l < LANES; l++)
        most = lane[l] > most ? lane[l] : most;
    return most;
}

/* 2^x = 2^n * 2^f with n the nearest integer: adding 1.5 * 2^23 rounds x and leaves n in the low
 * bits; 2^f, |f| <= 1/2, by its Taylor polynomial of degree 7 (error below 1e-8). |x| <= 126. */
static inline float power_of_2(float x)
{
    float shifted = x + 12582912.0F;
    float f = x - (shifted - 12582912.0F);
    float p = 1.5252734e-5F;
    p = p * f + 1.5403530e-4F;
    p = p * f + 1.3333558e-3F;
    p = p * f + 9.6181291e-3F;
    p = p * f + 5.5504109e-2F;
    p = p * f + 2.4022651e-1F;
    p = p * f + 6.9314718e-1F;
    p = p * f + 1;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23; /* the exponent of 2^n */
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

enum { WIDE = RA_PANEL };

/* One step a loop: compilers turn loops without a branch into vector instructions. */
static inline void powers_of_16(const float *similarity, const float *factor, float *weight)
{
    float x[WIDE];
    for (size_t v = 0; v < WIDE; v++)
        x[v] = similarity[v] * factor[v];
    for (size_t v = 0; v < WIDE; v++)
        x[v] = x[v] < 126 ? x[v] : 126;
    for (size_t v = 0; v < WIDE; v++)
        x[v] = x[v] > -126 ? x[v] : -126;
    for (size_t v = 0; v < WIDE; v++)
        weight[v] = power_of_2(x[v]);
}

RA_VECTOR static void powers(const float *similarity, size_t count, float factor, float *weight)
{
    float factors[WIDE], rest[WIDE] = {0};
    size_t i = 0;
    for (size_t v = 0; v < WIDE; v++)
        factors[v] = factor;
    for (; i + WIDE <= count; i += WIDE)
        powers_of_16(similarity + i, factors, weight + i);
    memcpy(rest, similarity + i, (count - i) * sizeof rest[0]);
    powers_of_16(rest, factors, rest);
    memcpy(weight + i, rest, (count - i) * sizeof rest[0]);
}

/* 10^(s / max) = 2^(s * log2(10) / max) */
float ra_sw_factor(float most)
{
    return most > 0 || most < 0 ? 3.321928094887362F / most : 0;
}

void ra_sw_weights(const float *similarity, size_t count, float *weight)
{
    powers(similarity, count, ra_sw_factor(maximum(similarity, count)), weight);
}

/* Blocks of 32 values a lane in float, whose error averages out, then in double. */
RA_VECTOR static double sum_blocks(const float *values, size_t count)
{
    enum { BLOCK = 32 * LANES };
    double sum = 0;
    for (size_t from = 0; from < count; from += BLOCK) {
        size_t to = count - from < BLOCK ? count : from + BLOCK, i = from;
        float lane[LANES] = {0};
        for (; i + LANES <= to; i += LANES)
            for (size_t l = 0; l < LANES; l++)
                lane[l] += values[i + l];
        for (; i < to; i++)
            lane[0] += values[i];
        float block = 0;
        for (size_t l = 0; l < LANES; l++)
            block += lane[l];
        sum += (double)block;
    }
    return sum;
}

/* clang 14 does not clone what other files call */
double ra_sw_sum(const float *values, size_t count)
{
    return sum_blocks(values, count);
}

/* --- panels --- */

RA_VECTOR static void panel_powers(float *panel, size_t rows, const float *factor)
{
    for (size_t r = 0; r < rows; r++)
        powers_of_16(panel + r * RA_PANEL, factor, panel + r * RA_PANEL);
}

void ra_sw_panel_weights(float *panel, size_t rows, const float factor[RA_PANEL])
{
    panel_powers(panel, rows, factor);
}

/* Blocks of 32 rows in float, then in double. */
RA_VECTOR static void panel_sum(const float *panel, size_t rows, double times, double *sum)
{
    enum { BLOCK = 32 };
    for (size_t from = 0; from < rows; from += BLOCK) {
        size_t to = rows - from < BLOCK ? rows : from + BLOCK;
        float block[RA_PANEL] = {0};
        for (size_t r = from; r < to; r++)
            for (size_t v = 0; v < RA_PANEL; v++)
                block[v] += panel[r * RA_PANEL + v];
        for (size_t v = 0; v < RA_PANEL; v++)
            sum[v] += times * (double)block[v];
    }
}

void ra_sw_panel_sum(const float *panel, size_t rows, double times, double sum[RA_PANEL])
{
    panel_sum(panel, rows, times, sum);
}
