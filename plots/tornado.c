/* The figure of what a saving hangs on: a bar for each assumption, the widest on top. */
#include "plots/figures.h"
#include "plots/label.h"

#include "measure/cost.h"

#include <math.h>

enum { NAME_WIDTH = 36, END_WIDTH = 16, AT_95 = 1 };

/* Block 1. Returns the columns of the widest name. */
static size_t put_bars(ra_buf *out, const ra_router_cost *cost, double *low, double *high)
{
    size_t widest = 0;
    ra_buf_puts(out, "\n\nrow\tassumption\tsaved_low\tsaved_high\tlow\thigh\n");
    for (size_t i = 0; i < cost->bar_count; i++) {
        const ra_tornado_bar *b = &cost->bars[i];
        ra_buf_printf(out, "%zu\t", cost->bar_count - i);
        size_t width = ra_label(out, b->assumption, NAME_WIDTH);
        widest = width > widest ? width : widest;
        ra_buf_printf(out, "\t%.8g\t%.8g\t", b->saved_low, b->saved_high);
        ra_label(out, b->low, END_WIDTH);
        ra_buf_putc(out, '\t');
        ra_label(out, b->high, END_WIDTH);
        ra_buf_putc(out, '\n');
        *low = fmin(*low, fmin(b->saved_low, b->saved_high));
        *high = fmax(*high, fmax(b->saved_low, b->saved_high));
    }
    return widest;
}

bool ra_figure_tornado(const ra_benchmark_result *b, ra_buf *out)
{
    const ra_router_result *r = ra_saves_most(b);
    if (!r || r->cost->bar_count == 0 || !isfinite(r->cost->target[AT_95].saved_usd.value))
        return false;
    double saved = r->cost->target[AT_95].saved_usd.value, low = saved, high = saved;
    ra_buf bars = {0};
    size_t columns = put_bars(&bars, r->cost, &low, &high);
    ra_buf_puts(out, "# tornado: ");
    ra_figure_title(out, b);
    ra_buf_puts(out, "\n# Draw it again: gnuplot -c plots/tornado.gp NAME png|svg|pdf\n"
                     "# NAME is this file's, without its ending. Fields are separated by tabs; "
                     "blocks, by two blank lines:\n# texts and limits, then a bar a line: dollars "
                     "saved per million requests at either end.\n"
                     "title\tsubtitle\tsaved\tlow\thigh\trows\tcolumns\n");
    ra_figure_title(out, b);
    ra_buf_puts(out, ": what the saving hangs on\t");
    ra_label(out, r->name, NAME_WIDTH);
    ra_buf_printf(out, " at 95 %% of the strong score saves $%.0f of $%.0f; prices as of ", saved,
                  b->money.strong_usd);
    ra_label(out, b->money.as_of ? b->money.as_of : "unknown", END_WIDTH);
    ra_buf_puts(out, ", tokens ");
    ra_label(out, b->money.tokens ? b->money.tokens : "unknown", 60);
    ra_buf_printf(out, "\t%.8g\t%.8g\t%.8g\t%zu\t%zu\n", saved, low, high, r->cost->bar_count,
                  columns);
    ra_buf_puts(out, bars.text);
    ra_buf_release(&bars);
    return true;
}
