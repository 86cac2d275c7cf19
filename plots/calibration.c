/* The figure of what scores mean: score against the share of items that needed the strong model. */
#include "plots/figures.h"
#include "plots/label.h"

#include <math.h>

enum { NAME_WIDTH = 28 };

/* The routers that are drawn; bounds know the answer. Styles are those of the curves. */
typedef struct drawn {
    const ra_router_result *routers[RA_PLOT_ROUTERS];
    size_t count, all;
} drawn;

static drawn routers_with_bins(const ra_benchmark_result *b)
{
    drawn d = {.count = 0};
    for (size_t i = 0; i < b->router_count; i++) {
        if (b->routers[i].bound || b->routers[i].diagnostics.bin_count == 0)
            continue;
        if (d.count < RA_PLOT_ROUTERS)
            d.routers[d.count++] = &b->routers[i];
        d.all++;
    }
    return d;
}

static double highest_share(const drawn *d)
{
    double highest = 0;
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->routers[i]->diagnostics.bin_count; k++)
            highest = fmax(highest, d->routers[i]->diagnostics.bins[k].needed);
    return highest;
}

/* Block 1. Returns the columns of the widest entry. */
static size_t put_legend(ra_buf *out, const drawn *d)
{
    size_t widest = sizeof "score = share";
    ra_buf_puts(out, "\n\nnumber\tlegend\n");
    for (size_t i = 0; i < d->count; i++) {
        ra_buf_printf(out, "%zu\t", i + 1);
        size_t width = ra_label(out, d->routers[i]->name, NAME_WIDTH) + sizeof " (0.500)";
        widest = width > widest ? width : widest;
        if (isfinite(d->routers[i]->diagnostics.auc.value))
            ra_buf_printf(out, " (%.3f)", d->routers[i]->diagnostics.auc.value);
        ra_buf_putc(out, '\n');
    }
    return widest;
}

static void put_bins(ra_buf *out, const ra_router_result *r)
{
    ra_buf_puts(out, "\n\n# ");
    ra_label(out, r->name, 200);
    ra_buf_puts(out, "\nscore\tneeded\titems\n");
    for (size_t k = 0; k < r->diagnostics.bin_count; k++) {
        const ra_calibration_bin *bin = &r->diagnostics.bins[k];
        ra_buf_printf(out, "%.8g\t%.8g\t%zu\n", 100 * bin->score, 100 * bin->needed, bin->items);
    }
}

bool ra_figure_calibration(const ra_benchmark_result *b, ra_buf *out)
{
    drawn d = routers_with_bins(b);
    if (d.count == 0)
        return false;
    ra_buf blocks = {0};
    size_t columns = put_legend(&blocks, &d);
    for (size_t i = 0; i < d.count; i++)
        put_bins(&blocks, d.routers[i]);
    ra_buf_puts(out, "# calibration: ");
    ra_figure_title(out, b);
    ra_buf_puts(out, "\n# Draw it again: gnuplot -c plots/calibration.gp NAME png|svg|pdf\n"
                     "# NAME is this file's, without its ending. Fields are separated by tabs; "
                     "blocks, by two blank lines:\n# texts and limits, legend, then a block of "
                     "bins for each router: mean score and share of items in %.\n"
                     "title\tsubtitle\thighest\trouters\tcolumns\n");
    ra_figure_title(out, b);
    ra_buf_puts(out, ": what scores mean\t");
    ra_figure_subtitle(out, b);
    ra_figure_shown(out, d.count, d.all, "routers");
    ra_buf_printf(out, "\t%.8g\t%zu\t%zu\n", 100 * highest_share(&d), d.count, columns);
    ra_buf_puts(out, blocks.text);
    ra_buf_release(&blocks);
    return true;
}
