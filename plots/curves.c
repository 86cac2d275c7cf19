/* The two figures of routing curves: scores, and shares of the gap. */
#include "plots/figures.h"
#include "plots/label.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_WIDTH = 28,  /* columns of a name in the legend */
    MODEL_WIDTH = 30, /* of a model in the subtitle */
    TITLE_WIDTH = 40,
    MARKERS = 7, /* per curve: lines differ without colour, and are still seen as lines */
};

/* A bound that rises higher than the first is cut off at the second, or where the routers end:
 * they would lie flat below it. */
static const double highest_bound = 1.75, cut_bound = 1.25;
/* Recorded points further off than this are drawn at the edge. */
static const double lowest = -1, highest = 2;

static bool is_percent(double full_score)
{
    return fabs(full_score - 1) < 1e-9;
}

double ra_figure_scale(const ra_benchmark_result *b)
{
    return is_percent(b->full_score) ? 100 : 1;
}

/* Routers and points that are drawn: the first ones. */
static size_t shown_routers(const ra_benchmark_result *b)
{
    return b->router_count < RA_PLOT_ROUTERS ? b->router_count : RA_PLOT_ROUTERS;
}

static size_t shown_points(const ra_benchmark_result *b)
{
    return b->point_count < RA_PLOT_POINTS ? b->point_count : RA_PLOT_POINTS;
}

void ra_figure_shown(ra_buf *out, size_t shown, size_t all, const char *what)
{
    if (shown < all)
        ra_buf_printf(out, "; %zu of %zu %s shown", shown, all, what);
}

void ra_figure_title(ra_buf *out, const ra_benchmark_result *b)
{
    ra_label(out, b->title ? b->title : b->name, TITLE_WIDTH);
    if (b->grader && !b->default_grader) {
        ra_buf_puts(out, ", grader ");
        ra_label(out, b->grader, NAME_WIDTH);
    }
}

static void put_score(ra_buf *out, const ra_benchmark_result *b, double score)
{
    ra_buf_printf(out, is_percent(b->full_score) ? "%.1f %%" : "%.2f", score * ra_figure_scale(b));
}

void ra_figure_subtitle(ra_buf *out, const ra_benchmark_result *b)
{
    ra_label(out, b->strong.model, MODEL_WIDTH);
    ra_buf_puts(out, " (strong) ");
    put_score(out, b, b->strong.score);
    ra_buf_puts(out, ", ");
    ra_label(out, b->weak.model, MODEL_WIDTH);
    ra_buf_puts(out, " (weak) ");
    put_score(out, b, b->weak.score);
    ra_buf_printf(out, "; %zu item%s", b->items, b->items == 1 ? "" : "s");
}

void ra_figure_score_axis(ra_buf *out, const char *unit, double full_score)
{
    ra_buf label = {0};
    ra_label(&label, unit && *unit ? unit : "score", NAME_WIDTH);
    label.text[0] = (char)toupper((unsigned char)label.text[0]);
    ra_buf_puts(out, label.text);
    if (is_percent(full_score))
        ra_buf_puts(out, " (%)");
    else
        ra_buf_printf(out, " (of %g)", full_score);
    ra_buf_release(&label);
}

static bool has_gap(const ra_benchmark_result *b)
{
    return isfinite(b->strong.score) && isfinite(b->weak.score) && b->strong.score > b->weak.score;
}

static double point_pgr(const ra_benchmark_result *b, const ra_recorded_point *p)
{
    double pgr = (p->score - b->weak.score) / (b->strong.score - b->weak.score);
    return fmin(fmax(pgr, lowest), highest);
}

/* --- what the axis must show, as shares of the gap --- */

typedef struct range {
    double low, high;
} range;

static void widen(range *r, double pgr)
{
    r->low = fmin(r->low, pgr);
    r->high = fmax(r->high, pgr);
}

static double peak(const ra_router_result *router)
{
    double top = 0;
    for (size_t i = 0; i < router->points; i++)
        top = fmax(top, router->curve[i].pgr);
    return top;
}

static range axis(const ra_benchmark_result *b, bool with_points)
{
    range r = {0, 1};
    for (size_t i = 0; i < shown_routers(b); i++) {
        const ra_router_result *router = &b->routers[i];
        for (size_t k = 0; k < router->points && !router->bound; k++)
            widen(&r, router->curve[k].pgr);
        if (router->bound)
            widen(&r, peak(router) > highest_bound ? cut_bound : peak(router));
    }
    for (size_t i = 0; with_points && i < shown_points(b); i++) {
        if (isfinite(b->points[i].score))
            widen(&r, point_pgr(b, &b->points[i]));
    }
    double margin = 0.06 * (r.high - r.low);
    return (range){r.low - margin, r.high + margin};
}

/* --- a vertical axis: y = zero + pgr * unit --- */

typedef struct scale {
    double zero, unit;
    range pgr;
} scale;

static double to_y(const scale *s, double pgr)
{
    return s->zero + pgr * s->unit;
}

static scale score_scale(const ra_benchmark_result *b)
{
    double percent = ra_figure_scale(b);
    return (scale){b->weak.score * percent, (b->strong.score - b->weak.score) * percent,
                   axis(b, true)};
}

static void put_legend(ra_buf *out, const ra_router_result *router)
{
    ra_label(out, router->name, NAME_WIDTH);
    if (router->bound)
        ra_buf_puts(out, peak(router) > highest_bound ? " (bound, cut off)" : " (bound)");
    else if (isfinite(router->apgr.value))
        ra_buf_printf(out, " (%.3f)", router->apgr.value);
}

/* Columns that the legend needs: fonts differ, so the scripts cannot measure it. */
static size_t legend_columns(const ra_benchmark_result *b, bool with_points)
{
    ra_buf ignored = {0};
    size_t widest = sizeof "random, expected (0.500)";
    for (size_t i = 0; i < shown_routers(b); i++) {
        size_t width = ra_label(&ignored, b->routers[i].name, NAME_WIDTH) +
                       (b->routers[i].bound ? sizeof " (bound, cut off)" : sizeof " (0.500)");
        widest = width > widest ? width : widest;
    }
    for (size_t i = 0; with_points && i < shown_points(b); i++) {
        size_t width =
            ra_label(&ignored, b->points[i].name, NAME_WIDTH) +
            (isfinite(b->points[i].strong_calls) ? sizeof "A  " : sizeof "A   (calls unknown)");
        widest = width > widest ? width : widest;
    }
    ra_buf_release(&ignored);
    return widest;
}

/* Block 1, the legend. Bounds have no number: the styles of routers must not depend on them. */
static void put_routers(ra_buf *out, const ra_benchmark_result *b)
{
    ra_buf_puts(out, "\n\nnumber\tstyle\tlegend\n");
    size_t style = 0;
    for (size_t i = 0; i < shown_routers(b); i++) {
        ra_buf_printf(out, "%zu\t%zu\t", i + 1, b->routers[i].bound ? 0 : ++style);
        put_legend(out, &b->routers[i]);
        ra_buf_putc(out, '\n');
    }
    if (b->router_count == 0)
        ra_buf_puts(out, "1\tNaN\tnone\n");
}

static double curve_at(const ra_point *curve, size_t count, double c)
{
    size_t i = 1;
    while (i + 1 < count && curve[i].c < c)
        i++;
    double width = curve[i].c - curve[i - 1].c;
    double t = width > 0 ? (c - curve[i - 1].c) / width : 1;
    return curve[i - 1].pgr + t * (curve[i].pgr - curve[i - 1].pgr);
}

/* Curve `turn` of `turns`: its points, and markers at equal steps between those of other curves. */
static void put_curve(ra_buf *out, const ra_router_result *router, size_t turn, size_t turns,
                      const scale *s)
{
    ra_point kept[RA_PLOT_CURVE_POINTS];
    size_t count = ra_curve_thin(router->curve, router->points, RA_PLOT_CURVE_POINTS, kept);
    ra_buf_puts(out, "\n\n# ");
    ra_label(out, router->name, 200);
    ra_buf_printf(out, ": %zu of %zu points\nstrong_calls\ty\tmarker\n", count, router->points);
    size_t marker = 0;
    double shift = ((double)turn + 0.5) / (double)turns;
    for (size_t i = 0; i < count; i++) {
        for (; count > 1 && marker < MARKERS; marker++) {
            double c = ((double)marker + shift) / MARKERS;
            if (c > kept[i].c)
                break;
            double y = to_y(s, curve_at(kept, count, c));
            ra_buf_printf(out, "%.6g\t%.8g\t%.8g\n", 100 * c, y, y);
        }
        ra_buf_printf(out, "%.8g\t%.8g\tNaN\n", 100 * kept[i].c, to_y(s, kept[i].pgr));
    }
    if (count == 0)
        ra_buf_puts(out, "NaN\tNaN\tNaN\n");
}

static void put_curves(ra_buf *out, const ra_benchmark_result *b, const scale *s)
{
    for (size_t i = 0; i < shown_routers(b); i++)
        put_curve(out, &b->routers[i], i, shown_routers(b), s);
}

static void put_about(ra_buf *out, const ra_benchmark_result *b, const char *kind, const char *y)
{
    ra_buf_printf(out, "# %s: ", kind);
    ra_figure_title(out, b);
    ra_buf_printf(
        out,
        "\n# Draw it again: gnuplot -c plots/%s.gp NAME png|svg|pdf\n"
        "# NAME is this file's, without its ending. Fields are separated by tabs; blocks,"
        " by two blank lines:\n"
        "# texts and limits, legend, recorded points, then a block for each curve.\n"
        "# strong_calls in %%, y = %s. A curve of more than %d points keeps the lowest and"
        "\n# the highest point of each of %d equal steps of strong_calls. Lines with a"
        " marker lie on the\n# curve and were added.\n",
        kind, y, RA_PLOT_CURVE_POINTS, RA_PLOT_CURVE_POINTS / 2 - 1);
}

/* --- recorded points: a letter in a circle, moved aside where circles would overlap --- */

typedef struct badge {
    double x, y;             /* where the point is: %, share of the gap */
    double shown_x, shown_y; /* where its circle is */
} badge;

static double distance(const badge *a, const badge *b, const range *r)
{
    /* in units of the drawing's height; it is about 1.2 times as wide */
    return hypot((a->shown_x - b->shown_x) / 100 * 1.2,
                 (a->shown_y - b->shown_y) / (r->high - r->low));
}

static void place(badge *badges, size_t index, const range *r)
{
    badge *b = &badges[index];
    for (size_t i = 0; i < index; i++) {
        if (distance(b, &badges[i], r) >= 0.06)
            continue;
        b->shown_x += 2;
        if (b->shown_x > 97) { /* the next row */
            b->shown_x = b->x;
            b->shown_y -= 0.07 * (r->high - r->low);
        }
        i = (size_t)-1; /* look at all again */
    }
}

static void put_points(ra_buf *out, const ra_benchmark_result *b, const scale *s)
{
    ra_buf_puts(out, "\n\nnumber\tletter\tx\ty\tshown_x\tshown_y\tcalls_known\tlegend\n");
    badge *badges = ra_alloc(shown_points(b) + 1, sizeof *badges);
    for (size_t i = 0; i < shown_points(b); i++) {
        const ra_recorded_point *p = &b->points[i];
        bool known = isfinite(p->strong_calls);
        double x = known ? 100 * p->strong_calls : 50, y = point_pgr(b, p);
        badges[i] = (badge){x, y, x, y};
        if (isfinite(p->score))
            place(badges, i, &s->pgr);
        ra_buf_printf(out, "%zu\t%c\t%.8g\t%.8g\t%.8g\t%.8g\t%d\t", i + 1, (char)('A' + i), x,
                      to_y(s, y), badges[i].shown_x, to_y(s, badges[i].shown_y), known);
        ra_buf_printf(out, "%c  ", (char)('A' + i));
        ra_label(out, p->name, NAME_WIDTH);
        ra_buf_puts(out, known ? "\n" : " (calls unknown)\n");
    }
    if (b->point_count == 0)
        ra_buf_puts(out, "1\t-\tNaN\tNaN\tNaN\tNaN\t0\tnone\n");
    free(badges);
}

bool ra_figure_call_performance(const ra_benchmark_result *b, ra_buf *out)
{
    if (!has_gap(b))
        return false;
    scale s = score_scale(b);
    put_about(out, b, "call-performance", "score");
    ra_buf_puts(out, "title\tsubtitle\tylabel\tstrong\tweak\tstrong_label\tweak_label\tymin\tymax\t"
                     "routers\tpoints\tcolumns\n");
    ra_figure_title(out, b);
    ra_buf_puts(out, ": score against calls of the strong model\t");
    ra_figure_subtitle(out, b);
    ra_figure_shown(out, shown_routers(b), b->router_count, "routers");
    ra_buf_putc(out, '\t');
    ra_figure_score_axis(out, b->unit, b->full_score);
    ra_buf_printf(out, "\t%.8g\t%.8g\tstrong ", to_y(&s, 1), to_y(&s, 0));
    ra_buf_printf(out, is_percent(b->full_score) ? "%.1f\tweak %.1f" : "%.2f\tweak %.2f",
                  to_y(&s, 1), to_y(&s, 0));
    ra_buf_printf(out, "\t%.8g\t%.8g\t%zu\t%zu\t%zu\n", to_y(&s, s.pgr.low), to_y(&s, s.pgr.high),
                  shown_routers(b), shown_points(b), legend_columns(b, true));
    put_routers(out, b);
    put_points(out, b, &s);
    put_curves(out, b, &s);
    return true;
}

bool ra_figure_pgr(const ra_benchmark_result *b, ra_buf *out)
{
    if (!has_gap(b) || b->router_count == 0)
        return false;
    scale s = {0, 100, axis(b, false)};
    put_about(out, b, "pgr", "share of the gap recovered in %");
    ra_buf_puts(out, "title\tsubtitle\tymin\tymax\trouters\tcolumns\n");
    ra_figure_title(out, b);
    ra_buf_puts(out, ": performance gap recovered\t");
    ra_figure_subtitle(out, b);
    ra_figure_shown(out, shown_routers(b), b->router_count, "routers");
    ra_buf_printf(out, "\t%.8g\t%.8g\t%zu\t%zu\n", to_y(&s, s.pgr.low), to_y(&s, s.pgr.high),
                  shown_routers(b), legend_columns(b, false));
    put_routers(out, b);
    put_curves(out, b, &s);
    return true;
}
