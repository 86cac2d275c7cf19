/* Panels: products against the plain loop, and similarity weights of 16 queries side by side
 * against those of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/panels.h"
#include "base/rng.h"
#include "routers/sw_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 205, COLUMNS = 300, VECTORS = 37, PANELS = 3 };

static float *random_values(size_t count, uint64_t stream)
{
    float *values = ra_alloc(count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(ra_rng_uniform(1, stream, i) - 0.5);
    return values;
}

static double dot(const float *a, const float *b)
{
    double sum = 0;
    for (size_t k = 0; k < COLUMNS; k++)
        sum += (double)a[k] * (double)b[k];
    return sum;
}

typedef struct data {
    float *rows, *vectors, *out, most[PANELS * RA_PANEL];
    ra_panels panels;
} data;

static data make(void)
{
    data d = {.rows = random_values((size_t)ROWS * COLUMNS, 1),
              .vectors = random_values((size_t)VECTORS * COLUMNS, 2),
              .out = random_values((size_t)PANELS * ROWS * RA_PANEL, 3)};
    ra_panels_pack(&d.panels, d.vectors, VECTORS, COLUMNS);
    return d;
}

static void release(data *d)
{
    ra_panels_release(&d->panels);
    free(d->rows);
    free(d->vectors);
    free(d->out);
}

static void check_products(const ra_panel_kernel *kernel)
{
    data d = make();
    assert_int_equal(d.panels.count, PANELS);
    ra_panels_multiply_by(kernel, &d.panels, d.rows, ROWS, d.out, d.most, 0);
    for (size_t v = 0; v < VECTORS; v++) {
        float most = -INFINITY;
        for (size_t r = 0; r < ROWS; r++) {
            float found = d.out[(v / RA_PANEL * ROWS + r) * RA_PANEL + v % RA_PANEL];
            double expected = dot(d.rows + r * COLUMNS, d.vectors + v * COLUMNS);
            assert_true(fabs((double)found - expected) <= 1e-5);
            most = found > most ? found : most;
        }
        assert_memory_equal(&most, &d.most[v], sizeof most);
    }
    release(&d);
}

static void products(void **state)
{
    (void)state;
    check_products(&ra_panel_kernel_portable);
    if (ra_panel_kernel_avx2())
        check_products(ra_panel_kernel_avx2());
}

/* Neither the number of threads nor the vectors beside it nor the rows before it change a byte. */
static void same_bytes(void **state)
{
    (void)state;
    data d = make();
    float *other = random_values((size_t)PANELS * ROWS * RA_PANEL, 4), most[PANELS * RA_PANEL];
    ra_panels_multiply(&d.panels, d.rows, ROWS, d.out, d.most, 1);
    for (int threads = 2; threads <= 4; threads++) {
        ra_panels_multiply(&d.panels, d.rows, ROWS, other, most, threads);
        assert_memory_equal(d.out, other, (size_t)PANELS * ROWS * RA_PANEL * sizeof *other);
        assert_memory_equal(d.most, most, sizeof most);
    }
    ra_panels alone;
    ra_panels_pack(&alone, d.vectors + (size_t)(VECTORS - 1) * COLUMNS, 1, COLUMNS);
    ra_panels_multiply(&alone, d.rows + (size_t)5 * COLUMNS, ROWS - 5, other, most, 1);
    for (size_t r = 5; r < ROWS; r++)
        assert_memory_equal(&other[(r - 5) * RA_PANEL],
                            &d.out[((size_t)(VECTORS - 1) / RA_PANEL * ROWS + r) * RA_PANEL +
                                   (VECTORS - 1) % RA_PANEL],
                            sizeof(float));
    ra_panels_release(&alone);
    free(other);
    release(&d);
}

/* Products on top of `start`, nothing beside the columns, and a row's bytes are those it has alone;
 * vectors may stand in columns. */
static void laid_out_as_blas_does(void **state)
{
    enum { FROM = 1, ROOM = 40, WIDTH = VECTORS - RA_PANEL };
    (void)state;
    data d = make();
    float *turned = ra_alloc((size_t)VECTORS * COLUMNS, sizeof *turned);
    float out[ROWS * ROOM], alone[ROOM], start[WIDTH];
    for (size_t v = 0; v < VECTORS; v++)
        for (size_t k = 0; k < COLUMNS; k++)
            turned[k * VECTORS + v] = d.vectors[v * COLUMNS + k];
    ra_panels columns;
    ra_panels_pack_from(&columns, turned, VECTORS, COLUMNS, 1, VECTORS);
    assert_memory_equal(columns.packed, d.panels.packed,
                        (size_t)PANELS * COLUMNS * RA_PANEL * sizeof(float));
    for (size_t v = 0; v < WIDTH; v++)
        start[v] = (float)v;
    for (size_t i = 0; i < (size_t)ROWS * ROOM; i++)
        out[i] = -1;
    ra_panel_part part = {FROM, PANELS - FROM, d.rows, ROWS, COLUMNS, start, out, ROOM};
    ra_panels_part(&columns, &part);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t v = 0; v < ROOM; v++) {
            double expected = v < WIDTH ? (double)v + dot(d.rows + r * COLUMNS,
                                                          d.vectors + (v + RA_PANEL) * COLUMNS)
                                        : -1;
            assert_true(fabs((double)out[r * ROOM + v] - expected) <= 1e-4);
        }
    for (size_t r = 0; r < ROWS; r++) {
        part.rows = d.rows + r * COLUMNS;
        part.row_count = 1;
        part.out = alone;
        ra_panels_part(&d.panels, &part);
        assert_memory_equal(alone, out + r * ROOM, WIDTH * sizeof *alone);
    }
    ra_panels_release(&columns);
    free(turned);
    release(&d);
}

static void weights_as_of_one(void **state)
{
    (void)state;
    data d = make();
    float similarity[ROWS], weight[ROWS], factor[RA_PANEL];
    double sum[RA_PANEL] = {0};
    ra_panels_multiply(&d.panels, d.rows, ROWS, d.out, d.most, 1);
    for (size_t v = 0; v < RA_PANEL; v++)
        factor[v] = ra_sw_factor(d.most[v]);
    for (size_t r = 0; r < ROWS; r++)
        similarity[r] = d.out[r * RA_PANEL + 3];
    ra_sw_weights(similarity, ROWS, weight);
    ra_sw_panel_weights(d.out, ROWS, factor);
    for (size_t r = 0; r < ROWS; r++) {
        double expected = pow(10, (double)similarity[r] / (double)d.most[3]);
        assert_memory_equal(&weight[r], &d.out[r * RA_PANEL + 3], sizeof(float));
        assert_true(fabs((double)weight[r] - expected) <= 4e-7 * expected);
    }
    ra_sw_panel_sum(d.out, ROWS, 2, sum);
    assert_true(fabs(sum[3] - 2 * ra_sw_sum(weight, ROWS)) <= 1e-5 * sum[3]);
    release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(products), cmocka_unit_test(same_bytes),
                                       cmocka_unit_test(laid_out_as_blas_does),
                                       cmocka_unit_test(weights_as_of_one)};
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
