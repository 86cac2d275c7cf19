/* What the figures are drawn from: labels, thinned curves, data files; and gnuplot's work on them.
 * tests/cli/plot.sh checks the files that come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plots/figures.h"
#include "plots/label.h"
#include "plots/plot.h"
#include "plots/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text;
    size_t width;
    const char *label;
} labels[] = {
    {"mf", 10, "mf"},
    {"  lead", 10, "lead"},
    {"", 10, "(no name)"},
    {"\u200b\ufeff", 10, "(no name)"},
    {"say \"hi\"", 10, "say \u201dhi\u201d"},
    {"a\\nb", 10, "a\\\\nb"},
    {"tab\there", 20, "tab\\\\x09here"},
    {"\x1b[31m", 20, "\\\\x1b[31m"},
    {"bad\xff", 20, "bad\\\\xff"},
    {"turn\u2028ed", 20, "turned"},
    {"xml\uffff", 20, "xml"},
    {"`id` $(id) @x %s {}", 40, "`id` $(id) @x %s {}"},
    {"0123456789abcdef", 11, "012345\u2026cdef"},
    {"\u65e5\u672c\u8a9e\u65e5\u672c\u8a9e", 9, "\u65e5\u672c\u2026\u672c\u8a9e"},
};

static void labels_are_plain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        ra_buf out = {0};
        size_t columns = ra_label(&out, labels[i].text, labels[i].width);
        assert_string_equal(out.text, labels[i].label);
        assert_true(columns <= labels[i].width);
        ra_buf_release(&out);
    }
}

static void long_labels_are_cut(void **state)
{
    (void)state;
    size_t length = 10000000;
    char *text = ra_alloc(length + 1, 1);
    memset(text, 'x', length);
    ra_buf out = {0};
    assert_int_equal(ra_label(&out, text, 28), 28);
    assert_true(out.length < 40);
    ra_buf_release(&out);
    ra_buf_file_part(&out, text);
    assert_true(out.length <= 80);
    ra_buf_release(&out);
    free(text);
}

static void file_names_stay_in_the_folder(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"gsm8k", "gsm8k"}, {"../../x", "_._.._x"}, {"-rf", "_rf"},          {"a/b c", "a_b_c"},
        {"", "_"},          {"`id`|", "_id__"},     {"mt-bench", "mt-bench"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ra_buf out = {0};
        ra_buf_file_part(&out, names[i][0]);
        assert_null(strchr(out.text, '/'));
        assert_string_equal(out.text, names[i][1]);
        ra_buf_release(&out);
    }
}

/* A saw: every tooth reaches 0 and 1. */
static ra_point *saw(size_t count)
{
    ra_point *curve = ra_alloc(count, sizeof *curve);
    for (size_t i = 0; i < count; i++)
        curve[i] = (ra_point){(double)i / (double)(count - 1), i % 2 ? 1.0 : 0.0};
    curve[count / 3].pgr = -0.5;
    curve[count / 2].pgr = 1.5;
    return curve;
}

static void thin_curves_keep_their_shape(void **state)
{
    (void)state;
    size_t count = 20001, limit = RA_PLOT_CURVE_POINTS;
    ra_point *curve = saw(count), *kept = ra_alloc(limit, sizeof *kept);
    size_t n = ra_curve_thin(curve, count, limit, kept);
    double low = 0, high = 0;
    assert_true(n <= limit && n > limit / 2);
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, kept[i].pgr);
        high = fmax(high, kept[i].pgr);
        assert_true(i == 0 || kept[i].c > kept[i - 1].c);
    }
    assert_true(low <= -0.5 && high >= 1.5);
    assert_memory_equal(&kept[0], &curve[0], sizeof *kept);
    assert_memory_equal(&kept[n - 1], &curve[count - 1], sizeof *kept);
    assert_int_equal(ra_curve_thin(curve, limit, limit, kept), limit); /* as they are */
    assert_memory_equal(kept, curve, limit * sizeof *kept);
    free(curve);
    free(kept);
}

static ra_point line[] = {{0, 0}, {0.25, 0.5}, {1, 1}};
static ra_router_result routers[] = {
    {.name = "mf", .apgr = {0.625, 0.6, 0.65}, .curve = line, .points = 3},
    {.name = "oracle", .bound = true, .apgr = {0.625, 0.6, 0.65}, .curve = line, .points = 3},
    {.name = "no curve", .apgr = {NAN, NAN, NAN}},
};
static ra_category_result categories[] = {
    {.name = "algebra", .items = 10, .strong = 0.5, .weak = 0.7},
    {.name = "geometry", .items = 30, .strong = 0.9, .weak = 0.5},
    {.name = "nothing", .strong = NAN, .weak = NAN},
};
static ra_recorded_point points[] = {
    {.name = "unify", .score = 0.75, .strong_calls = 0.4},
    {.name = "martian", .score = 0.75, .strong_calls = 0.4},
    {.name = "unknown", .score = 0.6, .strong_calls = NAN},
    {.name = "ungraded", .score = NAN, .strong_calls = 0.1},
};

static ra_benchmark_result benchmark(void)
{
    return (ra_benchmark_result){.name = "gsm8k",
                                 .title = "GSM8K",
                                 .unit = "accuracy",
                                 .full_score = 1,
                                 .grader = "numeric",
                                 .default_grader = true,
                                 .strong = {.model = "gpt-4", .score = 0.9},
                                 .weak = {.model = "mixtral", .score = 0.5},
                                 .items = 40,
                                 .routers = routers,
                                 .router_count = 3,
                                 .points = points,
                                 .point_count = 4,
                                 .categories = categories,
                                 .category_count = 3};
}

static void assert_contains(const ra_buf *data, const char *text)
{
    if (!strstr(data->text, text)) {
        print_error("'%s' is missing in\n%s\n", text, data->text);
        fail();
    }
}

static void curves_are_scaled(void **state)
{
    (void)state;
    ra_benchmark_result b = benchmark();
    ra_buf data = {0};
    assert_true(ra_figure_call_performance(&b, &data));
    assert_contains(&data, "\n25\t70\tNaN\n"); /* 50 % + half of a gap of 40 */
    assert_contains(&data, "\tstrong 90.0\tweak 50.0\t");
    assert_contains(&data, "\n1\t1\tmf (0.625)\n2\t0\toracle (bound)\n3\t2\tno curve\n");
    assert_contains(&data, "\n1\tA\t40\t75\t40\t75\t1\tA  unify\n");
    assert_contains(&data, "\tC  unknown (calls unknown)\n");
    ra_buf_release(&data);
    assert_true(ra_figure_pgr(&b, &data));
    assert_contains(&data, "\n25\t50\tNaN\n");
    ra_buf_release(&data);
}

/* Two points at one place: the second circle moves, and both stay what they are. */
static void badges_do_not_overlap(void **state)
{
    (void)state;
    ra_benchmark_result b = benchmark();
    ra_buf data = {0};
    assert_true(ra_figure_call_performance(&b, &data));
    assert_contains(&data, "\n2\tB\t40\t75\t46\t75\t1\tB  martian\n");
    ra_buf_release(&data);
}

static void gaps_are_sorted(void **state)
{
    (void)state;
    ra_benchmark_result b = benchmark();
    ra_buf data = {0};
    assert_true(ra_figure_categories(&b, &data));
    assert_contains(&data, "\n1\t3\tnan\tnothing\t0\tnone graded\n"
                           "2\t1\t-20\talgebra\t10\t-20.0\n"
                           "3\t0\t40\tgeometry\t30\t+40.0\n"
                           "4.3\t2\t40\tall items\t40\t+40.0\n");
    ra_buf_release(&data);
}

static void graders_are_in_order(void **state)
{
    (void)state;
    static const ra_grader_scores rows[] = {{"numeric", 0.9, 0.6}, {"odd", NAN, 0.5}};
    ra_buf data = {0};
    assert_true(ra_figure_graders("GSM8K", "accuracy", 1, rows, 2, &data));
    assert_contains(&data, "\n2\tnumeric\t90\t60\t90.0\t60.0\t+30.0\n");
    assert_contains(&data, "\n1\todd\tnan\t50\tnan\t50.0\tnone\n");
    ra_buf_release(&data);
    assert_false(ra_figure_graders("GSM8K", "accuracy", 1, rows, 0, &data));
}

/* Every router at the numbers of labels it was trained with; one without steps is not drawn. */
static void steps_are_points(void **state)
{
    (void)state;
    ra_learning_point steps[] = {{0, {0.45, NAN, NAN}}, {100, {0.55, 0.5, 0.6}}};
    ra_router_result learned[] = {{.name = "mf", .apgr = {0.55, 0.5, 0.6}}, routers[0]};
    learned[0].learning = steps;
    learned[0].learning_count = 2;
    ra_benchmark_result b = benchmark();
    b.routers = learned;
    b.router_count = 2;
    ra_buf data = {0};
    assert_true(ra_figure_learning(&b, &data));
    assert_contains(&data, "\t0.45\t0.6\t100\t1\t");
    assert_contains(&data, "\n1\tmf (0.550)\n");
    assert_contains(&data, "\n0\t0.45\t0.45\t0.45\n100\t0.55\t0.5\t0.6\n");
    ra_buf_release(&data);
    learned[0].learning_count = 1;
    assert_false(ra_figure_learning(&b, &data));
}

/* More than a figure can hold: it says so, and stays within what cairo can paint. */
static void crowds_are_cut(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    ra_benchmark_result b = benchmark();
    b.categories = ra_alloc(MANY, sizeof *b.categories);
    b.routers = ra_alloc(MANY, sizeof *b.routers);
    b.points = ra_alloc(MANY, sizeof *b.points);
    b.category_count = b.router_count = b.point_count = MANY;
    for (size_t i = 0; i < MANY; i++) {
        b.categories[i] =
            (ra_category_result){.name = "c", .items = i, .strong = (double)i / MANY, .weak = 0.5};
        b.routers[i] = routers[0];
        b.points[i] = points[0];
    }
    ra_buf data = {0};
    assert_true(ra_figure_categories(&b, &data));
    assert_contains(&data, "; 200 of 3000 categories shown\t");
    assert_contains(&data, "\n1\t1\t-50\tc\t0\t-50.0\n");
    assert_contains(&data, "\n200\t0\t49.966667\tc\t2999\t+50.0\n");
    ra_buf_release(&data);
    assert_true(ra_figure_call_performance(&b, &data));
    assert_contains(&data, "; 70 of 3000 routers shown\t");
    assert_contains(&data, "\n26\tZ\t");
    ra_buf_release(&data);
    free(b.categories);
    free(b.routers);
    free(b.points);
}

static void svg_is_made_unique(void **state)
{
    (void)state;
    static const char svg[] = "<svg id=\"a\">\n<title>Gnuplot</title><circle id='gpDot'/>"
                              "<g id=\"p\" ><title>gnuplot_plot_1</title><text> id='x' &lt;></text>"
                              "<use xlink:href='#gpDot' fill=\"url(#q)\"/></g></svg>\n";
    static const char want[] = "<svg id=\"n-a\">\n<title>n</title><circle id='n-gpDot'/>"
                               "<g id=\"n-p\" ><text> id='x' &lt;></text>"
                               "<use xlink:href='#n-gpDot' fill=\"url(#n-q)\"/></g></svg>\n";
    ra_buf out = {0};
    ra_svg_tidy(&out, svg, sizeof svg - 1, "n");
    assert_string_equal(out.text, want);
    ra_buf_release(&out);
    for (size_t cut = 0; cut < sizeof svg; cut++) { /* whatever it is, it is read within bounds */
        char *copy = ra_alloc(cut + 1, 1);
        memcpy(copy, svg, cut);
        char *exact = ra_realloc(copy, cut ? cut : 1, 1);
        ra_svg_tidy(&out, exact, cut, "n");
        ra_buf_release(&out);
        free(exact);
    }
}

static void nothing_to_draw(void **state)
{
    (void)state;
    ra_benchmark_result b = benchmark();
    ra_buf data = {0};
    b.category_count = 1;
    assert_false(ra_figure_categories(&b, &data));
    b.strong.score = b.weak.score;
    assert_false(ra_figure_call_performance(&b, &data));
    assert_false(ra_figure_pgr(&b, &data));
    b.strong.score = NAN;
    assert_false(ra_figure_call_performance(&b, &data));
    assert_null(data.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_plain),
        cmocka_unit_test(long_labels_are_cut),
        cmocka_unit_test(file_names_stay_in_the_folder),
        cmocka_unit_test(thin_curves_keep_their_shape),
        cmocka_unit_test(curves_are_scaled),
        cmocka_unit_test(badges_do_not_overlap),
        cmocka_unit_test(gaps_are_sorted),
        cmocka_unit_test(graders_are_in_order),
        cmocka_unit_test(steps_are_points),
        cmocka_unit_test(crowds_are_cut),
        cmocka_unit_test(svg_is_made_unique),
        cmocka_unit_test(nothing_to_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
