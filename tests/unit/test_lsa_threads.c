/* Latent semantic analysis against the eigenvectors of X^T X, and the same bytes on any threads. */
#include "base/matrix.h"
#include "base/memory.h"
#include "base/rng.h"
#include "embed/lsa.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const size_t ROWS = 300, EACH = 12;
enum { COLUMNS = 90, KEPT = 7, BASIS = COLUMNS * KEPT };

/* Rows of 12 features; two topics that share none, and noise. */
static ra_features make(void)
{
    ra_features x = {.rows = ROWS,
                     .start = ra_alloc(ROWS + 1, sizeof *x.start),
                     .feature = ra_alloc(ROWS * EACH, sizeof *x.feature),
                     .value = ra_alloc(ROWS * EACH, sizeof *x.value)};
    uint64_t stream = ra_rng_stream("test/lsa", 0);
    for (size_t row = 0; row < ROWS; row++) {
        x.start[row + 1] = (row + 1) * EACH;
        for (size_t k = row * EACH; k < (row + 1) * EACH; k++) {
            size_t step = k % EACH, half = row % 2 * (COLUMNS / 2);
            x.feature[k] = (uint32_t)(half + 3 * step + ra_rng_bits(1, stream, 2 * k) % 3);
            x.value[k] = (float)ra_rng_uniform(1, stream, 2 * k + 1) + 0.1F;
        }
    }
    return x;
}

static void gram(const ra_features *x, double *out)
{
    for (size_t row = 0; row < x->rows; row++)
        for (size_t i = x->start[row]; i < x->start[row + 1]; i++)
            for (size_t j = x->start[row]; j < x->start[row + 1]; j++)
                out[x->feature[i] * COLUMNS + x->feature[j]] +=
                    (double)x->value[i] * (double)x->value[j];
}

/* Each direction is the eigenvector of the same rank, up to its sign. */
static void leading_directions_are_found(void **state)
{
    (void)state;
    ra_features x = make();
    static double vectors[COLUMNS * COLUMNS], values[COLUMNS];
    static float basis[BASIS];
    gram(&x, vectors);
    ra_matrix_eigen(vectors, COLUMNS, values);
    ra_lsa_basis(&x, COLUMNS, KEPT, 0, basis);
    for (size_t d = 0; d < 2; d++) { /* the topics; the noise's directions are not far apart */
        double along = 0;
        for (size_t c = 0; c < COLUMNS; c++)
            along += (double)basis[c * KEPT + d] * vectors[(COLUMNS - 1 - d) * COLUMNS + c];
        assert_true(fabs(fabs(along) - 1) < 1e-5);
    }
    for (size_t a = 0; a < KEPT; a++)
        for (size_t b = 0; b <= a; b++) {
            double product = 0;
            for (size_t c = 0; c < COLUMNS; c++)
                product += (double)basis[c * KEPT + a] * (double)basis[c * KEPT + b];
            assert_true(fabs(product - (a == b)) < 1e-5);
        }
    ra_features_release(&x);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    ra_features x = make();
    static float one[BASIS], several[BASIS];
    ra_lsa_basis(&x, COLUMNS, KEPT, 1, one);
    ra_lsa_basis(&x, COLUMNS, KEPT, 4, several);
    assert_memory_equal(one, several, sizeof one);
    ra_features_release(&x);
}

/* Fewer texts than dimensions: the rest is 0, not noise. */
static void missing_dimensions_are_zero(void **state)
{
    (void)state;
    ra_features x = make();
    static float basis[BASIS];
    x.rows = 3;
    ra_lsa_basis(&x, COLUMNS, KEPT, 0, basis);
    for (size_t c = 0; c < COLUMNS; c++)
        for (size_t d = 3; d < KEPT; d++)
            assert_true(fabsf(basis[c * KEPT + d]) <= 0);
    x.rows = 0;
    ra_lsa_basis(&x, COLUMNS, KEPT, 0, basis);
    for (size_t i = 0; i < BASIS; i++)
        assert_true(fabsf(basis[i]) <= 0);
    ra_features_release(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leading_directions_are_found),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(missing_dimensions_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
