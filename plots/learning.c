/* The figure of learning curves: APGR against the number of gold labels that a router was given. */
#include "plots/figures.h"
#include "plots/label.h"

#include <math.h>

enum { NAME_WIDTH = 28 };

typedef struct drawn {
    const ra_router_result *routers[RA_PLOT_ROUTERS];
    size_t count, all, most; /* most: labels of any point */
    double low, high;        /* of all points and their intervals */
} drawn;

static void widen(drawn *d, const ra_learning_point *p)
{
    d->most = p->labels > d->most ? p->labels : d->most;
    d->low = fmin(d->low, fmin(p->apgr.value, p->apgr.lo)); /* fmin and fmax skip a NaN */
    d->high = fmax(d->high, fmax(p->apgr.value, p->apgr.hi));
}

/* Routers with more than one point. The line of the random router, at 1/2, is drawn too. */
static drawn routers_with_steps(const ra_benchmark_result *b)
{
    drawn d = {.low = 0.5, .high = 0.5};
    for (size_t i = 0; i < b->router_count; i++) {
        const ra_router_result *r = &b->routers[i];
        if (r->learning_count < 2)
            continue;
        if (d.count < RA_PLOT_ROUTERS)
            d.routers[d.count++] = r;
        d.all++;
        for (size_t k = 0; k < r->learning_count; k++)
            widen(&d, &r->learning[k]);
    }
    return d;
}

/* Block 1. Returns the columns of the widest entry. */
static size_t put_legend(ra_buf *out, const drawn *d)
{
    size_t widest = sizeof "random router";
    ra_buf_puts(out, "\n\nnumber\tlegend\n");
    for (size_t i = 0; i < d->count; i++) {
        ra_buf_printf(out, "%zu\t", i + 1);
        size_t width = ra_label(out, d->routers[i]->name, NAME_WIDTH) + sizeof " (0.500)";
        widest = width > widest ? width : widest;
        ra_buf_printf(out, " (%.3f)\n", d->routers[i]->apgr.value);
    }
    return widest;
}

static void put_points(ra_buf *out, const ra_router_result *r)
{
    ra_buf_puts(out, "\n\n# ");
    ra_label(out, r->name, 200);
    ra_buf_puts(out, "\nlabels\tapgr\tlo\thi\n");
    for (size_t k = 0; k < r->learning_count; k++) {
        const ra_learning_point *p = &r->learning[k];
        bool interval = isfinite(p->apgr.lo) && isfinite(p->apgr.hi);
        ra_buf_printf(out, "%zu\t%.8g\t%.8g\t%.8g\n", p->labels, p->apgr.value,
                      interval ? p->apgr.lo : p->apgr.value, interval ? p->apgr.hi : p->apgr.value);
    }
}

bool ra_figure_learning(const ra_benchmark_result *b, ra_buf *out)
{
    drawn d = routers_with_steps(b);
    if (d.count == 0)
        return false;
    ra_buf blocks = {0};
    size_t columns = put_legend(&blocks, &d);
    for (size_t i = 0; i < d.count; i++)
        put_points(&blocks, d.routers[i]);
    ra_buf_puts(out, "# learning: ");
    ra_figure_title(out, b);
    ra_buf_puts(out, "\n# Draw it again: gnuplot -c plots/learning.gp NAME png|svg|pdf\n"
                     "# NAME is this file's, without its ending. Fields are separated by tabs; "
                     "blocks, by two blank lines:\n# texts and limits, legend, then a block for "
                     "each router: gold labels, APGR and its interval.\n"
                     "title\tsubtitle\tlow\thigh\tmost\trouters\tcolumns\n");
    ra_figure_title(out, b);
    ra_buf_puts(out, ": what gold labels are worth\t");
    ra_figure_subtitle(out, b);
    ra_figure_shown(out, d.count, d.all, "routers");
    ra_buf_printf(out, "\t%.8g\t%.8g\t%zu\t%zu\t%zu\n", d.low, d.high, d.most, d.count, columns);
    ra_buf_puts(out, blocks.text);
    ra_buf_release(&blocks);
    return true;
}
