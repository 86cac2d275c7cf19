#include "base/matrix.h"

#include "base/clones.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <cblas.h>
#include <pthread.h>
#include <stdlib.h>

/* OpenBLAS holds LAPACK too, but brings no header for it. */
extern void dsyev_(const char *job, const char *half, const int *n, double *a, const int *lda,
                   double *values, double *work, const int *room, int *info);

/* Rows and columns of a tile: large enough that copying the operands into BLAS's own layout costs
 * little, small enough that every core gets some. */
enum { TILE_ROWS = 256, TILE_COLUMNS = 512, TILE_VECTOR = 256 };

static void use_one_thread(void)
{
    openblas_set_num_threads(1);
}

static void prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, use_one_thread);
}

const char *ra_matrix_library(ra_arena *arena)
{
    return ra_arena_printf(arena, "%s, kernel %s", openblas_get_config(), openblas_get_corename());
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void multiply_tile(size_t index, void *context)
{
    const ra_product *p = context;
    size_t across = (p->n + TILE_COLUMNS - 1) / TILE_COLUMNS;
    size_t row = index / across * TILE_ROWS, column = index % across * TILE_COLUMNS;
    size_t rows = smaller(TILE_ROWS, p->m - row), columns = smaller(TILE_COLUMNS, p->n - column);
    cblas_sgemm(CblasRowMajor, p->transpose_a ? CblasTrans : CblasNoTrans,
                p->transpose_b ? CblasTrans : CblasNoTrans, (int)rows, (int)columns, (int)p->k,
                p->alpha, p->a + row * (p->transpose_a ? 1 : p->lda), (int)p->lda,
                p->b + column * (p->transpose_b ? p->ldb : 1), (int)p->ldb, p->beta,
                p->c + row * p->ldc + column, (int)p->ldc);
}

void ra_matrix_multiply(const ra_product *product, int threads)
{
    prepare();
    ra_product p = *product;
    size_t tiles = ((p.m + TILE_ROWS - 1) / TILE_ROWS) * ((p.n + TILE_COLUMNS - 1) / TILE_COLUMNS);
    ra_parallel_for(tiles, threads, multiply_tile, &p);
}

void ra_matrix_rows_by_rows(const float *a, size_t m, const float *b, size_t n, size_t k, float *c,
                            int threads)
{
    ra_matrix_multiply(&(ra_product){.transpose_b = true,
                                     .m = m,
                                     .n = n,
                                     .k = k,
                                     .alpha = 1,
                                     .a = a,
                                     .b = b,
                                     .c = c,
                                     .lda = k,
                                     .ldb = k,
                                     .ldc = n},
                       threads);
}

typedef struct vector_product {
    const float *a, *x;
    float *y;
    size_t rows, columns;
} vector_product;

/* 32 sums side by side, which the compiler keeps in vectors of whatever length there is: the same
 * bytes for each, and no slower than reading. A BLAS reads several rows at a time, which takes a
 * quarter longer from memory. */
RA_CLONES("avx2", "default") static float dot(const float *a, const float *b, size_t count)
{
    enum { LANES = 32, HALF = 16, QUARTER = 8 };
    float lane[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += a[i + l] * b[i + l];
    for (; i < count; i++)
        lane[i % LANES] += a[i] * b[i];
    for (size_t l = 0; l < HALF; l++)
        lane[l] += lane[l + HALF];
    for (size_t l = 0; l < QUARTER; l++)
        lane[l] += lane[l + QUARTER];
    for (size_t l = 0; l < QUARTER; l++)
        sum += lane[l];
    return sum;
}

static void multiply_rows(size_t index, void *context)
{
    const vector_product *v = context;
    size_t from = index * TILE_VECTOR, to = smaller(from + TILE_VECTOR, v->rows);
    for (size_t row = from; row < to; row++)
        v->y[row] = dot(v->a + row * v->columns, v->x, v->columns);
}

void ra_matrix_vector(const float *a, size_t rows, size_t columns, const float *x, float *y,
                      int threads)
{
    vector_product v = {a, x, y, rows, columns};
    ra_parallel_for((rows + TILE_VECTOR - 1) / TILE_VECTOR, threads, multiply_rows, &v);
}

void ra_matrix_eigen(double *a, size_t n, double *values)
{
    prepare();
    int order = (int)n, room = 64 * order, info = 0;
    double *work = ra_alloc((size_t)room, sizeof *work);
    dsyev_("V", "U", &order, a, &order, values, work, &room, &info);
    free(work);
}
