/* The figures of horizontal bars: categories, graders. */
#include "plots/figures.h"
#include "plots/label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CATEGORY_WIDTH = 36, GRADER_WIDTH = 30, TITLE_WIDTH = 40 };

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

/* Where there are too many, the largest and the smallest gaps stay. */
static bar *sorted_bars(const ra_benchmark_result *b, size_t *count)
{
    bar *bars = ra_alloc(b->category_count, sizeof *bars);
    for (size_t i = 0; i < b->category_count; i++) {
        const ra_category_result *c = &b->categories[i];
        bars[i] = (bar){c, (c->strong - c->weak) * ra_figure_scale(b)};
    }
    qsort(bars, b->category_count, sizeof *bars, by_gap);
    *count = b->category_count;
    if (*count > RA_PLOT_BARS) {
        size_t half = RA_PLOT_BARS / 2;
        memmove(bars + half, bars + *count - half, half * sizeof *bars);
        *count = 2 * half;
    }
    return bars;
}

enum { GAIN, LOSS, AVERAGE, NONE }; /* how categories.gp draws a row */

static int kind_of(double gap)
{
    return isnan(gap) ? NONE : gap < 0 ? LOSS : GAIN;
}

/* Ends with a bar of the average, above them all. Returns the columns of the widest name. */
static size_t put_bars(ra_buf *out, const ra_benchmark_result *b, const bar *bars, size_t count,
                       int digits)
{
    size_t widest = sizeof "all items";
    ra_buf_puts(out, "\n\nrow\tkind\tgap\tcategory\titems\tvalue\n");
    for (size_t i = 0; i < count; i++) {
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
    ra_buf_printf(out, "%g\t%d\t%.8g\tall items\t%zu\t%+.*f\n", (double)count + 1.3, AVERAGE, mean,
                  b->items, digits, mean);
    return widest;
}

static void put_about(ra_buf *out, const char *kind, const char *title)
{
    ra_buf_printf(out, "# %s: ", kind);
    ra_label(out, title, TITLE_WIDTH);
    ra_buf_printf(out,
                  "\n# Draw it again: gnuplot -c plots/%s.gp NAME png|svg|pdf\n"
                  "# NAME is this file's, without its ending. Fields are separated by tabs; blocks,"
                  " by two blank lines.\n",
                  kind);
}

static void put_limits(ra_buf *out, const ra_benchmark_result *b, const bar *bars, size_t count,
                       size_t columns)
{
    double mean = (b->strong.score - b->weak.score) * ra_figure_scale(b);
    double low = fmin(mean, 0), high = fmax(mean, 0);
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, bars[i].gap);
        high = fmax(high, bars[i].gap);
    }
    ra_buf_puts(out, "title\tsubtitle\txlabel\tlow\thigh\trows\tcolumns\n");
    ra_figure_title(out, b);
    ra_buf_puts(out, ": gap between the models per category\t");
    ra_figure_subtitle(out, b);
    ra_figure_shown(out, count, b->category_count, "categories");
    ra_buf_printf(out, "\tStrong model's score minus weak model's (%s)\t%.8g\t%.8g\t%zu\t%zu\n",
                  ra_figure_scale(b) > 1 ? "percentage points" : "points", low, high, count,
                  columns);
}

bool ra_figure_categories(const ra_benchmark_result *b, ra_buf *out)
{
    if (b->category_count < 2) /* one is all there is */
        return false;
    size_t count;
    bar *bars = sorted_bars(b, &count);
    ra_buf rows = {0};
    size_t columns = put_bars(&rows, b, bars, count, ra_figure_scale(b) > 1 ? 1 : 2);
    put_about(out, "categories", b->title ? b->title : b->name);
    put_limits(out, b, bars, count, columns);
    ra_buf_puts(out, rows.text);
    ra_buf_release(&rows);
    free(bars);
    return true;
}

/* --- graders --- */

static size_t put_graders(ra_buf *out, const ra_grader_scores *rows, size_t count, double scale)
{
    int digits = scale > 1 ? 1 : 2;
    size_t widest = 0;
    ra_buf_puts(out, "\n\nrow\tgrader\tstrong\tweak\tstrong_value\tweak_value\tgap\n");
    for (size_t i = 0; i < count; i++) {
        double strong = rows[i].strong * scale, weak = rows[i].weak * scale;
        ra_buf_printf(out, "%zu\t", count - i);
        size_t width = ra_label(out, rows[i].grader, GRADER_WIDTH);
        widest = width > widest ? width : widest;
        ra_buf_printf(out, "\t%.8g\t%.8g\t%.*f\t%.*f\t", strong, weak, digits, strong, digits,
                      weak);
        if (isfinite(strong - weak))
            ra_buf_printf(out, "%+.*f\n", digits, strong - weak);
        else
            ra_buf_puts(out, "none\n");
    }
    return widest;
}

bool ra_figure_graders(const char *title, const char *unit, double full_score,
                       const ra_grader_scores *rows, size_t count, ra_buf *out)
{
    if (count == 0)
        return false;
    size_t shown = count < RA_PLOT_BARS ? count : RA_PLOT_BARS;
    double scale = full_score > 1 ? 1 : 100;
    ra_buf block = {0};
    size_t columns = put_graders(&block, rows, shown, scale);
    put_about(out, "graders", title);
    ra_buf_puts(out, "title\tsubtitle\txlabel\tfull\trows\tcolumns\n");
    ra_label(out, title, TITLE_WIDTH);
    ra_buf_puts(out, ": what each grader makes of the same answers\t");
    ra_buf_printf(out, "%zu grader%s, gap = strong model minus weak model", count,
                  count == 1 ? "" : "s");
    ra_figure_shown(out, shown, count, "graders");
    ra_buf_putc(out, '\t');
    ra_figure_score_axis(out, unit, full_score);
    ra_buf_printf(out, "\t%.8g\t%zu\t%zu\n", full_score * scale, shown, columns);
    ra_buf_puts(out, block.text);
    ra_buf_release(&block);
    return true;
}
