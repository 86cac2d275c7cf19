/* Reports: hostile names stay text in every format, the tables hold what the results say. */
#include "base/text.h"
#include "reports/explain.h"
#include "reports/figures.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/tables.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void html_escapes(void **state)
{
    (void)state;
    shows(&ra_html, hostile,
          "a|b`c\\d&lt;script&gt;x&lt;/script&gt;&amp;amp;&quot;&#39;$%#_{}~^*[l](u)"
          "\\x0a\\x1b[31m\\xff");
}

static void latex_escapes(void **state)
{
    (void)state;
    shows(&ra_latex, "\\input{/etc/passwd}",
          "\\textbackslash{}input\\{/\\allowbreak{}etc/\\allowbreak{}passwd\\}");
    shows(&ra_latex, "a&b%c$d#e_f~g^h<i>j|k",
          "a\\&b\\%c\\$d\\#e\\_\\allowbreak{}f\\textasciitilde{}g"
          "\\textasciicircum{}h\\textless{}i\\textgreater{}j"
          "\\textbar{}k");
    shows(&ra_latex, "--''\"`[x]*", "{-}{-}{'}{'}\\textquotedbl{}\\textasciigrave{}{[}x{]}{*}");
    shows(&ra_latex, "\u00e9\u4e2d\U0001f600\u2013", "\u00e9{[}U+4E2D{]}{[}U+1F600{]}--");
    shows(&ra_latex, "\n\xff", "\\textbackslash{}x0a\\textbackslash{}xff");
}

static ra_point curve[] = {{0, 0}, {0.5, 0.8}, {1, 1}};

static ra_router_result router(const char *name, double apgr, bool bound)
{
    ra_router_result r = {.name = name, .router = "x", .bound = bound, .items = 9};
    r.apgr = (ra_estimate){apgr, NAN, NAN};
    for (int t = 0; t < RA_TARGETS; t++) {
        r.cpt[t] = (ra_cpt){{1 - apgr, NAN, NAN}, 1 - apgr, {NAN, NAN}};
        r.saving[t] = (ra_saving){2, NAN, {NAN, NAN}, {NAN, NAN}};
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
                   .point = {.name = hostile,
                             .model = "m",
                             .score = 0.66,
                             .strong_calls = NAN,
                             .range = {NAN, NAN},
                             .calls_range = {NAN, NAN},
                             .pgr = {0.4, NAN, NAN}}};
    f->benchmark = (ra_benchmark_result){.name = "a/../b",
                                         .title = hostile,
                                         .unit = "accuracy",
                                         .full_score = 1,
                                         .grader = hostile,
                                         .default_grader = true,
                                         .strong = {"strong", 0.9, 9, 0, {NAN, NAN}},
                                         .weak = {"weak", 0.5, 9, 0, {NAN, NAN}},
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
    assert_string_equal(ra_table_cell(t, 0, 5)->text, "40.0");
    assert_string_equal(ra_table_cell(t, 0, 6)->text, "\u2013");
    assert_string_equal(ra_table_cell(t, 0, 8)->text, "25.00");
    ra_same_score same[] = {{"other", {0.25, 0.125, NAN}}, {hostile, {0.5, 0.25, 0.75}}};
    f.point.same = same;
    f.point.same_count = 2;
    f.point.strong_calls = 0.5;
    t = ra_table_points(&arena, &f.benchmark);
    assert_string_equal(ra_table_cell(t, 0, 9)->text, "50.00 [25.00, 75.00]");
    assert_string_equal(ra_table_cell(t, 0, 10)->text, "25.00 [12.50, never]");
    assert_non_null(strstr(t->note, "other reaches the same score with 25.00 [12.50, never] % "
                                    "strong calls, against 50.00 %."));
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

/* No text of the results becomes markup: what is between tags holds no '<' of its own. */
static void html_page_holds(void **state)
{
    (void)state;
    fixture f;
    fixture_make(&f);
    ra_document d;
    ra_buf out = {0};
    ra_document_make(&d, &f.results);
    ra_format_document(&ra_html, &out, &d);
    int scripts = 0;
    for (const char *p = out.text; (p = strstr(p, "<script")) != NULL; p++)
        scripts++;
    assert_int_equal(scripts, 1); /* ours */
    assert_null(strstr(out.text, "://"));
    ra_buf_release(&out);
    ra_document_release(&d);
}

static void explains(const fixture *f, const char *cell, double value, double recomputed)
{
    ra_explanation e;
    ra_error err;
    assert_true(ra_explain(&f->results, cell, &e, &err));
    assert_true(fabs(e.value - value) <= 1e-12);
    if (isnan(recomputed))
        assert_true(isnan(e.recomputed));
    else
        assert_true(fabs(e.recomputed - recomputed) <= 1e-12);
    assert_int_equal(e.differs, fabs(recomputed - value) > 1e-12);
    ra_buf text = {0};
    ra_explanation_print(&e, &text);
    assert_null(strchr(text.text, 0x1b));
    ra_buf_release(&text);
    ra_explanation_release(&e);
}

/* By hand: the curve (0,0) (0.5,0.8) (1,1) has area 0.2 + 0.45, and reaches 0.5 at 0.3125. */
static void arithmetic(void **state)
{
    (void)state;
    fixture f;
    fixture_make(&f);
    explains(&f, "a/../b/other/apgr", 0.6004, 0.65);
    explains(&f, "a/../b/other/cpt50", 1 - 0.6004, 0.3125);
    explains(&f, "a/../b/other/saving50/versus_random", 2, 0.5 / (1 - 0.6004));
    explains(&f, "a/../b/gap", 0.4, NAN);
    f.routers[2].apgr.value = 0.65;
    f.routers[2].cpt[1] = (ra_cpt){{0.3125, NAN, NAN}, 0.3125, {NAN, NAN}};
    f.routers[2].cpt[2].sustained = 0.5;
    f.routers[2].saving[1].versus_random = 1.6;
    explains(&f, "a/../b/other/apgr", 0.65, 0.65);
    explains(&f, "a/../b/other/cpt50", 0.3125, 0.3125);
    explains(&f, "a/../b/other/cpt50/sustained", 0.3125, 0.3125);
    explains(&f, "a/../b/other/cpt80/sustained", 0.5, 0.5);
    explains(&f, "a/../b/other/saving50/versus_random", 1.6, 1.6);
}

/* Falls below the target again: first and last crossing differ. */
static void last_crossing(void **state)
{
    (void)state;
    fixture f;
    fixture_make(&f);
    ra_point twice[] = {{0, 0}, {0.2, 0.8}, {0.4, 0.2}, {1, 1}};
    f.routers[2].curve = twice;
    f.routers[2].points = 4;
    f.routers[2].cpt[1] = (ra_cpt){{0.125, NAN, NAN}, 0.625, {NAN, NAN}};
    explains(&f, "a/../b/other/cpt50", 0.125, 0.125);
    explains(&f, "a/../b/other/cpt50/sustained", 0.625, 0.625);
}

/* Every cell that is listed can be explained, whatever its name; others say which is near. */
static void all_cells(void **state)
{
    (void)state;
    fixture f;
    fixture_make(&f);
    ra_result_input inputs[] = {{.path = "grades/b/x"}, {.path = "other/items"}};
    f.results.inputs = inputs;
    f.results.input_count = 2;
    ra_arena arena = {0};
    const char **cells;
    size_t count;
    ra_error err;
    ra_explain_list(&f.results, &arena, &cells, &count);
    assert_int_equal(count, 3 + 1 + 3 * (5 + 3 * 7));
    for (size_t i = 0; i < count; i++) {
        ra_explanation e;
        assert_true(ra_explain(&f.results, cells[i], &e, &err));
        assert_int_equal(e.input_count, 2);
        ra_explanation_release(&e);
    }
    ra_explanation e;
    assert_false(ra_explain(&f.results, "a/../b/othr/apgr", &e, &err));
    assert_int_equal(err.code, RA_ERR_USAGE);
    assert_non_null(strstr(err.hint, "a/../b/other/apgr"));
    ra_explanation_release(&e);
    ra_arena_release(&arena);
}

/* SVG that could run or fetch something is not put into the page. */
static void active_svg(void **state)
{
    (void)state;
    static const struct {
        const char *svg;
        bool fine;
    } cases[] = {
        {"<?xml version='1.0'?><svg><use xlink:href='#a'/><g clip-path='url(#b)'/></svg>", true},
        {"<svg><text x='1'>url(http://x) onload=&lt;script> 'href'</text></svg>\n", true},
        {"<svg><use xlink:href='&#35;a'/></svg>", false},
        {"<svg><use a='1'xlink:href='http://x'/></svg>", false},
        {"<svg><g fill='url(#a) url(b)'/></svg>", false},
        {"<svg><g style='x'/></svg>", false},
        {"<svg></svg><p>", false},
        {"<svg>", false},
        {"<svg><!-- --></svg>", false},
        {"<svg><g a=b/></svg>", false},
        {"<svg><g a='", false},
        {"<svg><", false},
        {"<svg><SCRIPT>x</SCRIPT></svg>", false},
        {"<svg><a xlink:href='http://x/'/></svg>", false},
        {"<svg><use href = '#a'/></svg>", true},
        {"<svg><g fill='url(http://x/)'/></svg>", false},
        {"<svg\nonload='x()'/>", false},
        {"<svg/onload='x()'/>", false},
        {"<svg><foreignObject/></svg>", false},
        {"<svg><image/></svg>", false},
        {"<p>no figure</p>", false},
        {"<svg>\xff</svg>", false},
    };
    char dir[] = "reports-XXXXXX";
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ra_document d = {0};
        ra_error err;
        char path[64];
        snprintf(path, sizeof path, "%s/x-pgr.svg", dir);
        assert_true(ra_file_write(path, cases[i].svg, strlen(cases[i].svg), &err));
        ra_document_section(&d, "x")->figures_of[0] = "x";
        assert_int_equal(ra_figures_add(&d, dir, ".", true, &err), cases[i].fine);
        if (cases[i].fine) {
            assert_int_equal(d.sections[0].figure_count, 1);
            assert_true(ra_has_prefix(d.sections[0].figures[0].svg, "<svg"));
            assert_string_equal(d.sections[0].figures[0].image, path);
        }
        ra_document_release(&d);
        remove(path);
    }
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markdown_escapes),
        cmocka_unit_test(router_table),
        cmocka_unit_test(recorded_points),
        cmocka_unit_test(intervals),
        cmocka_unit_test(markdown_tables_hold),
        cmocka_unit_test(html_escapes),
        cmocka_unit_test(latex_escapes),
        cmocka_unit_test(html_page_holds),
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(last_crossing),
        cmocka_unit_test(all_cells),
        cmocka_unit_test(active_svg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
