/* The figure of published against found: each claim that was measured or failed, as the deviation
 * of what was found from what was published. */
#include "plots/figures.h"
#include "plots/label.h"

#include <math.h>
#include <stdlib.h>

enum { ID_WIDTH = 44, TITLE_WIDTH = 90, ROWS_MOST = 60 };
static const double edge = 20; /* %: what lies further off is drawn there */

typedef struct row {
    const ra_judged *judged;
    double published;
} row;

/* Where a verdict stands, the worst highest. */
static int place(ra_verdict_kind verdict)
{
    return verdict == RA_CONTRADICTED   ? 3
           : verdict == RA_INCONSISTENT ? 2
                                        : verdict == RA_CONSISTENT;
}

/* gnuplot draws upwards; within a verdict the document's order runs down. */
static int by_verdict(const void *left, const void *right)
{
    const row *a = left, *b = right;
    int by = place(a->judged->verdict) - place(b->judged->verdict);
    return by ? by : a->judged < b->judged ? 1 : -1;
}

static bool is_drawn(const ra_judged *j, double *published)
{
    return j->verdict != RA_NOT_TESTABLE &&
           (j->measured || j->verdict == RA_CONTRADICTED || j->verdict == RA_INCONSISTENT) &&
           ra_parse_number(j->claim->published, published) && fabs(*published) > 0;
}

static row *list_rows(const ra_claims *claims, const ra_judged *judged, size_t *count, size_t *all)
{
    row *rows = ra_alloc(claims->claim_count, sizeof *rows);
    *count = 0;
    for (size_t i = 0; i < claims->claim_count; i++) {
        double published;
        if (is_drawn(&judged[i], &published))
            rows[(*count)++] = (row){&judged[i], published};
    }
    qsort(rows, *count, sizeof *rows, by_verdict);
    *all = *count;
    return rows;
}

static double deviation(double found, double published)
{
    return fmax(-edge, fmin(edge, 100 * (found / published - 1)));
}

/* The ends, in order: a negative published value turns them round. */
static void put_range(ra_buf *out, const row *r)
{
    double a = deviation(r->judged->found.lo, r->published);
    double b = deviation(r->judged->found.hi, r->published);
    ra_buf_printf(out, "%.8g\t%.8g\t", fmin(a, b), fmax(a, b));
}

/* Returns the columns of the widest id. */
static size_t put_rows(ra_buf *out, const row *rows, size_t count)
{
    size_t widest = 0;
    ra_buf_puts(out, "\n\nrow\tkind\tdeviation\tlow\thigh\toff\tclaim\tvalues\n");
    for (size_t i = 0; i < count; i++) {
        const ra_judged *j = rows[i].judged;
        double off = 100 * (j->found.value / rows[i].published - 1);
        ra_buf_printf(out, "%zu\t%d\t%.8g\t", i + 1, (int)j->verdict,
                      deviation(j->found.value, rows[i].published));
        put_range(out, &rows[i]);
        ra_buf_printf(out, "%d\t", off > edge ? 1 : off < -edge ? -1 : 0);
        size_t width = ra_label(out, j->claim->id, ID_WIDTH);
        widest = width > widest ? width : widest;
        ra_buf_putc(out, '\t');
        if (j->claim->relation[0] != '=')
            ra_buf_printf(out, "%s ", j->claim->relation);
        ra_label(out, j->claim->published, 12);
        ra_buf_printf(out, " / %.5g\n", j->found.value);
    }
    return widest;
}

bool ra_figure_claims(const ra_claims *claims, const ra_judged *judged, ra_buf *out)
{
    size_t count, all;
    row *rows = list_rows(claims, judged, &count, &all);
    size_t first = count > ROWS_MOST ? count - ROWS_MOST : 0; /* the worst are the last */
    count -= first;
    if (count > 0) {
        ra_buf block = {0};
        size_t columns = put_rows(&block, rows + first, count);
        ra_buf_puts(out, "# claims: published and found values; low and high are what is possible, "
                         "all as deviations in %\n"
                         "# Draw it again: gnuplot -c plots/claims.gp NAME png|svg|pdf\n"
                         "# NAME is this file's, without its ending. Fields are separated by tabs; "
                         "blocks, by two blank lines.\n"
                         "title\tsubtitle\tedge\trows\tcolumns\n");
        ra_label(out, claims->title, TITLE_WIDTH);
        ra_buf_puts(out, "\tclaims that were measured, or that the document's own figures "
                         "contradict");
        ra_figure_shown(out, count, all, "claims");
        ra_buf_printf(out, "\t%g\t%zu\t%zu\n", edge, count, columns);
        ra_buf_puts(out, block.text);
        ra_buf_release(&block);
    }
    free(rows);
    return count > 0;
}
