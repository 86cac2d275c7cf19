/* Reports: hostile names stay text in every format, the tables hold what the results say. */
#include "base/text.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/tables.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char hostile[] = "a|b`c\\d<script>x</script>&amp;\"'$%#_{}~^*[l](u)\n\x1b[31m\xff";

/* Escapes what a table would hold for `text`. */
static void shows(const ra_format *format, const char *text, const char *expected)
{
    ra_arena arena = {0};
    ra_buf out = {0};
    format->escape(&out, ra_printable_text(&arena, text));
    assert_string_equal(out.text, expected);
    ra_buf_release(&out);
    ra_arena_release(&arena);
}

static void markdown_escapes(void **state)
{
    (void)state;
    shows(&ra_markdown, hostile,
          "a\\|b\\`c\\\\d\\<script\\>x\\</script\\>\\&amp;\"'\\$%\\#\\_{}\\~^\\*\\[l\\](u)"
          "\\\\x0a\\\\x1b\\[31m\\\\xff");
}

static ra_point curve[] = {{0, 0}, {0.5, 0.8}, {1, 1}};

static ra_router_result router(const char *name, double apgr, bool bound)
{
    ra_router_result r = {.name = name, .router = "x", .bound = bound, .items = 9};
    r.apgr = (ra_estimate){apgr, NAN, NAN};
    for (int t = 0; t < RA_TARGETS; t++) {
        r.cpt[t] = (ra_cpt){{1 - apgr, NAN, NAN}, 1 - apgr};
        r.saving[t] = (ra_saving){2, NAN};
    }
    r.routellm.error = "two quantiles of the scores coincide";
    r.curve = curve;
    r.points = 3;
    return r;
}

typedef struct fixture {
    ra_router_result routers[3];
    ra_recorded_point point;
    ra_benchmark_result benchmark;
    ra_results results;
} fixture;

static void fixture_make(fixture *f)
{
    *f = (fixture){.routers = {router("bound", 0.9, true), router(hostile, 0.6, false),
                               router("other", 0.6004, false)},
                   .point = {.name = hostile, .model = "m", .score = 0.66, .strong_calls = NAN}};
    f->benchmark = (ra_benchmark_result){.name = "a/../b",
                                         .title = hostile,
                                         .unit = "accuracy",
                                         .full_score = 1,
                                         .grader = hostile,
                                         .default_grader = true,
                                         .strong = {"strong", 0.9, 9, 0},
                                         .weak = {"weak", 0.5, 9, 0},
                                         .items = 9,
                                         .excluded = 2,
                                         .missing = 1,
                                         .all_items = 12,
                                         .routers = f->routers,
                                         .router_count = 3,
                                         .points = &f->point,
                                         .point_count = 1};
    f->results = (ra_results){.tool_version = "0",
                              .tool_commit = "c",
                              .study_name = hostile,
                              .study_title = hostile,
                              .benchmarks = &f->benchmark,
                              .benchmark_count = 1};
}

/* Random first, the bound last and never bold; ties at the digits shown are both bold. */
static void router_table(void **state)
{
    (void)state;
    fixture f;
    fixture_make(&f);
    ra_arena arena = {0};
    const ra_table *t = ra_table_routers(&arena, &f.benchmark);
    assert_int_equal(ra_table_rows(t), 4);
    assert_int_equal(t->filled, t->capacity);
    assert_string_equal(t->name, "a_.._b-routers");
    assert_string_equal(ra_table_cell(t, 0, 1)->text, "50.00");
    assert_string_equal(ra_table_cell(t, 0, 3)->text, "0.500");
    assert_string_equal(ra_table_cell(t, 0, 4)->text, "+0.0");
    assert_string_equal(ra_table_cell(t, 3, 0)->text, "bound (bound, not a router)");
    assert_string_equal(ra_table_cell(t, 1, 4)->text, "+20.0");
    for (size_t c = 0; c < t->column_count; c++)
        assert_false(ra_table_cell(t, 0, c)->bold || ra_table_cell(t, 3, c)->bold);
    assert_true(ra_table_cell(t, 1, 3)->bold && ra_table_cell(t, 2, 3)->bold);
    assert_false(ra_table_cell(t, 1, 1)->bold);
    assert_true(ra_table_cell(t, 2, 1)->bold);
    assert_string_equal(ra_table_cell(t, 2, 3)->id, "a/../b/other/apgr");
    assert_non_null(strstr(t->note, "9 items measured, 2 excluded on purpose, 1 missing a grade"));
    assert_non_null(strstr(t->note, "two quantiles"));
    ra_arena_release(&arena);
}

/* A router reaches a recorded score where its curve does: 0.66 is 40 % of the gap, c = 0.25. */
static void recorded_points(void **state)
{
    (void)state;
    fixture f;
    fixture_make(&f);
    ra_arena arena = {0};
    const ra_table *t = ra_table_points(&arena, &f.benchmark);
    assert_string_equal(ra_table_cell(t, 0, 2)->text, "0.660000");
    assert_string_equal(ra_table_cell(t, 0, 5)->text, "\u2013");
    assert_string_equal(ra_table_cell(t, 0, 7)->text, "25.00");
    assert_true(isnan(ra_calls_at_score(&f.benchmark, f.routers, 0.95)));
    assert_true(fabs(ra_calls_at_score(&f.benchmark, f.routers, 0.4)) <= 0);
    ra_arena_release(&arena);
}

static void intervals(void **state)
{
    (void)state;
    ra_arena arena = {0};
    const ra_column column = {"x", RA_COLUMN_NUMBER, RA_BEST_NONE};
    ra_table *t = ra_table_new(&arena, "x", "x", &column, 1, 3);
    ra_estimate e = {0.6, 0.55, 0.64};
    assert_string_equal(ra_table_estimate(t, &e, 200, 100, 1)->text, "+20.0 [+10.0, +28.0]");
    assert_string_equal(ra_table_estimate(t, &e, 1, 0, 3)->text, "0.600 [0.550, 0.640]");
    e.value = NAN;
    assert_string_equal(ra_table_estimate(t, &e, 1, 0, 3)->text, "\u2013");
    ra_arena_release(&arena);
}

/* Every line of a Markdown table has as many cell borders as its first. */
static void markdown_tables_hold(void **state)
{
    (void)state;
    fixture f;
    fixture_make(&f);
    ra_document d;
    ra_buf out = {0};
    ra_document_make(&d, &f.results);
    ra_format_document(&ra_markdown, &out, &d);
    int want = 0;
    for (const char *line = out.text; *line; line += strcspn(line, "\n") + 1) {
        int borders = 0;
        for (const char *c = line; *c != '\n'; c++)
            borders += *c == '|' && (c == line || c[-1] != '\\');
        want = *line != '|' ? 0 : want ? want : borders;
        assert_int_equal(borders, want);
    }
    ra_buf_release(&out);
    ra_document_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markdown_escapes),     cmocka_unit_test(router_table),
        cmocka_unit_test(recorded_points),      cmocka_unit_test(intervals),
        cmocka_unit_test(markdown_tables_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
