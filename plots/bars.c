/* The figures of horizontal bars: categories, graders. */
#include "plots/figures.h"
#include "plots/label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CATEGORY_WIDTH = 36 };

typedef struct bar {
    const ra_category_result *category;
    double gap; /* NaN = no items */
} bar;

/* Smallest gap first, since gnuplot draws upwards; those without one lowest. */
static int by_gap(const void *left, const void *right)
{
    const bar *a = left, *b = right;
    bool no_a = isnan(a->gap), no_b = isnan(b->gap);
    if (no_a != no_b)
        return no_a ? -1 : 1;
    if (!no_a && (a->gap < b->gap || a->gap > b->gap))
        return a->gap < b->gap ? -1 : 1;
    return -strcmp(a->category->name, b->category->name);
}

static bar *sorted_bars(const ra_benchmark_result *b)
{
    bar *bars = ra_alloc(b->category_count, sizeof *bars);
    for (size_t i = 0; i < b->category_count; i++) {
        const ra_category_result *c = &b->categories[i];
        bars[i] = (bar){c, (c->strong - c->weak) * ra_figure_scale(b)};
    }
    qsort(bars, b->category_count, sizeof *bars, by_gap);
    return bars;
}

enum { GAIN, LOSS, AVERAGE, NONE }; /* how categories.gp draws a row */

static int kind_of(double gap)
{
    return isnan(gap) ? NONE : gap < 0 ? LOSS : GAIN;
}

/* Ends with a bar of the average, above them all. Returns the columns of the widest name. */
static size_t put_bars(ra_buf *out, const ra_benchmark_result *b, const bar *bars, int digits)
{
    size_t widest = sizeof "all items";
    ra_buf_puts(out, "\n\nrow\tkind\tgap\tcategory\titems\tvalue\n");
    for (size_t i = 0; i < b->category_count; i++) {
        ra_buf_printf(out, "%zu\t%d\t%.8g\t", i + 1, kind_of(bars[i].gap), bars[i].gap);
        size_t width = ra_label(out, bars[i].category->name, CATEGORY_WIDTH);
        widest = width > widest ? width : widest;
        ra_buf_printf(out, "\t%zu\t", bars[i].category->items);
        if (isnan(bars[i].gap))
            ra_buf_puts(out, "none graded\n");
        else
            ra_buf_printf(out, "%+.*f\n", digits, bars[i].gap);
    }
    double mean = (b->strong.score - b->weak.score) * ra_figure_scale(b);
    ra_buf_printf(out, "%g\t%d\t%.8g\tall items\t%zu\t%+.*f\n", (double)b->category_count + 1.3,
                  AVERAGE, mean, b->items, digits, mean);
    return widest;
}

static void put_about(ra_buf *out, const ra_benchmark_result *b)
{
    ra_buf_puts(out, "# categories: ");
    ra_figure_title(out, b);
    ra_buf_puts(out, "\n# Draw it again: gnuplot -c plots/categories.gp NAME png|svg|pdf\n"
                     "# NAME is this file's, without its ending. Fields are separated by tabs;"
                     " blocks, by two blank lines.\n");
}

static void put_limits(ra_buf *out, const ra_benchmark_result *b, const bar *bars, size_t columns)
{
    double mean = (b->strong.score - b->weak.score) * ra_figure_scale(b);
    double low = fmin(mean, 0), high = fmax(mean, 0);
    for (size_t i = 0; i < b->category_count; i++) {
        low = fmin(low, bars[i].gap);
        high = fmax(high, bars[i].gap);
    }
    ra_buf_puts(out, "title\tsubtitle\txlabel\tlow\thigh\trows\tcolumns\n");
    ra_figure_title(out, b);
    ra_buf_puts(out, ": gap between the models per category\t");
    ra_figure_subtitle(out, b);
    ra_buf_printf(out, "\tStrong model's score minus weak model's (%s)\t%.8g\t%.8g\t%zu\t%zu\n",
                  ra_figure_scale(b) > 1 ? "percentage points" : "points", low, high,
                  b->category_count, columns);
}

bool ra_figure_categories(const ra_benchmark_result *b, ra_buf *out)
{
    if (b->category_count < 2) /* one is all there is */
        return false;
    bar *bars = sorted_bars(b);
    ra_buf rows = {0};
    size_t columns = put_bars(&rows, b, bars, ra_figure_scale(b) > 1 ? 1 : 2);
    put_about(out, b);
    put_limits(out, b, bars, columns);
    ra_buf_puts(out, rows.text);
    ra_buf_release(&rows);
    free(bars);
    return true;
}
