#include "embed/activation.h"

#include "base/clones.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* As in routers/sw_weights.c: each clone gives the same bits, as no step depends on the vector's
 * length. Sums are kept in LANES parts, added in order at the end. */
#define RA_VECTOR RA_CLONES("avx512f", "avx2", "default")
enum { LANES = 16 };

typedef struct lanes {
    float at[LANES];
} lanes;

/* Up to LANES numbers; what is missing is `fill`. */
static inline lanes load(const float *x, size_t count, float fill)
{
    lanes v;
    if (count >= LANES) {
        memcpy(v.at, x, sizeof v.at);
        return v;
    }
    for (size_t l = 0; l < LANES; l++)
        v.at[l] = l < count ? x[l] : fill;
    return v;
}

static inline void store(float *x, size_t count, const lanes *v)
{
    if (count >= LANES)
        memcpy(x, v->at, sizeof v->at);
    for (size_t l = 0; count < LANES && l < count; l++)
        x[l] = v->at[l];
}

static inline float sum_of(const lanes *v)
{
    float sum = 0;
    for (size_t l = 0; l < LANES; l++)
        sum += v->at[l];
    return sum;
}

/* e^x = 2^n e^f: adding 1.5 * 2^23 rounds x / ln 2 to n, and ln 2 is taken off in two parts. */
static inline float exponential(float x)
{
    x = x > 88 ? 88 : x;
    x = x < -87 ? -87 : x;
    float shifted = x * 1.44269504F + 12582912.0F, n = shifted - 12582912.0F;
    float f = (x - n * 0.693359375F) + n * 2.12194440e-4F;
    float p = 1.98412698e-4F;
    p = p * f + 1.38888889e-3F;
    p = p * f + 8.33333333e-3F;
    p = p * f + 4.16666667e-2F;
    p = p * f + 1.66666667e-1F;
    p = p * f + 0.5F;
    p = p * f + 1;
    p = p * f + 1;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

/* The normal distribution's Phi(x); coefficients fitted to erf by weighted least squares. */
static inline float normal_share(float x)
{
    x = x > 5.6F ? 5.6F : x < -5.6F ? -5.6F : x;
    float s = x * x;
    float p = 2.21462819e-8F;
    p = p * s + 6.35626154e-6F;
    p = p * s + 1.73827456e-4F;
    p = p * s + 4.70711605e-3F;
    p = p * s + 3.43739350e-2F;
    p = p * s + 3.98942222e-1F;
    float q = 1.18022058e-6F;
    q = q * s + 7.50938948e-5F;
    q = q * s + 1.91284667e-3F;
    q = q * s + 2.89388179e-2F;
    q = q * s + 2.52828393e-1F;
    q = q * s + 1;
    float share = 0.5F + x * p / q;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

RA_VECTOR static void gelu(const float *x, size_t count, float *out)
{
    for (size_t i = 0; i < count; i += LANES) {
        lanes v = load(x + i, count - i, 0);
        for (size_t l = 0; l < LANES; l++)
            v.at[l] *= normal_share(v.at[l]);
        store(out + i, count - i, &v);
    }
}

/* clang 14 does not clone what other files call */
void ra_gelu(const float *x, size_t count, float *out)
{
    gelu(x, count, out);
}

RA_VECTOR static void add(const float *x, size_t count, float *out)
{
    for (size_t i = 0; i < count; i += LANES) {
        lanes u = load(x + i, count - i, 0), v = load(out + i, count - i, 0);
        for (size_t l = 0; l < LANES; l++)
            v.at[l] += u.at[l];
        store(out + i, count - i, &v);
    }
}

void ra_add(const float *x, size_t count, float *out)
{
    add(x, count, out);
}

RA_VECTOR static void gelu_back(const float *x, size_t count, float *d)
{
    for (size_t i = 0; i < count; i += LANES) {
        lanes v = load(x + i, count - i, 0), g = load(d + i, count - i, 0);
        for (size_t l = 0; l < LANES; l++) {
            float u = v.at[l];
            g.at[l] *= normal_share(u) + u * 0.398942280F * exponential(-0.5F * u * u);
        }
        store(d + i, count - i, &g);
    }
}

void ra_gelu_back(const float *x, size_t count, float *d)
{
    gelu_back(x, count, d);
}

RA_VECTOR static void softmax(float *row, size_t count, float scale)
{
    lanes most = load(row, count, -INFINITY), sum = {{0}};
    for (size_t i = LANES; i < count; i += LANES) {
        lanes v = load(row + i, count - i, -INFINITY);
        for (size_t l = 0; l < LANES; l++)
            most.at[l] = v.at[l] > most.at[l] ? v.at[l] : most.at[l];
    }
    float top = most.at[0];
    for (size_t l = 1; l < LANES; l++)
        top = most.at[l] > top ? most.at[l] : top;
    for (size_t i = 0; i < count; i += LANES) {
        lanes v = load(row + i, count - i, -INFINITY); /* adds e^-87 to a sum of at least 1 */
        for (size_t l = 0; l < LANES; l++)
            v.at[l] = exponential(scale * (v.at[l] - top));
        for (size_t l = 0; l < LANES; l++)
            sum.at[l] += v.at[l];
        store(row + i, count - i, &v);
    }
    float factor = 1 / sum_of(&sum);
    for (size_t i = 0; i < count; i += LANES) {
        lanes v = load(row + i, count - i, 0);
        for (size_t l = 0; l < LANES; l++)
            v.at[l] *= factor;
        store(row + i, count - i, &v);
    }
}

void ra_softmax(float *row, size_t count, float scale)
{
    softmax(row, count, scale);
}

/* sum of a[i] * b[i] */
static inline float inner(const float *a, const float *b, size_t count)
{
    lanes sum = {{0}};
    for (size_t i = 0; i < count; i += LANES) {
        lanes u = load(a + i, count - i, 0), v = load(b + i, count - i, 0);
        for (size_t l = 0; l < LANES; l++)
            sum.at[l] += u.at[l] * v.at[l];
    }
    return sum_of(&sum);
}

RA_VECTOR static void softmax_back(const float *p, size_t count, float scale, float *d)
{
    float mean = inner(p, d, count);
    for (size_t i = 0; i < count; i++)
        d[i] = scale * p[i] * (d[i] - mean);
}

void ra_softmax_back(const float *p, size_t count, float scale, float *d)
{
    softmax_back(p, count, scale, d);
}

/* --- layer normalisation --- */

typedef struct moments {
    float mean, inverse; /* of the standard deviation */
} moments;

static inline moments moments_of(const float *x, size_t width, float epsilon)
{
    lanes sum = {{0}}, squares = {{0}};
    for (size_t i = 0; i < width; i += LANES) {
        lanes v = load(x + i, width - i, 0);
        for (size_t l = 0; l < LANES; l++)
            sum.at[l] += v.at[l];
    }
    float mean = sum_of(&sum) / (float)width;
    for (size_t i = 0; i < width; i += LANES) {
        lanes v = load(x + i, width - i, mean);
        for (size_t l = 0; l < LANES; l++)
            squares.at[l] += (v.at[l] - mean) * (v.at[l] - mean);
    }
    return (moments){mean, 1 / sqrtf(sum_of(&squares) / (float)width + epsilon)};
}

RA_VECTOR static void normalise(const float *x, size_t width, const float *gain, const float *bias,
                                float epsilon, float *out)
{
    moments m = moments_of(x, width, epsilon);
    for (size_t i = 0; i < width; i += LANES) {
        lanes v = load(x + i, width - i, 0), g = load(gain + i, width - i, 0);
        lanes b = load(bias + i, width - i, 0);
        for (size_t l = 0; l < LANES; l++)
            v.at[l] = (v.at[l] - m.mean) * m.inverse * g.at[l] + b.at[l];
        store(out + i, width - i, &v);
    }
}

void ra_layer_norm(const float *x, size_t rows, size_t width, const float *gain, const float *bias,
                   float epsilon, float *out)
{
    for (size_t r = 0; r < rows; r++)
        normalise(x + r * width, width, gain, bias, epsilon, out + r * width);
}

/* With n = (x - mean) / deviation and e = gain * d:
 * dx = (e - mean(e) - n * mean(e * n)) / deviation */
RA_VECTOR static void normalise_back(const float *x, size_t width, const float *gain, float epsilon,
                                     float *d, float *d_gain, float *d_bias)
{
    moments m = moments_of(x, width, epsilon);
    float along = 0, mean = 0;
    for (size_t i = 0; i < width; i++) {
        float n = (x[i] - m.mean) * m.inverse;
        d_gain[i] += d[i] * n;
        d_bias[i] += d[i];
        d[i] *= gain[i];
        mean += d[i];
        along += d[i] * n;
    }
    mean /= (float)width;
    along /= (float)width;
    for (size_t i = 0; i < width; i++)
        d[i] = (d[i] - mean - (x[i] - m.mean) * m.inverse * along) * m.inverse;
}

void ra_layer_norm_back(const float *x, size_t rows, size_t width, const float *gain, float epsilon,
                        float *d, float *d_gain, float *d_bias)
{
    for (size_t r = 0; r < rows; r++)
        normalise_back(x + r * width, width, gain, epsilon, d + r * width, d_gain, d_bias);
}
