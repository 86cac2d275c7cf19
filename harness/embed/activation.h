/* What a transformer does to rows of numbers beside products: GELU, softmax, layer normalisation,
 * and their backward passes.
 *
 *   gelu(x) = x Phi(x), Phi the normal distribution (the exact form, not the one with tanh):
 *             by a rational function of degree 5/5 in x^2; |error| below 3e-7 |x|
 *   exp     by a polynomial of degree 7; relative error below 3e-7
 *
 * Written for the compiler to turn into vector instructions, with lanes of a fixed number, so that
 * every machine and any number of threads gives the same bits.
 */
#ifndef RA_EMBED_ACTIVATION_H
#define RA_EMBED_ACTIVATION_H

#include <stddef.h>

/* out[i] += x[i] */
void ra_add(const float *x, size_t count, float *out);
/* out[i] = gelu(x[i]); out may be x. */
void ra_gelu(const float *x, size_t count, float *out);
/* d[i] *= gelu'(x[i]) */
void ra_gelu_back(const float *x, size_t count, float *d);

/* row = softmax(scale * row) */
void ra_softmax(float *row, size_t count, float scale);
/* d = scale * p * (d - sum(p * d)): from the gradient of p = softmax(scale * x) to that of x. */
void ra_softmax_back(const float *p, size_t count, float scale, float *d);

/* Each row of x (rows, width) less its mean, over its standard deviation, times gain plus bias. */
void ra_layer_norm(const float *x, size_t rows, size_t width, const float *gain, const float *bias,
                   float epsilon, float *out);
/* From the gradient d of the output to that of x, in its place. Adds to those of gain and bias. */
void ra_layer_norm_back(const float *x, size_t rows, size_t width, const float *gain, float epsilon,
                        float *d, float *d_gain, float *d_bias);

#endif
