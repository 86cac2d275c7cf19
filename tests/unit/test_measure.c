/* Curves and the figures read off them, by hand. tests/peers/measure.py compares with numpy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "measure/curve.h"
#include "measure/routellm.h"

#include <math.h>
#include <string.h>

enum { N = 8 };
/* The strong model gains on items 0, 1 and 4 and loses on item 2. */
static double strong[N] = {1, 1, 0, 1, 1, 1, 0, 1};
static double weak[N] = {0, 0, 1, 1, 0, 1, 0, 1};
static double turns[N] = {1, 1, 1, 1, 1, 1, 1, 1};
static const ra_outcomes outcomes = {
    .count = N, .strong = strong, .weak = weak, .strong_turns = turns, .weak_turns = turns};

#define near(a, b) assert_true(fabs((a) - (b)) <= 1e-12)

static ra_curve curve_of(ra_arena *arena, const double *score, size_t *order)
{
    ra_curve curve;
    ra_error err;
    ra_order(score, N, order);
    assert_true(ra_curve_make(arena, &outcomes, score, order, N, &curve, &err));
    return curve;
}

/* Scores fall with the index: PGR 1/2, 1, 1/2, 1/2, 1, 1, 1, 1 after 1 .. 8 strong calls. */
static void rises_falls_and_rises(void **state)
{
    (void)state;
    const double score[N] = {.9, .8, .7, .6, .5, .4, .3, .2};
    size_t order[N];
    ra_arena arena = {0};
    ra_curve curve = curve_of(&arena, score, order);
    assert_int_equal(curve.count, N + 1);
    near(curve.weak, 0.5);
    near(curve.strong, 0.75);
    near(ra_curve_apgr(&curve), (0.25 + 0.75 + 0.75 + 0.5 + 0.75 + 3) / 8);
    near(ra_curve_cpt(&curve, 0.2), 0.4 / 8);
    near(ra_curve_cpt(&curve, 0.5), 1.0 / 8);
    near(ra_curve_cpt_sustained(&curve, 0.5), 1.0 / 8);
    near(ra_curve_cpt(&curve, 0.8), 1.6 / 8);
    near(ra_curve_cpt_sustained(&curve, 0.8), 4.6 / 8);
    near(ra_curve_pgr(&curve, 4.5 / 8), 0.75);
    ra_curve_merge(&curve);
    assert_int_equal(curve.count, 6); /* (0,0) to (2/8,1), down, flat, up, flat */
    near(ra_curve_apgr(&curve), (0.25 + 0.75 + 0.75 + 0.5 + 0.75 + 3) / 8);
    ra_arena_release(&arena);
}

/* Who knows nothing gets the diagonal, whatever the order of the items. */
static void one_score_for_all(void **state)
{
    (void)state;
    const double score[N] = {.5, .5, .5, .5, .5, .5, .5, .5};
    size_t order[N];
    ra_arena arena = {0};
    ra_curve curve = curve_of(&arena, score, order);
    assert_int_equal(curve.count, 2);
    near(ra_curve_apgr(&curve), 0.5);
    near(ra_curve_cpt(&curve, 0.8), 0.8);
    near(ra_curve_cpt_sustained(&curve, 0.8), 0.8);
    ra_routellm_figures own;
    ra_routellm_measure(&outcomes, score, order, &curve, &own);
    assert_non_null(own.error);
    assert_true(isnan(own.apgr));
    ra_arena_release(&arena);
}

static void no_gap(void **state)
{
    (void)state;
    const ra_outcomes swapped = {
        .count = N, .strong = weak, .weak = strong, .strong_turns = turns, .weak_turns = turns};
    const double score[N] = {0};
    size_t order[N];
    ra_arena arena = {0};
    ra_curve curve;
    ra_error err;
    ra_order(score, N, order);
    assert_false(ra_curve_make(&arena, &swapped, score, order, N, &curve, &err));
    assert_int_equal(err.code, RA_ERR_INPUT);
    assert_non_null(strstr(err.message, "no gap"));
    ra_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rises_falls_and_rises),
        cmocka_unit_test(one_score_for_all),
        cmocka_unit_test(no_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
