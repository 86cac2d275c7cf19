/* The bootstrap: exact multinomial counts, and the same bytes for any number of threads, either
 * kernel, and against curves computed one replicate at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "measure/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUTERS = 4, ITEMS = 700 };

typedef struct data {
    ra_arena arena;
    ra_outcomes outcomes;
    const double *score[ROUTERS];
} data;

static double uniform(const char *what, size_t index)
{
    return ra_rng_uniform(7, ra_rng_stream(what, 0), index);
}

/* Grades of 0 and 1 times `points`, rounded to whole ones; scores distinct, tied, of two values and
 * constant. */
static data make(size_t n, double points)
{
    data d = {.outcomes = {.count = n}};
    ra_outcomes *o = &d.outcomes;
    double **columns[] = {&o->strong, &o->weak, &o->strong_turns, &o->weak_turns};
    for (int c = 0; c < 4; c++)
        *columns[c] = ra_arena_alloc(&d.arena, n, sizeof(double));
    double *score[ROUTERS];
    for (int r = 0; r < ROUTERS; r++)
        d.score[r] = score[r] = ra_arena_alloc(&d.arena, n, sizeof(double));
    for (size_t i = 0; i < n; i++) {
        o->strong[i] = round(points * (uniform("strong", i) < 0.5 ? 1 : uniform("level", i)));
        o->weak[i] = round(points * (uniform("weak", i) < 0.4 ? 1 : uniform("low", i) / 2));
        o->strong_turns[i] = o->weak_turns[i] = 1;
        double known = 0.1 * (o->strong[i] - o->weak[i]) / points + uniform("noise", i);
        score[0][i] = known;
        score[1][i] = round(10 * known) / 10;
        score[2][i] = known > 0.5;
        score[3][i] = 0.25;
    }
    return d;
}

static ra_replicates resample(ra_arena *arena, const data *d, int threads, ra_lanes_path path)
{
    ra_resampling how = RA_RESAMPLING_DEFAULT;
    how.replicates = 500;
    how.threads = threads;
    how.path = path;
    ra_replicates out;
    ra_resample(arena, &d->outcomes, d->score, ROUTERS, &how, &out);
    return out;
}

static void assert_same(const ra_replicates *a, const ra_replicates *b)
{
    size_t one = a->count * sizeof(double);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->without_gap, b->without_gap);
    assert_memory_equal(a->strong, b->strong, one);
    assert_memory_equal(a->weak, b->weak, one);
    assert_memory_equal(a->figure, b->figure, one * RA_FIGURES * ROUTERS);
}

static void same_bytes(void **state)
{
    (void)state;
    static const double points[] = {1, 20};
    for (int p = 0; p < 2; p++) {
        data d = make(ITEMS, points[p]);
        ra_arena arena = {0};
        ra_replicates one = resample(&arena, &d, 1, RA_LANES_BEST);
        for (int threads = 2; threads <= 3; threads++) {
            ra_replicates more = resample(&arena, &d, threads, RA_LANES_BEST);
            assert_same(&one, &more);
        }
        ra_replicates plain = resample(&arena, &d, 2, RA_LANES_PORTABLE);
        assert_same(&one, &plain);
        ra_arena_release(&arena);
        ra_arena_release(&d.arena);
    }
}

/* One more graded turn on one item, whose grade is the mean, sends the data the general way. */
static void agrees_with_curves(void **state)
{
    (void)state;
    static const double points[] = {1, 20};
    for (int p = 0; p < 2; p++) {
        data d = make(60, points[p]);
        ra_arena arena = {0};
        ra_replicates lanes = resample(&arena, &d, 2, RA_LANES_BEST);
        for (size_t i = 0; i < 60; i++) { /* sevenths of a score: no scale makes them whole */
            d.outcomes.strong[i] /= 7;
            d.outcomes.weak[i] /= 7;
        }
        ra_replicates general = resample(&arena, &d, 2, RA_LANES_BEST);
        assert_true(lanes.without_gap == general.without_gap);
        size_t apart = 0, all = lanes.count * RA_FIGURES * ROUTERS;
        for (size_t i = 0; i < all; i++) {
            assert_int_equal(isnan(lanes.figure[i]), isnan(general.figure[i]));
            if (!isnan(lanes.figure[i]) && fabs(lanes.figure[i] - general.figure[i]) > 1e-9)
                apart++;
        }
        for (size_t b = 0; b < lanes.count; b++)
            assert_true(fabs(lanes.strong[b] - 7 * general.strong[b]) < 1e-12 * points[p]);
        /* where a target lies on a breakpoint, rounding may miss it there */
        assert_true((double)apart < 0.03 * (double)all);
        for (int r = 0; r < ROUTERS; r++) {
            const double *a = ra_replicates_of(&lanes, (size_t)r, RA_FIGURE_APGR),
                         *b = ra_replicates_of(&general, (size_t)r, RA_FIGURE_APGR);
            for (size_t i = 0; i < lanes.count; i++)
                assert_true(isnan(a[i]) || fabs(a[i] - b[i]) < 1e-9 * (1 + fabs(a[i])));
        }
        ra_arena_release(&arena);
        ra_arena_release(&d.arena);
    }
}

/* --- counts --- */

enum { DRAWN = 50, TILES = 400 };

/* Means, variances and covariances of multinomial counts: 1, 1 - 1/n, -1/n; chi-square-like bounds
 * of five standard errors. */
static void check_moments(const double *sum, const double *squares, double crossed, double n)
{
    double size = TILES * RA_LANES;
    for (size_t i = 0; i < DRAWN; i++) {
        double mean = sum[i] / size, variance = squares[i] / size - mean * mean;
        assert_true(fabs(mean - 1) < 5 / sqrt(size));
        assert_true(fabs(variance - (1 - 1 / n)) < 5 * sqrt(3 / size));
    }
    assert_true(fabs(crossed / size / DRAWN - (1 - 1 / n)) < 5 / sqrt(size * DRAWN));
}

static void counts_are_multinomial(void **state)
{
    (void)state;
    ra_arena arena = {0};
    ra_draws draws;
    uint8_t rows[DRAWN * RA_LANES];
    double sum[DRAWN] = {0}, squares[DRAWN] = {0}, crossed = 0, seen[6] = {0};
    ra_draws_init(&draws, &arena, DRAWN, NULL, 1, 3);
    for (size_t t = 0; t < TILES; t++) {
        unsigned most = ra_draws_tile(&draws, ra_lanes_kernel(RA_LANES_BEST), t, rows);
        for (int j = 0; j < RA_LANES; j++) {
            int all = 0;
            for (size_t i = 0; i < DRAWN; i++) {
                int here = rows[i * RA_LANES + (size_t)j];
                int next = rows[(i + 1) % DRAWN * RA_LANES + (size_t)j];
                assert_true((unsigned)here <= most);
                all += here;
                sum[i] += here;
                squares[i] += here * here;
                crossed += here * next;
                seen[here < 5 ? here : 5] += 1;
            }
            assert_int_equal(all, DRAWN);
        }
    }
    check_moments(sum, squares, crossed, DRAWN);
    double size = (double)TILES * RA_LANES * DRAWN, p = pow(1 - 1.0 / DRAWN, DRAWN);
    for (int k = 0; k < 5; k++) { /* binomial(n, 1/n) */
        assert_true(fabs(seen[k] / size - p) < 5 * sqrt(p / size));
        p *= (double)(DRAWN - k) / (k + 1) / (DRAWN - 1);
    }
    ra_arena_release(&arena);
}

static void strata_keep_their_size(void **state)
{
    (void)state;
    ra_arena arena = {0};
    ra_draws draws;
    size_t stratum[DRAWN];
    uint8_t rows[DRAWN * RA_LANES];
    for (size_t i = 0; i < DRAWN; i++)
        stratum[i] = i % 10 == 0 ? 0 : i % 2 + 1;
    ra_draws_init(&draws, &arena, DRAWN, stratum, 4, 3); /* the last is empty */
    assert_int_equal(draws.stratum_count, 3);
    for (size_t t = 0; t < 20; t++) {
        (void)ra_draws_tile(&draws, ra_lanes_kernel(RA_LANES_BEST), t, rows);
        for (size_t j = 0; j < RA_LANES; j++) {
            int drawn[3] = {0};
            for (size_t i = 0; i < DRAWN; i++)
                drawn[stratum[i]] += rows[draws.item_row[i] * RA_LANES + j];
            assert_int_equal(drawn[0], 5);
            assert_int_equal(drawn[1], 20);
            assert_int_equal(drawn[2], 25);
        }
    }
    ra_arena_release(&arena);
}

/* --- intervals --- */

#define near(a, b) assert_true(fabs((a) - (b)) <= 1e-12)

static void quantiles_and_bca(void **state)
{
    (void)state;
    double values[101];
    for (int i = 0; i <= 100; i++)
        values[i] = (i * 37) % 101; /* 0 .. 100, shuffled */
    ra_range plain = ra_interval(RA_PERCENTILE, 0.9, 50, 0, values, 101);
    near(plain.lo, 5);
    near(plain.hi, 95);
    ra_range same = ra_interval(RA_BCA, 0.9, 50, 0, values, 101); /* no bias, no skewness */
    assert_true(fabs(same.lo - 5) < 1e-6 && fabs(same.hi - 95) < 1e-6);
    ra_range higher = ra_interval(RA_BCA, 0.9, 60, 0.05, values, 101);
    assert_true(higher.lo > 5 && higher.hi > 95);
    double none[2] = {NAN, NAN};
    assert_true(isnan(ra_interval(RA_BCA, 0.9, 1, 0, none, 2).lo));
    near(ra_normal_quantile(0.5), 0);
    near(ra_normal_quantile(0.975), 1.959963984540054);
    near(ra_normal_quantile(1e-10), -6.361340902404056);
}

/* The jackknife of APGR: leaving out item i by hand. */
static void leaves_out_one(void **state)
{
    (void)state;
    data d = make(90, 1);
    ra_arena arena = {0};
    ra_resampling how = RA_RESAMPLING_DEFAULT;
    ra_replicates all;
    ra_jackknife(&arena, &d.outcomes, d.score, ROUTERS, &how, &all);
    assert_int_equal(all.count, 91);
    for (size_t r = 0; r < ROUTERS; r++)
        for (size_t out = 0; out <= 90; out += 10) {
            size_t order[90], rest[90], kept = 0;
            ra_order(d.score[r], 90, order);
            for (size_t k = 0; k < 90; k++)
                if (order[k] != out)
                    rest[kept++] = order[k];
            ra_curve curve;
            ra_error err;
            assert_true(ra_curve_make(&arena, &d.outcomes, d.score[r], rest, kept, &curve, &err));
            near(ra_curve_apgr(&curve), ra_replicates_of(&all, r, RA_FIGURE_APGR)[out]);
            near(curve.strong, all.strong[out]);
        }
    ra_arena_release(&arena);
    ra_arena_release(&d.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(agrees_with_curves),
        cmocka_unit_test(counts_are_multinomial),
        cmocka_unit_test(strata_keep_their_size),
        cmocka_unit_test(quantiles_and_bca),
        cmocka_unit_test(leaves_out_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
