/* The statistics of timings. tests/peers/overhead.py compares the same with numpy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "measure/overhead.h"
#include "measure/timing.h"

#include <math.h>
#include <stdlib.h>

#define near(a, b) assert_true(fabs((a) - (b)) <= 1e-9 * fabs(b) + 1e-15)

/* From tables of the t distribution. */
static void student(void **state)
{
    (void)state;
    near(ra_student_quantile(0.5, 4), 0.0);
    assert_true(fabs(ra_student_quantile(0.975, 1) - 12.7062047362) < 1e-8);
    assert_true(fabs(ra_student_quantile(0.975, 2) - 4.30265272991) < 1e-9);
    assert_true(fabs(ra_student_quantile(0.975, 3) - 3.18244630528) < 1e-9);
    assert_true(fabs(ra_student_quantile(0.995, 10) - 3.16927267262) < 1e-9);
    assert_true(fabs(ra_student_quantile(0.9, 29) - 1.31143364730) < 1e-9);
    assert_true(fabs(ra_student_quantile(0.975, 5000) - 1.96) < 1e-3);
}

static void summary(void **state)
{
    (void)state;
    double ten[] = {9, 1, 8, 2, 7, 3, 6, 4, 5, 100};
    ra_timing t;
    ra_timing_summarize(ten, 10, &t);
    assert_int_equal(t.count, 10);
    assert_int_equal(t.far_out, 1); /* quartiles 3.25 and 7.75: beyond 21.25 */
    near(t.mean, 14.5);
    near(t.p50, 5.5);
    near(t.p90, 9 + 0.1 * 91);
    assert_true(isnan(t.p99)); /* ten values have no 99th percentile */
    double one[] = {3};
    ra_timing_summarize(one, 1, &t);
    near(t.p50, 3.0);
    assert_true(isnan(t.p90));
    assert_int_equal(t.far_out, 0);
}

static void nothing_is_far_out_of_three(void **state)
{
    (void)state;
    double three[] = {1, 1, 1000};
    assert_int_equal(ra_far_out(three, 3), 0);
    double five[] = {1, 1, 1, 1, 1.0001};
    assert_int_equal(ra_far_out(five, 5), 1);
}

static void repeated(void **state)
{
    (void)state;
    const double both[] = {-2, 0, 2};
    ra_estimate e = ra_timing_repeated(both, 3, 0.95);
    near(e.value, 0.0);
    near(e.hi, 4.302652729911 * 2 * sqrt(2.0 / 3));
    near(e.lo, -e.hi);
    const double above[] = {1, 10, 100}; /* by logarithms */
    e = ra_timing_repeated(above, 3, 0.95);
    near(e.value, 10.0);
    near(log(e.hi / 10), 4.302652729911 * log(10) * sqrt(2.0 / 3));
    near(e.lo * e.hi, 100.0);
    e = ra_timing_repeated(above, 1, 0.95);
    near(e.value, 1.0);
    assert_true(isnan(e.lo) && isnan(e.hi));
    const double unknown[] = {1, NAN, 1};
    assert_true(isnan(ra_timing_repeated(unknown, 3, 0.95).value));
}

/* Ten runs that grow slower: groups of 3, 3 and 4 tell more than ten runs that look independent. */
static void drifting(void **state)
{
    (void)state;
    const double runs[] = {-4, -4, -4, 0, 0, 0, 3, 3, 3, 3};
    ra_estimate e = ra_timing_repeated(runs, 10, 0.95);
    near(e.value, 0.0);
    /* means -4, 0, 3 with deviations from -1/3: s^2 = 74/3/2 */
    near(e.hi, 4.302652729911 * sqrt(74.0 / 6) * sqrt(2.0 / 3));
    const double steady[] = {-1, 1, 0, -1, 1, 0, -1, 1, 0}; /* the groups' means are equal */
    e = ra_timing_repeated(steady, 9, 0.95);
    near(e.hi, ra_student_quantile(0.975, 8) * sqrt(6.0 / 8) * sqrt(2.0 / 9));
}

/* Two routers on one core: what the harness took is taken off, and money follows. */
static void derived(void **state)
{
    (void)state;
    ra_overhead_router harness = {.threads = 1};
    ra_overhead_router routers[2] = {{.name = "a", .threads = 1},
                                     {.name = "b", .threads = 1, .buys_vectors = true}};
    ra_overhead o = {.level = 0.95,
                     .usd_per_hour = 0.39,
                     .strong_model = "s",
                     .strong_usd = 8870,
                     .harness = &harness,
                     .harness_count = 1,
                     .routers = routers,
                     .router_count = 2};
    for (int i = 0; i < 2; i++) {
        ra_overhead_block none = {.single = {.p50 = 1e-6, .mean = 2e-6}, .batch_s = 1e-5};
        ra_overhead_block some = {.single = {.p50 = 3e-3, .mean = 4e-3, .p99 = 0.5},
                                  .batch_s = 1e-5 + 1 / 2.9,
                                  .clock_s = 1e-8};
        ra_overhead_add(&harness, &none);
        ra_overhead_add(&routers[0], &some);
        ra_overhead_add(&routers[1], &some);
    }
    ra_overhead_derive(&o);
    near(routers[0].p50_s.value, 3e-3 - 1e-6);
    near(routers[0].p50_s.hi - routers[0].p50_s.value, 1e-8); /* equal to a step of the clock */
    near(routers[0].p99_s.value, 0.5 - 1e-6);
    near(routers[0].mean_s.value, 4e-3 - 1e-6);
    near(routers[0].requests_per_s.value, 2.9);
    near(routers[0].batch_usd.value, 0.39 / (2.9 * 3600) * 1e6); /* the paper's 37.36 */
    assert_true(fabs(routers[0].batch_usd.value - 37.36) < 0.005);
    near(routers[0].total_usd.value, routers[0].batch_usd.value);
    near(routers[0].share_of_strong.value, routers[0].batch_usd.value / 8870);
    assert_true(isnan(routers[1].total_usd.value)); /* at an unknown price */
    o.embedding_model = "e";
    o.embedding_usd = 1.9;
    ra_overhead_derive(&o);
    assert_true(fabs(routers[1].total_usd.value - 39.26) < 0.005);
    assert_true(ra_overhead_half_width(&o) < 1e-12);
    routers[0].blocks[0].batch_s *= 1.1;
    assert_true(ra_overhead_half_width(&o) > 0.05);
    o.harness_count = o.router_count = 0; /* they are not the arena's */
    free(harness.blocks);
    free(routers[0].blocks);
    free(routers[1].blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(student),
                                       cmocka_unit_test(summary),
                                       cmocka_unit_test(nothing_is_far_out_of_three),
                                       cmocka_unit_test(repeated),
                                       cmocka_unit_test(drifting),
                                       cmocka_unit_test(derived)};
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
