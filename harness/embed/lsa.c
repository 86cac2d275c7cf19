#include "embed/lsa.h"

#include "base/matrix.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More directions than are asked for, and passes: what makes the leading ones exact. */
enum { SPARE = 16, PASSES = 4, BLOCK = 64 };

/* out (rows, width) = X b, with X sparse and b (columns, width). */
typedef struct sparse_product {
    const ra_features *x;
    const float *b;
    float *out;
    size_t width;
} sparse_product;

static void multiply_block(size_t block, void *context)
{
    const sparse_product *p = context;
    size_t end = (block + 1) * BLOCK < p->x->rows ? (block + 1) * BLOCK : p->x->rows;
    for (size_t row = block * BLOCK; row < end; row++) {
        float *out = p->out + row * p->width;
        memset(out, 0, p->width * sizeof *out);
        for (size_t k = p->x->start[row]; k < p->x->start[row + 1]; k++) {
            const float *b = p->b + p->x->feature[k] * p->width;
            for (size_t j = 0; j < p->width; j++)
                out[j] += p->x->value[k] * b[j];
        }
    }
}

static void multiply(const ra_features *x, const float *b, size_t width, int threads, float *out)
{
    sparse_product p = {x, b, out, width};
    ra_parallel_for((x->rows + BLOCK - 1) / BLOCK, threads, multiply_block, &p);
}

/* The same numbers by columns: X transposed. */
static ra_features transpose(const ra_features *x, size_t columns)
{
    size_t count = x->start[x->rows];
    ra_features t = {.rows = columns,
                     .start = ra_alloc(columns + 2, sizeof *t.start),
                     .feature = ra_alloc(count + 1, sizeof *t.feature),
                     .value = ra_alloc(count + 1, sizeof *t.value)};
    for (size_t k = 0; k < count; k++)
        t.start[x->feature[k] + 2]++;
    for (size_t c = 0; c < columns; c++)
        t.start[c + 2] += t.start[c + 1];
    for (size_t row = 0; row < x->rows; row++)
        for (size_t k = x->start[row]; k < x->start[row + 1]; k++) {
            size_t to = t.start[x->feature[k] + 1]++;
            t.feature[to] = (uint32_t)row;
            t.value[to] = x->value[k];
        }
    return t;
}

/* Eigenvalues, rising, and eigenvectors of A^T A, with A (rows, width). */
static void gram_eigen(const float *a, size_t rows, size_t width, int threads, double *vectors,
                       double *values)
{
    float *gram = ra_alloc(width * width, sizeof *gram);
    ra_matrix_multiply(&(ra_product){.transpose_a = true,
                                     .m = width,
                                     .n = width,
                                     .k = rows,
                                     .alpha = 1,
                                     .a = a,
                                     .b = a,
                                     .c = gram,
                                     .lda = width,
                                     .ldb = width,
                                     .ldc = width},
                       threads);
    for (size_t i = 0; i < width * width; i++)
        vectors[i] = (double)gram[i];
    ra_matrix_eigen(vectors, width, values);
    free(gram);
}

/* out (rows, to) = A R^T, with R's rows the vectors from the last on, each times its scale. */
static void rotate(const float *a, size_t rows, size_t width, const double *vectors,
                   const double *scale, size_t to, int threads, float *out)
{
    float *r = ra_alloc(to * width, sizeof *r);
    for (size_t i = 0; i < to; i++)
        for (size_t j = 0; j < width; j++)
            r[i * width + j] = (float)(vectors[(width - 1 - i) * width + j] * scale[width - 1 - i]);
    ra_matrix_rows_by_rows(a, rows, r, to, width, out, threads);
    free(r);
}

/* Directions of A's columns at right angles, of length 1; those that are only rounding become 0. */
static void orthonormalise(float *a, size_t rows, size_t width, int threads)
{
    double *vectors = ra_alloc(width * width, sizeof *vectors);
    double *values = ra_alloc(width, sizeof *values);
    float *copy = ra_alloc(rows * width, sizeof *copy);
    memcpy(copy, a, rows * width * sizeof *copy);
    gram_eigen(a, rows, width, threads, vectors, values);
    double least = 1e-6 * values[width - 1];
    for (size_t i = 0; i < width; i++)
        values[i] = values[i] > least ? 1 / sqrt(values[i]) : 0;
    rotate(copy, rows, width, vectors, values, width, threads, a);
    free(vectors);
    free(values);
    free(copy);
}

static void start_anywhere(float *basis, size_t count)
{
    uint64_t stream = ra_rng_stream("embed/lsa", 0);
    for (size_t i = 0; i < count; i++)
        basis[i] = ra_rng_bits(0, stream, i) & 1 ? 1 : -1;
}

/* Turns the basis so that its directions are those of X's singular vectors, and keeps some. */
static void align(const float *wide, const float *images, size_t rows, size_t columns, size_t width,
                  size_t kept, int threads, float *narrow)
{
    double *vectors = ra_alloc(width * width, sizeof *vectors);
    double *values = ra_alloc(width, sizeof *values);
    gram_eigen(images, rows, width, threads, vectors, values);
    double least = 1e-6 * values[width - 1];
    for (size_t i = 0; i < width; i++)
        values[i] = values[i] > least ? 1 : 0;
    rotate(wide, columns, width, vectors, values, kept, threads, narrow);
    free(vectors);
    free(values);
}

void ra_lsa_basis(const ra_features *rows, size_t columns, size_t dimension, int threads,
                  float *basis)
{
    size_t most = rows->rows < columns ? rows->rows : columns;
    size_t width = dimension + SPARE < most ? dimension + SPARE : most;
    size_t kept = dimension < width ? dimension : width;
    memset(basis, 0, columns * dimension * sizeof *basis);
    if (width == 0)
        return;
    ra_features by_column = transpose(rows, columns);
    float *wide = ra_alloc(columns * width, sizeof *wide);
    float *images = ra_alloc(rows->rows * width, sizeof *images);
    float *narrow = ra_alloc(columns * kept, sizeof *narrow);
    start_anywhere(wide, columns * width);
    for (int pass = 0; pass < PASSES; pass++) {
        multiply(rows, wide, width, threads, images);
        orthonormalise(images, rows->rows, width, threads);
        multiply(&by_column, images, width, threads, wide);
        orthonormalise(wide, columns, width, threads);
    }
    multiply(rows, wide, width, threads, images);
    align(wide, images, rows->rows, columns, width, kept, threads, narrow);
    for (size_t c = 0; c < columns; c++)
        memcpy(basis + c * dimension, narrow + c * kept, kept * sizeof *basis);
    ra_features_release(&by_column);
    free(wide);
    free(images);
    free(narrow);
}
