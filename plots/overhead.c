/* The figure of what a million requests cost each router, beside published figures. */
#include "plots/figures.h"
#include "plots/label.h"

#include <math.h>
#include <string.h>

enum { NAME_WIDTH = 32, ROWS_MOST = 80 };

typedef struct range {
    double low, high;
} range;

/* A cost on a log axis; "NaN", which gnuplot leaves out, if it is not above 0. */
static void put(ra_buf *out, double usd, range *r)
{
    if (!(usd > 0) || !isfinite(usd)) {
        ra_buf_puts(out, "\tNaN");
        return;
    }
    ra_buf_printf(out, "\t%.8g", usd);
    r->low = fmin(r->low, usd);
    r->high = fmax(r->high, usd);
}

static const ra_overhead_published *published_for(const ra_overhead *o, const char *kind)
{
    for (size_t i = 0; i < o->published_count; i++)
        if (o->published[i].kind && strcmp(o->published[i].kind, kind) == 0)
            return &o->published[i];
    return NULL;
}

static bool is_measured(const ra_overhead *o, const ra_overhead_published *p)
{
    for (size_t i = 0; i < o->router_count; i++)
        if (p->kind && strcmp(p->kind, o->routers[i].kind) == 0)
            return true;
    return false;
}

/* Returns the columns of the name. */
static size_t put_router(ra_buf *out, const ra_overhead *o, const ra_overhead_router *r, range *x)
{
    const ra_overhead_published *p = published_for(o, r->kind);
    size_t width = ra_label(out, r->name, NAME_WIDTH) + sizeof ", calls recorded elsewhere";
    if (r->stored)
        ra_buf_puts(out, ", calls recorded elsewhere");
    else
        ra_buf_printf(out, ", %d thread%s", r->threads, r->threads == 1 ? "" : "s");
    put(out, r->batch_usd.value, x);
    put(out, fmax(r->batch_usd.lo, r->batch_usd.value / 10), x); /* to 0 it would be endless */
    put(out, r->batch_usd.hi, x);
    put(out, r->single_usd.value, x);
    put(out, r->embedding_usd > 0 ? r->total_usd.value : (double)NAN, x);
    put(out, r->stored ? r->total_usd.value : (double)NAN, x);
    put(out, p ? p->usd_per_million : (double)NAN, x);
    if (isfinite(r->requests_per_s.value))
        ra_buf_printf(out, "\t%.3g", r->requests_per_s.value);
    else
        ra_buf_puts(out, "\t-");
    return width;
}

static size_t put_published(ra_buf *out, const ra_overhead_published *p, range *x)
{
    size_t width = ra_label(out, p->router, NAME_WIDTH);
    for (int i = 0; i < 6; i++)
        ra_buf_puts(out, "\tNaN");
    put(out, p->usd_per_million, x);
    ra_buf_printf(out, "\t%.3g", p->requests_per_s);
    return width;
}

static size_t count_rows(const ra_overhead *o)
{
    size_t n = o->router_count;
    for (size_t i = 0; i < o->published_count; i++)
        n += !is_measured(o, &o->published[i]);
    return n < ROWS_MOST ? n : ROWS_MOST;
}

/* Block 1, the first router highest. Returns the columns of the widest name. */
static size_t put_rows(ra_buf *out, const ra_overhead *o, size_t rows, range *x)
{
    size_t widest = 0, left = rows;
    ra_buf_puts(
        out, "\n\nrow\trouter\tbatch\tbatch_low\tbatch_high\tsingle\ttogether\tstored\tpublished\t"
             "requests_per_s\n");
    for (size_t i = 0; i < o->router_count + o->published_count && left > 0; i++) {
        bool ours = i < o->router_count;
        const ra_overhead_published *p = ours ? NULL : &o->published[i - o->router_count];
        if (!ours && is_measured(o, p))
            continue;
        ra_buf_printf(out, "%zu\t", left--);
        size_t width = ours ? put_router(out, o, &o->routers[i], x) : put_published(out, p, x);
        widest = width > widest ? width : widest;
        ra_buf_putc(out, '\n');
    }
    return widest;
}

bool ra_figure_overhead(const ra_overhead *o, ra_buf *out)
{
    ra_buf block = {0};
    range x = {INFINITY, 0};
    size_t rows = count_rows(o), columns = put_rows(&block, o, rows, &x);
    bool drawn = x.high > 0;
    if (drawn) {
        double strong = o->strong_model ? o->strong_usd : (double)NAN;
        if (strong > 0)
            x.high = fmax(x.high, strong);
        ra_buf_puts(out, "# overhead: dollars per million requests\n"
                         "# Draw it again: gnuplot -c plots/overhead.gp NAME png|svg|pdf\n"
                         "# NAME is this file's, without its ending. Fields are separated by tabs; "
                         "blocks, by two blank lines.\n"
                         "title\tsubtitle\tlow\thigh\tstrong\trows\tcolumns\n"
                         "Router overhead\t");
        ra_label(out, o->machine.cpu, 40);
        ra_buf_printf(out, ", %d cores at $%.2f an hour, prompts of ", o->machine.cores,
                      o->usd_per_hour);
        ra_label(out, o->benchmark, 30);
        ra_buf_printf(out, "\t%.8g\t%.8g\t%.8g\t%zu\t%zu\n", pow(10, floor(log10(x.low))),
                      pow(10, ceil(log10(x.high) + 0.01)), strong, rows, columns);
        ra_buf_puts(out, block.text);
    }
    ra_buf_release(&block);
    return drawn;
}
