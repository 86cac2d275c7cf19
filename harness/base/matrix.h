/* Dense float32 matrices on BLAS: the one place that calls it.
 *
 * BLAS libraries give other bits with other numbers of threads and other shapes. Here a product is
 * cut into tiles whose size depends on its shape alone, each tile is one call on one thread, and
 * tiles run side by side: the same bytes on any number of threads of one machine. Another family of
 * processors may still differ in the last bits.
 *
 * Matrices are row-major; a matrix (m,n) with leading dimension ld keeps row i at a + i * ld.
 * `threads` as in base/parallel.h: 0 = all cores. Sizes must fit an int (checked: RA_MAX_ORDER).
 */
#ifndef RA_BASE_MATRIX_H
#define RA_BASE_MATRIX_H

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

#define RA_MAX_ORDER ((size_t)1 << 30) /* rows or columns of one matrix */

/* C (m,n) = alpha * op(A) op(B) + beta * C, where op(A) is (m,k) and op(B) is (k,n); a transposed
 * operand is stored (k,m) or (n,k). */
typedef struct ra_product {
    bool transpose_a, transpose_b;
    size_t m, n, k;
    float alpha, beta;
    const float *a, *b;
    float *c;
    size_t lda, ldb, ldc;
} ra_product;

void ra_matrix_multiply(const ra_product *product, int threads);

/* C (m,n) = A (m,k) B^T with B (n,k), all contiguous: every row of A against every row of B. */
void ra_matrix_rows_by_rows(const float *a, size_t m, const float *b, size_t n, size_t k, float *c,
                            int threads);

/* The library and the kernel that it chose for this processor, in the arena. */
const char *ra_matrix_library(ra_arena *arena);

/* y (rows) = A (rows,columns) x, contiguous. Bound by reading A once from memory. */
void ra_matrix_vector(const float *a, size_t rows, size_t columns, const float *x, float *y,
                      int threads);

/* Eigenvalues, rising, and eigenvectors of a symmetric matrix (n,n) of finite numbers: a's row i
 * becomes the vector of values[i], of length 1. By LAPACK's dsyev, on one thread. */
void ra_matrix_eigen(double *a, size_t n, double *values);

#endif
