/* Latent semantic analysis: the directions in which the n-grams of many texts vary most
 * (Deerwester et al. 1990), found by randomised subspace iteration (Halko, Martinsson, Tropp 2011).
 */
#ifndef RA_EMBED_LSA_H
#define RA_EMBED_LSA_H

#include "embed/ngrams.h"

/* Fills basis (columns, dimension), row-major: the right singular vectors of the rows, the largest
 * singular value first. Dimensions that the rows do not have are 0. The same input gives the same
 * bytes on any number of threads. */
void ra_lsa_basis(const ra_features *rows, size_t columns, size_t dimension, int threads,
                  float *basis);

#endif
