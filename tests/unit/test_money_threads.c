/* Exact intervals of shares against known values, thresholds, prices by day, cheapest points: the
 * same on any number of threads. */
#include "base/file.h"
#include "measure/cost.h"
#include "measure/kept.h"
#include "measure/prices.h"
#include "measure/share.h"
#include "measure/threshold.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_near(double value, double wanted)
{
    if (!(fabs(value - wanted) <= 1e-9 * fmax(1, fabs(wanted))))
        fail_msg("%.17g, %.17g expected", value, wanted);
}

/* I_x(1, b) = 1 - (1-x)^b, I_x(a, 1) = x^a, I_x(a, b) = 1 - I_{1-x}(b, a). */
static void beta(void **state)
{
    (void)state;
    for (int percent = 1; percent < 100; percent += 7)
        for (int trials = 1; trials < 3000; trials *= 3) {
            double x = percent / 100.0, a = trials;
            assert_near(ra_beta_below(x, 1, a), 1 - pow(1 - x, a));
            assert_near(ra_beta_below(x, a, 1), pow(x, a));
            assert_near(ra_beta_below(x, a, 7), 1 - ra_beta_below(1 - x, 7, a));
        }
    assert_near(ra_beta_below(0, 2, 3), 0);
    assert_near(ra_beta_below(1, 2, 3), 1);
}

static void shares(void **state)
{
    (void)state;
    ra_range none = ra_share_interval(0, 10, 0.95), all = ra_share_interval(10, 10, 0.95);
    assert_near(none.lo, 0);
    assert_near(none.hi, 1 - pow(0.025, 0.1)); /* (1-p)^10 = 0.025 */
    assert_near(all.lo, pow(0.025, 0.1));
    assert_near(all.hi, 1);
    /* one further prompt, of 2 of 4: above the threshold or not */
    ra_range next = ra_share_prediction(2, 4, 1, 0.95);
    assert_near(next.lo, 0);
    assert_near(next.hi, 1);
    /* three scores: the quantile lies below the largest with probability 1 - q^3 */
    const double score[] = {0.1, 0.2, 0.3};
    const size_t order[] = {2, 1, 0};
    assert_near(ra_share_threshold(score, order, 3, 0.5), 0.2);
    assert_near(ra_share_threshold(score, order, 3, 1), 0.1);
    ra_range wide = ra_share_threshold_interval(score, order, 3, 0.5, 0.95);
    assert_true(isnan(wide.lo) && isnan(wide.hi));
    ra_range narrow = ra_share_threshold_interval(score, order, 3, 0.5, 0.7);
    assert_near(narrow.lo, 0.1);
    assert_near(narrow.hi, 0.3);
}

/* 40 items: every fourth needs the strong model; the score knows half of those. */
enum { ITEMS = 40 };
static double strong[ITEMS], weak[ITEMS], one[ITEMS], two[ITEMS], score[ITEMS];

static void make_items(void)
{
    for (size_t i = 0; i < ITEMS; i++) {
        strong[i] = one[i] = 1;
        two[i] = 2;
        weak[i] = i % 4 != 0;
        score[i] = i % 8 == 0 ? 0.9 : (double)(i % 5) / 10;
    }
}

static void thresholds(void **state)
{
    (void)state;
    make_items();
    ra_resampling how = RA_RESAMPLING_DEFAULT;
    how.replicates = 100;
    ra_threshold_goal goal = {RA_AT_LEAST, true, 0.875, {strong, weak, one, one}};
    ra_threshold_choice a, b;
    how.threads = 1;
    ra_threshold_choose(&goal, score, ITEMS, &how, &a);
    how.threads = 4;
    ra_threshold_choose(&goal, score, ITEMS, &how, &b);
    assert_memory_equal(&a, &b, sizeof a);
    assert_true(a.possible);
    assert_near(a.threshold, 0.9); /* 5 of the 10 that need it: 35 of 40 right */
    assert_near(a.share.value, 5.0 / ITEMS);
    assert_near(a.value.value, 0.875);
    assert_int_equal(a.tied, 5);
    assert_true(a.value.lo < 0.875 && a.value.hi > 0.8);
    goal.value = 1.01;
    ra_threshold_choose(&goal, score, ITEMS, &how, &a);
    assert_false(a.possible);
    /* a budget of all items to the weak model and not a cent more */
    ra_threshold_goal budget = {RA_AT_MOST, false, 1, {two, one, one, one}};
    ra_threshold_choose(&budget, score, ITEMS, &how, &a);
    assert_true(a.possible && a.threshold > 1);
    assert_near(a.share.value, 0);
}

/* What was chosen because it looked good is less good: the interval lies lower than the value. */
static void chosen_values_are_flattered(void **state)
{
    (void)state;
    enum { MANY = 200 };
    double s[MANY], w[MANY], ones[MANY], p[MANY];
    for (size_t i = 0; i < MANY; i++) {
        ones[i] = 1;
        s[i] = i % 10 != 3;
        w[i] = i % 3 != 0;
        p[i] = fmod((double)i * 0.618033988749895, 1); /* knows nothing */
    }
    ra_resampling how = RA_RESAMPLING_DEFAULT;
    how.replicates = 1000;
    ra_threshold_goal goal = {RA_AT_LEAST, true, 0.9, {s, w, ones, ones}};
    ra_threshold_choice c;
    ra_threshold_choose(&goal, p, MANY, &how, &c);
    assert_true(c.possible && c.value.lo < 0.9 && c.value.hi > 0.9);
    assert_true((c.value.lo + c.value.hi) / 2 < c.value.value);
}

static void prices_by_day(void **state)
{
    (void)state;
    static const char text[] =
        "{\"schema\":\"routeassay.prices/1\",\"as_of\":\"2024-02-29\",\"assumed_tokens\":{"
        "\"input\":10,\"output\":20,\"source\":\"\"},\"prices\":["
        "{\"model\":\"m\",\"input\":2,\"output\":1,\"source\":\"\",\"date\":\"2024-03-01\"},"
        "{\"model\":\"m\",\"input\":1,\"output\":1,\"source\":\"\",\"date\":\"2024-02-29\"},"
        "{\"model\":\"m\",\"input\":3,\"output\":1,\"source\":\"\",\"date\":\"2023-12-31\"}]}";
    static const struct {
        const char *day;
        double input; /* 0 = none yet */
    } days[] = {
        {NULL, 1}, {"2024-03-01", 2}, {"2030-01-01", 2}, {"2024-02-28", 3}, {"2023-12-30", 0}};
    char path[] = "/tmp/prices-XXXXXX";
    ra_error err;
    close(mkstemp(path));
    assert_true(ra_file_write(path, text, sizeof text - 1, &err));
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        ra_prices prices;
        assert_true(ra_prices_read(&prices, path, days[i].day, &err));
        const ra_price *found = ra_prices_find(&prices, "m", &err);
        assert_int_equal(found != NULL, days[i].input > 0);
        if (found)
            assert_near(found->input, days[i].input);
        else
            assert_string_equal(err.hint, "its first one is of 2023-12-31");
        ra_prices_release(&prices);
    }
    unlink(path);
}

/* Scores fall and rise again: the cheapest point may lie behind a dearer one, and between two. */
static void cheapest(void **state)
{
    (void)state;
    const ra_cost_point points[] = {
        {0, 0.5, 0, 10}, {0.2, 0.8, 40, 8}, {0.4, 0.6, 20, 6}, {0.8, 0.9, 60, 2}, {1, 0.9, 90, 0}};
    ra_cost_point p = ra_cost_cheapest(points, 5, 0.5);
    assert_near(p.calls, 0);
    p = ra_cost_cheapest(points, 5, 0.65); /* half up to the first, or a sixth on the way back up */
    assert_near(p.score, 0.65);
    assert_near(p.calls, 0.1);
    assert_near(p.strong_usd, 20);
    p = ra_cost_cheapest(points, 5, 0.9);
    assert_near(p.calls, 0.8);
    p = ra_cost_cheapest(points, 5, 2); /* nothing reaches it */
    assert_near(p.calls, 1);
    p = ra_cost_at(points, 5, 0.9);
    assert_near(p.strong_usd, 75);
}

static void costs(int threads, ra_arena *arena, ra_benchmark_result *b, ra_router_result *r)
{
    make_items();
    *r = (ra_router_result){.name = "r", .items = ITEMS};
    *b = (ra_benchmark_result){.routers = r, .router_count = 1, .items = ITEMS};
    ra_outcomes o = {
        .count = ITEMS, .strong = strong, .weak = weak, .strong_turns = one, .weak_turns = one};
    ra_item_usage usage = {.count = ITEMS, .requests = one};
    ra_kept_make(arena, &o, &usage, NULL, &b->kept);
    r->place = ra_places_make(arena, score, ITEMS);
    b->money = (ra_money){.strong_usd = 300,
                          .weak_usd = 30,
                          .model = {{10, 10, 10, 20, "", ""}, {1, 1, 10, 20, "", ""}},
                          .assumed_input = 10,
                          .assumed_output = 20,
                          .characters_per_token = NAN};
    b->charges = (ra_charges){.router = 5, .fixed = 12, .traffic = 3e6};
    b->intervals = (ra_intervals){"percentile", 0.9, 100, 0, NULL, 7};
    ra_cost_measure(arena, threads, b);
}

static void costs_of_a_benchmark(void **state)
{
    (void)state;
    ra_arena arena = {0};
    ra_benchmark_result b, again;
    ra_router_result r, r_again;
    costs(1, &arena, &b, &r);
    costs(4, &arena, &again, &r_again);
    assert_memory_equal(r.cost->target, r_again.cost->target, sizeof r.cost->target);
    const ra_cost_target *t = &r.cost->target[0]; /* 90 %: 6 more right, 5 of them at once */
    assert_near(t->score, 0.9);
    assert_near(t->usd.value, 30 + 270 * t->calls.value + 5 + 4);
    assert_near(t->parts.fixed, 4);
    assert_near(t->saved_usd.value, 300 - t->usd.value);
    assert_near(t->router_even, 5 + t->saved_usd.value);
    assert_near(t->traffic_even, 12e6 / (t->saved_usd.value + 4));
    assert_true(t->usd.lo <= t->usd.value && t->usd.hi >= t->usd.value);
    ra_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beta),
        cmocka_unit_test(shares),
        cmocka_unit_test(chosen_values_are_flattered),
        cmocka_unit_test(thresholds),
        cmocka_unit_test(prices_by_day),
        cmocka_unit_test(cheapest),
        cmocka_unit_test(costs_of_a_benchmark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
